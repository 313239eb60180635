"""A month closes once and for ever, and leaves the trial balance of its end."""

import dataclasses
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import Linked, Operation, Outcome, PeriodState, Posted, Refusal, Refused
from tests.ledger.books import ACTOR, Book, move, new_id
from tests.postgres import see

JANUARY, FEBRUARY, MARCH = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
SECOND_PERSON = UUID(int=0x5EC)


async def _close(db: AsyncSession, book: Book, *months: date) -> None:
    for month in months:
        await ledger.begin_closing(db, book.id, month, actor_id=ACTOR)
        await ledger.close(db, book.id, month, actor_id=ACTOR)


async def _post_one(db: AsyncSession, operation: Operation) -> str:
    [outcome] = await ledger.post(db, [operation])
    return _said(outcome)


def _said(outcome: Outcome) -> str:
    return "posted" if isinstance(outcome, Posted) else outcome.refusal.value


async def _closing(db: AsyncSession, book: Book, month: date) -> dict[UUID, tuple[int, int, int]]:
    found = await db.execute(
        text("""
            SELECT account_id, debit_minutes, credit_minutes, balance_minutes FROM ledger.closing_balances
            WHERE book_id = :book AND month = :month
        """),
        {"book": book.id, "month": month},
    )
    return {row.account_id: (row.debit_minutes, row.credit_minutes, row.balance_minutes) for row in found}


async def test_a_closed_month_takes_nothing_and_an_open_one_still_does(db: AsyncSession, book: Book) -> None:
    await _close(db, book, JANUARY)
    give = move(book, book.opening, book.chen, 60, effective_on=date(2024, 1, 31))
    long_ago = move(book, book.opening, book.chen, 60, effective_on=date(2019, 6, 1))
    now = dataclasses.replace(give, id=new_id(), effective_on=FEBRUARY, served_on=date(2024, 1, 31))
    outcomes = await ledger.post(db, [give, long_ago, now])
    assert [_said(outcome) for outcome in outcomes] == ["period_closed", "period_closed", "posted"]


async def test_a_month_begins_to_close_and_closes_for_ever(db: AsyncSession, book: Book) -> None:
    assert await ledger.periods(db, book.id) == []
    await ledger.begin_closing(db, book.id, JANUARY, actor_id=ACTOR)
    await ledger.begin_closing(db, book.id, JANUARY, actor_id=ACTOR)
    [closing] = await ledger.periods(db, book.id)
    assert (closing.month, closing.state, closing.closing_by) == (JANUARY, PeriodState.CLOSING, ACTOR)
    await ledger.close(db, book.id, JANUARY, actor_id=SECOND_PERSON)
    await ledger.close(db, book.id, JANUARY, actor_id=ACTOR)
    [closed] = await ledger.periods(db, book.id)
    assert (closed.state, closed.closing_by, closed.closed_by) == (PeriodState.CLOSED, ACTOR, SECOND_PERSON)
    with pytest.raises(ledger.PeriodReopened):
        await ledger.begin_closing(db, book.id, JANUARY, actor_id=ACTOR)


async def test_months_close_one_after_the_other(db: AsyncSession, book: Book) -> None:
    await ledger.post(db, [move(book, book.opening, book.chen, 60, effective_on=JANUARY)])
    with pytest.raises(ledger.PeriodSkipped):
        async with db.begin_nested():
            await ledger.begin_closing(db, book.id, FEBRUARY, actor_id=ACTOR)
    with pytest.raises(ledger.PeriodSkipped):
        async with db.begin_nested():
            await ledger.close(db, book.id, JANUARY, actor_id=ACTOR)
    await ledger.begin_closing(db, book.id, JANUARY, actor_id=ACTOR)
    with pytest.raises(ledger.PeriodSkipped):
        async with db.begin_nested():
            await ledger.begin_closing(db, book.id, FEBRUARY, actor_id=ACTOR)
    await ledger.close(db, book.id, JANUARY, actor_id=ACTOR)
    await _close(db, book, FEBRUARY)
    pages = [await ledger.periods(db, book.id, limit=1)]
    pages.append(await ledger.periods(db, book.id, before=pages[0][0].month))
    assert [[period.month for period in page] for page in pages] == [[FEBRUARY], [JANUARY]]


async def test_a_month_that_is_not_over_stays_open(db: AsyncSession, book: Book) -> None:
    today = (
        await db.execute(text("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date"))
    ).scalar_one()
    with pytest.raises(ledger.PeriodUnfinished):
        await ledger.begin_closing(db, book.id, today.replace(day=1), actor_id=ACTOR)


async def test_a_month_is_named_by_its_first_day(db: AsyncSession, book: Book) -> None:
    with pytest.raises(ledger.PeriodMalformed):
        await ledger.begin_closing(db, book.id, date(2024, 1, 2), actor_id=ACTOR)


async def test_closing_leaves_the_trial_balance_of_the_months_end(db: AsyncSession, book: Book) -> None:
    await ledger.post(
        db,
        [
            move(book, book.opening, book.chen, 300, effective_on=JANUARY),
            move(book, book.chen, book.li, 60, effective_on=date(2024, 1, 31)),
            move(book, book.chen, book.li, 90, effective_on=date(2024, 2, 29)),
            move(book, book.chen, book.li, 7, effective_on=MARCH),
            # Posted last, effective in the month that closes first.
            move(book, book.li, book.chen, 5, effective_on=date(2024, 1, 15)),
        ],
    )
    await _close(db, book, JANUARY, FEBRUARY)
    assert await _closing(db, book, JANUARY) == {
        book.opening: (300, 0, -300),
        book.chen: (60, 305, 245),
        book.li: (5, 60, 55),
    }
    assert await _closing(db, book, FEBRUARY) == {
        book.opening: (300, 0, -300),
        book.chen: (150, 305, 155),
        book.li: (5, 150, 145),
    }


async def test_a_month_without_movements_closes_with_the_balances_before_it(
    db: AsyncSession, book: Book
) -> None:
    await ledger.post(db, [move(book, book.opening, book.chen, 300, effective_on=JANUARY)])
    await _close(db, book, JANUARY, FEBRUARY)
    assert await _closing(db, book, FEBRUARY) == await _closing(db, book, JANUARY)


async def test_a_closing_month_takes_an_approved_correction_only(db: AsyncSession, book: Book) -> None:
    wrong = move(book, book.opening, book.chen, 300, effective_on=JANUARY)
    await ledger.post(db, [wrong])
    await ledger.begin_closing(db, book.id, JANUARY, actor_id=ACTOR)
    back = move(book, book.chen, book.opening, 300, effective_on=JANUARY, reverses=wrong.id)
    right = move(book, book.opening, book.chen, 30, effective_on=JANUARY)
    assert await _post_one(db, dataclasses.replace(right, id=new_id())) == "period_closing"

    await _approve(db, Linked((back, right)))
    outcomes = await ledger.post(db, [Linked((back, right))])
    assert [_said(outcome) for outcome in outcomes] == ["posted", "posted"]
    await ledger.close(db, book.id, JANUARY, actor_id=ACTOR)
    assert (await _closing(db, book, JANUARY))[book.chen] == (300, 330, 30)


async def _approve(db: AsyncSession, wanted: Operation | Linked, *, by: UUID = SECOND_PERSON) -> None:
    await ledger.approve(db, [wanted], finding_id=UUID(int=0xF1), entered_by=ACTOR, approved_by=by)


async def test_an_approval_is_for_one_content_and_one_group(db: AsyncSession, book: Book) -> None:
    await ledger.begin_closing(db, book.id, JANUARY, actor_id=ACTOR)
    first, second, third = (move(book, book.opening, book.chen, 30, effective_on=JANUARY) for _ in range(3))
    for wanted in (first, Linked((second, third))):
        await _approve(db, wanted)
        await _approve(db, wanted)
    assert await _post_one(db, dataclasses.replace(first, minutes=31)) == "period_closing"
    assert await _post_one(db, second) == "period_closing"


async def test_nobody_approves_their_own_correction_nor_another_one_under_its_id(
    db: AsyncSession, book: Book
) -> None:
    wanted = move(book, book.opening, book.chen, 30, effective_on=JANUARY)
    with pytest.raises(ledger.ApprovedByOneself):
        async with db.begin_nested():
            await _approve(db, wanted, by=ACTOR)
    await _approve(db, wanted)
    with pytest.raises(ledger.ApprovalDiffers):
        async with db.begin_nested():
            await _approve(db, dataclasses.replace(wanted, minutes=31))
    with pytest.raises(ledger.ApprovalDiffers):
        await _approve(db, wanted, by=new_id())


async def test_an_approval_does_not_open_a_closed_month(db: AsyncSession, book: Book) -> None:
    await _close(db, book, JANUARY)
    wanted = move(book, book.opening, book.chen, 30, effective_on=JANUARY)
    await _approve(db, wanted)
    assert await _post_one(db, wanted) == "period_closed"


async def test_the_first_answer_is_given_again_after_the_month_is_closed(
    db: AsyncSession, book: Book
) -> None:
    wish = move(book, book.opening, book.chen, 60, effective_on=JANUARY)
    await ledger.post(db, [wish])
    await _close(db, book, JANUARY)
    [again] = await ledger.post(db, [wish])
    assert isinstance(again, Posted)
    assert again.repeated


async def test_a_closed_month_takes_its_group_down_with_it(db: AsyncSession, book: Book) -> None:
    await _close(db, book, JANUARY)
    late = move(book, book.opening, book.chen, 60, effective_on=JANUARY)
    fine = move(book, book.opening, book.li, 60, effective_on=FEBRUARY)
    outcomes = await ledger.post(db, [Linked((fine, late))])
    assert [outcome.refusal for outcome in outcomes if isinstance(outcome, Refused)] == [
        Refusal.LINKED_REFUSED,
        Refusal.PERIOD_CLOSED,
    ]


async def test_a_book_out_of_sight_can_not_be_closed(db: AsyncSession, book: Book) -> None:
    await see(db, new_id())
    for step in (ledger.begin_closing, ledger.close):
        with pytest.raises(ledger.BookNotVisible):
            async with db.begin_nested():
                await step(db, book.id, JANUARY, actor_id=ACTOR)
    with pytest.raises(ledger.BookNotVisible):
        await _approve(db, move(book, book.opening, book.chen, 30))
