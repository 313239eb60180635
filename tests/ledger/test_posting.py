"""What becomes of a batch: posted, refused, linked, repeated."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

import ledger
from ledger import Linked, Posted, Refusal, Refused
from tests.ledger.books import ACTOR, Book, balances, faults, move, new_id
from tests.postgres import see


async def test_a_transfer_takes_from_one_account_and_gives_to_the_other(db: AsyncSession, book: Book) -> None:
    [outcome] = await ledger.post(db, [move(book, book.opening, book.chen, 90)])
    assert isinstance(outcome, Posted)
    assert (outcome.debit_balance_minutes, outcome.credit_balance_minutes) == (-90, 90)
    assert not outcome.repeated
    assert await balances(db, book) == {
        book.opening: -90,
        book.pool: 0,
        book.chen: 90,
        book.li: 0,
        book.wang: 0,
    }
    assert await faults(db, book) == []


async def test_operations_of_a_batch_see_what_went_before_them(db: AsyncSession, book: Book) -> None:
    outcomes = await ledger.post(
        db,
        [
            move(book, book.opening, book.chen, 100),
            move(book, book.chen, book.li, 160),
            move(book, book.li, book.wang, 220),
        ],
    )
    assert [type(outcome) for outcome in outcomes] == [Posted] * 3
    assert [o.credit_balance_minutes for o in outcomes if isinstance(o, Posted)] == [100, 160, 220]
    assert await faults(db, book) == []


async def test_a_refusal_is_an_outcome_and_leaves_its_neighbours_alone(db: AsyncSession, book: Book) -> None:
    first, second, third = await ledger.post(
        db,
        [
            move(book, book.chen, book.li, 60),
            move(book, book.chen, book.li, 30),
            move(book, book.li, book.wang, 120),
        ],
    )
    assert isinstance(first, Posted)
    assert isinstance(second, Refused)
    assert (second.refusal, second.account_id, second.short_minutes) == (
        Refusal.FLOOR_BREACHED,
        book.chen,
        30,
    )
    assert isinstance(third, Posted)
    assert (await balances(db, book))[book.chen] == -60
    assert await faults(db, book) == []


async def test_a_ceiling_refuses_with_what_is_too_much(db: AsyncSession, book: Book) -> None:
    outcomes = await ledger.post(
        db, [move(book, book.opening, book.chen, 5990), move(book, book.opening, book.chen, 25)]
    )
    refused = outcomes[1]
    assert isinstance(refused, Refused)
    assert (refused.refusal, refused.account_id, refused.short_minutes) == (
        Refusal.CEILING_BREACHED,
        book.chen,
        15,
    )


@pytest.mark.parametrize("minutes", [0, -5, 10_000_001, 2**62])
async def test_an_amount_out_of_range_is_refused(db: AsyncSession, book: Book, minutes: int) -> None:
    [outcome] = await ledger.post(db, [move(book, book.opening, book.pool, minutes)])
    assert isinstance(outcome, Refused)
    assert outcome.refusal is Refusal.AMOUNT_OUT_OF_RANGE


async def test_an_account_gives_nothing_to_itself(db: AsyncSession, book: Book) -> None:
    [outcome] = await ledger.post(db, [move(book, book.pool, book.pool, 5)])
    assert isinstance(outcome, Refused)
    assert outcome.refusal is Refusal.SAME_ACCOUNT


async def test_an_unknown_account_is_named(db: AsyncSession, book: Book) -> None:
    nobody = new_id()
    outcomes = await ledger.post(db, [move(book, book.opening, nobody, 5), move(book, nobody, book.pool, 5)])
    for outcome in outcomes:
        assert isinstance(outcome, Refused)
        assert (outcome.refusal, outcome.account_id) == (Refusal.ACCOUNT_UNKNOWN, nobody)


async def test_a_closed_account_takes_nothing(db: AsyncSession, book: Book) -> None:
    await ledger.close_accounts(db, book.id, [book.wang])
    [outcome] = await ledger.post(db, [move(book, book.opening, book.wang, 5)])
    assert isinstance(outcome, Refused)
    assert (outcome.refusal, outcome.account_id) == (Refusal.ACCOUNT_CLOSED, book.wang)


async def test_linked_operations_are_posted_together(db: AsyncSession, book: Book) -> None:
    outcomes = await ledger.post(
        db,
        [Linked((move(book, book.opening, book.chen, 100), move(book, book.chen, book.pool, 10)))],
    )
    assert [type(outcome) for outcome in outcomes] == [Posted, Posted]
    assert (await balances(db, book))[book.chen] == 90


async def test_a_linked_group_falls_whole_and_names_the_one_that_failed(db: AsyncSession, book: Book) -> None:
    too_much = move(book, book.chen, book.li, 500)
    before, first, culprit, last, after = await ledger.post(
        db,
        [
            move(book, book.opening, book.chen, 10),
            Linked(
                (
                    move(book, book.opening, book.chen, 100),
                    too_much,
                    move(book, book.li, book.wang, 10),
                )
            ),
            move(book, book.chen, book.li, 70),
        ],
    )
    assert isinstance(before, Posted)
    assert isinstance(culprit, Refused)
    assert (culprit.refusal, culprit.short_minutes) == (Refusal.FLOOR_BREACHED, 330)
    for outcome in (first, last):
        assert isinstance(outcome, Refused)
        assert (outcome.refusal, outcome.because_id) == (Refusal.LINKED_REFUSED, too_much.id)
    assert isinstance(after, Posted)
    assert after.debit_balance_minutes == -60
    assert await faults(db, book) == []


async def test_the_same_id_with_the_same_content_gets_the_first_answer_again(
    db: AsyncSession, book: Book
) -> None:
    batch = [
        move(book, book.opening, book.chen, 90),
        move(book, book.li, book.chen, 61),
        Linked((move(book, book.opening, book.chen, 7), move(book, book.chen, book.li, 9))),
        Linked((move(book, book.opening, book.chen, 7), move(book, book.wang, book.li, 900))),
    ]
    first = await ledger.post(db, batch)
    await ledger.post(db, [move(book, book.opening, book.li, 600)])
    again = await ledger.post(db, batch)
    assert [outcome.repeated for outcome in first] == [False] * 6
    assert [outcome.repeated for outcome in again] == [True] * 6
    for one, other in zip(first, again, strict=True):
        assert {**_fields(one), "repeated": True} == _fields(other)
    assert await faults(db, book) == []


async def test_the_same_id_with_another_content_is_refused(db: AsyncSession, book: Book) -> None:
    wish = move(book, book.opening, book.chen, 90)
    other = move(book, book.opening, book.chen, 91, operation_id=wish.id)
    [first, second] = await ledger.post(db, [wish, other])
    [third] = await ledger.post(db, [other])
    assert isinstance(first, Posted)
    for outcome in (second, third):
        assert isinstance(outcome, Refused)
        assert outcome.refusal is Refusal.ID_REUSED
    assert (await balances(db, book))[book.chen] == 90


async def test_one_of_a_linked_pair_is_another_content_alone(db: AsyncSession, book: Book) -> None:
    one, two = move(book, book.opening, book.chen, 90), move(book, book.opening, book.li, 90)
    await ledger.post(db, [Linked((one, two))])
    alone, fresh = await ledger.post(db, [Linked((one, move(book, book.opening, book.li, 5)))])
    assert isinstance(alone, Refused)
    assert alone.refusal is Refusal.ID_REUSED
    assert isinstance(fresh, Refused)
    assert (fresh.refusal, fresh.because_id) == (Refusal.LINKED_REFUSED, one.id)


async def test_the_same_operation_twice_in_a_batch_is_posted_once(db: AsyncSession, book: Book) -> None:
    wish = move(book, book.opening, book.chen, 90)
    first, second = await ledger.post(db, [wish, wish])
    assert isinstance(first, Posted)
    assert isinstance(second, Posted)
    assert (first.repeated, second.repeated) == (False, True)
    assert (await balances(db, book))[book.chen] == 90


async def test_the_same_operation_twice_in_a_group_fails_the_group(db: AsyncSession, book: Book) -> None:
    wish = move(book, book.opening, book.chen, 90)
    first, second = await ledger.post(db, [Linked((wish, wish))])
    assert isinstance(second, Refused)
    assert second.refusal is Refusal.ID_REUSED
    assert isinstance(first, Refused)
    assert first.refusal is Refusal.LINKED_REFUSED


async def test_a_refused_id_stays_refused(db: AsyncSession, book: Book) -> None:
    wish = move(book, book.chen, book.li, 100)
    await ledger.post(db, [wish])
    await ledger.post(db, [move(book, book.opening, book.chen, 500)])
    [outcome] = await ledger.post(db, [wish])
    assert isinstance(outcome, Refused)
    assert (outcome.refusal, outcome.repeated) == (Refusal.FLOOR_BREACHED, True)


async def test_an_empty_batch_does_nothing(db: AsyncSession, book: Book) -> None:
    assert await ledger.post(db, []) == []
    assert await ledger.post(db, [Linked(())]) == []


async def test_a_batch_has_a_largest_size(db: AsyncSession, book: Book) -> None:
    one = move(book, book.opening, book.chen, 1)
    with pytest.raises(ledger.BatchTooLarge):
        await ledger.post(db, [one] * (ledger.OPERATIONS_MAX + 1))


async def test_a_book_that_is_not_visible_can_not_be_posted_to(db: AsyncSession, book: Book) -> None:
    await see(db, new_id())
    with pytest.raises(ledger.BookNotVisible):
        await ledger.post(db, [move(book, book.opening, book.chen, 1)])


async def test_a_book_that_is_not_visible_can_not_be_read(db: AsyncSession, book: Book) -> None:
    await ledger.post(db, [move(book, book.opening, book.chen, 1)])
    await see(db)
    for table in ("accounts", "limits", "outcomes", "transfers", "entries"):
        assert (await db.execute(text(f"SELECT count(*) FROM ledger.{table}"))).scalar_one() == 0, table


async def test_posting_needs_a_transaction(engine: AsyncEngine, book: Book) -> None:
    async with AsyncSession(engine) as fresh:
        with pytest.raises(ledger.NotInTransaction):
            await ledger.post(fresh, [move(book, book.opening, book.chen, 1)])


async def test_a_malformed_operation_never_reaches_the_database(db: AsyncSession, book: Book) -> None:
    for wrong in (
        move(book, book.opening, book.chen, 1, kind="Visit"),
        move(book, book.opening, book.chen, 2**63),
        move(book, book.opening, book.chen, 1, reason=""),
        move(book, book.opening, book.chen, 1, reason="\0"),
    ):
        with pytest.raises(ledger.OperationMalformed):
            await ledger.post(db, [wrong])


async def test_only_the_owner_gives_the_time_of_posting(
    db: AsyncSession, book: Book, owner: AsyncConnection
) -> None:
    long_ago = datetime(2026, 8, 3, 9, 30, tzinfo=UTC)
    async with AsyncSession(owner) as history:
        await see(history, book.id)
        mine = Book(book.id, *(new_id() for _ in range(5)))
        await ledger.open_accounts(
            history,
            mine.id,
            [
                ledger.NewAccount(id=id_, kind="member", floor_minutes=None, ceiling_minutes=None)
                for id_ in mine.account_ids
            ],
            actor_id=ACTOR,
            reason="history",
        )
        [outcome] = await ledger.post(history, [move(mine, mine.opening, mine.chen, 5)], posted_at=long_ago)
        assert isinstance(outcome, Posted)
        assert outcome.posted_at == long_ago
    with pytest.raises(DBAPIError) as refused:
        await ledger.post(db, [move(book, book.opening, book.chen, 5)], posted_at=long_ago)
    assert getattr(refused.value.orig, "sqlstate", None) == "42501"


def _fields(outcome: ledger.Outcome) -> dict[str, object]:
    return {name: getattr(outcome, name) for name in outcome.__slots__}
