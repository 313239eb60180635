"""Minutes that are reserved before they move: held, captured in part or whole, voided, expired."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

import ledger
from ledger import HoldEnd, Limits, Linked, NewHold, Posted, Recorded, Refusal, Refused
from tests.ledger.books import ACTOR, Book, capture, faults, hold, move, new_id, open_book, refusals, void
from tests.postgres import see

JANUARY, FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)


@pytest.fixture(autouse=True)
async def chen_has_100(db: AsyncSession, book: Book) -> None:
    """Chen, who may go 60 below zero, has 100 minutes."""
    await ledger.post(db, [move(book, book.opening, book.chen, 100)])


@pytest.fixture
async def history(owner: AsyncConnection) -> AsyncIterator[AsyncSession]:
    """The owner's own session, who may say when something was posted."""
    async with AsyncSession(owner) as db:
        yield db


async def _available(db: AsyncSession, book: Book) -> tuple[int, int]:
    """What Chen has, and how much of it is free."""
    [chen] = await ledger.accounts(db, book.id, ids=[book.chen])
    return chen.balance_minutes, chen.available_minutes


async def test_held_minutes_stay_and_are_not_available(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 120)
    [outcome] = await ledger.post(db, [made])
    assert isinstance(outcome, Recorded)
    assert await _available(db, book) == (100, -20)
    [spent] = await ledger.post(db, [move(book, book.chen, book.wang, 41)])
    assert isinstance(spent, Refused)
    assert (spent.refusal, spent.account_id, spent.short_minutes) == (Refusal.FLOOR_BREACHED, book.chen, 1)
    assert await refusals(db, move(book, book.chen, book.wang, 40), hold(book, book.chen, book.li, 1)) == [
        None,
        Refusal.FLOOR_BREACHED,
    ]
    assert await faults(db, book) == []


async def test_a_capture_moves_what_was_held(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 60)
    await ledger.post(db, [made])
    taken = capture(made)
    [outcome] = await ledger.post(db, [taken])
    assert isinstance(outcome, Posted)
    assert (outcome.debit_balance_minutes, outcome.credit_balance_minutes) == (40, 60)
    assert await _available(db, book) == (40, 40)
    [ended] = await ledger.holds(db, book.id, ids=[made.id])
    assert (ended.ended, ended.captured_minutes, ended.ended_by) == (HoldEnd.CAPTURED, 60, taken.id)
    assert await faults(db, book) == []


async def test_a_capture_in_part_releases_the_rest(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 90)
    await ledger.post(db, [made, capture(made, 30)])
    assert await _available(db, book) == (70, 70)
    assert await refusals(db, capture(made, 30)) == [Refusal.HOLD_RESOLVED]
    assert await faults(db, book) == []


async def test_a_voided_hold_gives_the_minutes_back(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 90)
    let_go = replace(void(made), reason="the visit was called off")
    await ledger.post(db, [made])
    [outcome] = await ledger.post(db, [let_go])
    assert isinstance(outcome, Recorded)
    assert await _available(db, book) == (100, 100)
    [ended] = await ledger.holds(db, book.id, ids=[made.id])
    assert (ended.ended, ended.captured_minutes, ended.ended_by) == (HoldEnd.VOIDED, 0, let_go.id)
    assert await refusals(db, void(made), capture(made)) == [Refusal.HOLD_RESOLVED] * 2
    assert await faults(db, book) == []


async def test_a_hold_is_made_and_captured_in_one_batch(db: AsyncSession, book: Book) -> None:
    one, two, three = (hold(book, book.chen, book.li, minutes) for minutes in (100, 60, 60))
    assert await refusals(db, one, two, three, capture(two), void(one), three) == [
        None,
        None,
        Refusal.FLOOR_BREACHED,
        None,
        None,
        Refusal.FLOOR_BREACHED,
    ]
    assert await _available(db, book) == (40, 40)
    assert await faults(db, book) == []


async def test_a_hold_is_not_captured_before_it_is_made(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 60)
    assert await refusals(db, capture(made), made, void(made)) == [Refusal.HOLD_UNKNOWN, None, None]
    assert await faults(db, book) == []


async def test_a_hold_that_fell_with_its_group_was_never_made(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 60)
    group = Linked((made, move(book, book.wang, book.li, 1000)))
    [fallen, _, after] = await ledger.post(db, [group, capture(made)])
    assert isinstance(fallen, Refused)
    assert fallen.refusal is Refusal.LINKED_REFUSED
    assert isinstance(after, Refused)
    assert after.refusal is Refusal.HOLD_UNKNOWN
    assert await _available(db, book) == (100, 100)


async def test_a_capture_that_fell_with_its_group_leaves_the_hold_open(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 60)
    await ledger.post(db, [made])
    outcomes = await ledger.post(
        db, [Linked((capture(made), move(book, book.wang, book.li, 1000))), capture(made, 50)]
    )
    assert [type(outcome) for outcome in outcomes] == [Refused, Refused, Posted]
    assert await _available(db, book) == (50, 50)
    assert await faults(db, book) == []


async def test_a_capture_takes_no_more_than_is_held_and_from_no_other(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 60)
    await ledger.post(db, [made])
    [exceeded] = await ledger.post(db, [capture(made, 61)])
    assert isinstance(exceeded, Refused)
    assert (exceeded.refusal, exceeded.short_minutes) == (Refusal.HOLD_EXCEEDED, 1)
    elsewhere = replace(capture(made), credit_id=book.wang)
    turned = replace(void(made), debit_id=book.li, credit_id=book.chen)
    assert await refusals(db, elsewhere, turned) == [Refusal.HOLD_ACCOUNT_MISMATCH] * 2
    assert await refusals(db, void(replace(made, id=new_id()))) == [Refusal.HOLD_UNKNOWN]


async def test_a_hold_reserves_no_room_in_the_other_account(db: AsyncSession, book: Book) -> None:
    await ledger.post(db, [move(book, book.opening, book.li, 5990)])
    made = hold(book, book.chen, book.li, 60)
    whole, part = capture(made), capture(made, 10)
    assert await refusals(db, made, whole, part) == [None, Refusal.CEILING_BREACHED, None]
    assert await faults(db, book) == []


async def test_what_was_promised_is_kept_below_the_floor(db: AsyncSession, book: Book) -> None:
    earned = move(book, book.opening, book.chen, 60)
    made = hold(book, book.chen, book.li, 160)
    await ledger.post(db, [earned, made])
    back = move(book, book.chen, book.opening, 60, reverses=earned.id, forced=True, reason="was never")
    await ledger.post(db, [back])
    await ledger.set_limits(
        db,
        book.id,
        [Limits(account_id=book.chen, floor_minutes=0, ceiling_minutes=6000)],
        actor_id=ACTOR,
        reason="no credit any more",
    )
    [chen] = await ledger.accounts(db, book.id, ids=[book.chen])
    assert (chen.available_minutes, chen.relief_minutes) == (-60, 60)
    assert await refusals(
        db, move(book, book.chen, book.li, 1), hold(book, book.chen, book.li, 1), capture(made, 150)
    ) == [Refusal.FLOOR_BREACHED, Refusal.FLOOR_BREACHED, None]
    [chen] = await ledger.accounts(db, book.id, ids=[book.chen])
    assert (chen.available_minutes, chen.relief_minutes) == (-50, 50)
    assert await faults(db, book) == []


async def test_a_hold_and_the_forced_reversal_after_it_may_be_one_batch(db: AsyncSession, book: Book) -> None:
    earned = move(book, book.opening, book.chen, 60)
    await ledger.post(db, [earned])
    back = move(book, book.chen, book.opening, 60, reverses=earned.id, forced=True, reason="was never")
    assert await refusals(db, hold(book, book.chen, book.li, 200), back) == [None, None]
    assert await _available(db, book) == (100, -100)
    assert await faults(db, book) == []


async def test_a_hold_with_an_expiry_in_the_past_is_refused(db: AsyncSession, book: Book) -> None:
    past = hold(book, book.chen, book.li, 60, expires_at=datetime.now(UTC) - timedelta(days=1))
    assert await refusals(db, past) == [Refusal.HOLD_EXPIRED]


async def test_the_same_hold_again_gets_the_first_answer(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 60)
    taken, let_go = capture(made), void(made)
    first = await ledger.post(db, [made, taken, let_go])
    again = await ledger.post(db, [made, taken, let_go])
    assert [outcome.repeated for outcome in again] == [True] * 3
    for one, other in zip(first, again, strict=True):
        assert replace(one, repeated=True) == other
    other = replace(made, expires_at=made.expires_at + timedelta(seconds=1))
    assert await refusals(db, other, replace(taken, captures=new_id())) == [Refusal.ID_REUSED] * 2
    assert await _available(db, book) == (40, 40)


async def test_capture_into_a_closed_month_is_refused_while_holding_and_voiding_go_on(
    db: AsyncSession, book: Book
) -> None:
    """A hold has no day: it is made and let go whatever is closed, and captured into an open month."""
    before, january, february = (hold(book, book.chen, book.li, 20) for _ in range(3))
    await ledger.post(db, [before, january, february])
    await ledger.begin_closing(db, book.id, JANUARY, actor_id=ACTOR)
    await ledger.close(db, book.id, JANUARY, actor_id=ACTOR)
    await ledger.begin_closing(db, book.id, FEBRUARY, actor_id=ACTOR)
    assert await refusals(
        db,
        replace(capture(january), effective_on=JANUARY),
        replace(capture(february), effective_on=FEBRUARY),
        later := hold(book, book.chen, book.wang, 20),
        void(before),
        void(later),
        capture(january),
    ) == [Refusal.PERIOD_CLOSED, Refusal.PERIOD_CLOSING, None, None, None, None]
    assert await _available(db, book) == (80, 60)
    assert await faults(db, book) == []


async def test_an_account_with_a_hold_is_not_closed(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.wang, book.li, 60)
    await ledger.post(db, [made])
    async with db.begin_nested() as savepoint:
        with pytest.raises(ledger.AccountNotEmpty):
            await ledger.close_accounts(db, book.id, [book.wang])
        await savepoint.rollback()
    # The other account may go meanwhile: then nothing is captured, and the hold can still be let go.
    await ledger.close_accounts(db, book.id, [book.li])
    assert await refusals(db, capture(made), void(made)) == [Refusal.ACCOUNT_CLOSED, None]
    await ledger.close_accounts(db, book.id, [book.wang])


async def test_holds_change_no_version_and_reversing_a_capture_opens_none(
    db: AsyncSession, book: Book
) -> None:
    made = hold(book, book.chen, book.li, 60)
    await ledger.post(db, [made])
    [chen] = await ledger.accounts(db, book.id, ids=[book.chen])
    assert (chen.version, chen.held_minutes) == (1, 60)
    taken = capture(made)
    await ledger.post(db, [taken])
    await ledger.post(db, [move(book, book.li, book.chen, 60, reverses=taken.id)])
    assert await _available(db, book) == (100, 100)
    assert await refusals(db, capture(made)) == [Refusal.HOLD_RESOLVED]
    assert await faults(db, book) == []


async def test_open_holds_come_soonest_to_expire_first(db: AsyncSession, book: Book) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    later, sooner, gone = (
        hold(book, book.chen, book.li, 10, expires_at=soon + timedelta(days=days)) for days in (2, 0, 1)
    )
    of_wang = hold(book, book.wang, book.li, 10, expires_at=soon)
    await ledger.post(db, [later, sooner, gone, of_wang, void(gone)])
    assert [one.id for one in await ledger.holds(db, book.id, account_id=book.chen)] == [sooner.id, later.id]
    [first] = await ledger.holds(db, book.id, limit=1)
    assert (first.id, first.ended, first.ended_at) == (sooner.id, None, None)
    with pytest.raises(ledger.PageTooLarge):
        await ledger.holds(db, book.id, limit=101)


async def _held_last_week(history: AsyncSession, minutes: int = 60) -> tuple[Book, NewHold]:
    """A book in which a hold was made a week ago, for a day."""
    book = await open_book(history)
    made_at = datetime.now(UTC) - timedelta(days=7)
    made = hold(book, book.chen, book.li, minutes, expires_at=made_at + timedelta(days=1))
    [outcome] = await ledger.post(history, [made], posted_at=made_at)
    assert isinstance(outcome, Recorded)
    return book, made


async def test_a_hold_past_its_time_is_not_captured_but_may_be_let_go(history: AsyncSession) -> None:
    book, made = await _held_last_week(history)
    assert await refusals(history, capture(made), void(made)) == [Refusal.HOLD_EXPIRED, None]
    assert await faults(history, book) == []


async def test_holds_expire_once_and_only_when_their_time_is_over(history: AsyncSession) -> None:
    book, made = await _held_last_week(history)
    await ledger.post(history, [hold(book, book.wang, book.li, 60)])
    assert await ledger.expire_holds(history, book.id, limit=10) == [made.id]
    assert await ledger.expire_holds(history, book.id) == []
    [ended] = await ledger.holds(history, book.id, ids=[made.id])
    assert (ended.ended, ended.captured_minutes, ended.ended_by) == (HoldEnd.EXPIRED, 0, None)
    assert await refusals(history, capture(made), void(made)) == [Refusal.HOLD_RESOLVED] * 2
    assert [one.held_minutes for one in await ledger.accounts(history, book.id, kind="member")] == [0, 0, 60]
    assert await faults(history, book) == []


async def test_holds_expire_in_visible_books_only(db: AsyncSession, book: Book) -> None:
    await see(db, new_id())
    with pytest.raises(ledger.BookNotVisible):
        await ledger.expire_holds(db, book.id)


async def test_a_caller_may_state_the_version_it_saw(db: AsyncSession, book: Book) -> None:
    [chen] = await ledger.accounts(db, book.id, ids=[book.chen])
    wishes = [replace(move(book, book.chen, book.li, 10), debit_version_seen=chen.version) for _ in range(2)]
    first, second = await ledger.post(db, wishes)
    assert isinstance(first, Posted)
    assert isinstance(second, Refused)
    assert (second.refusal, second.account_id) == (Refusal.VERSION_MOVED, book.chen)
    held = replace(hold(book, book.chen, book.li, 10), debit_version_seen=chen.version)
    assert await refusals(db, held) == [Refusal.VERSION_MOVED]
    assert await faults(db, book) == []


async def test_a_caller_may_state_what_must_be_available(db: AsyncSession, book: Book) -> None:
    await ledger.post(db, [hold(book, book.chen, book.wang, 30)])
    wish = move(book, book.chen, book.li, 10)
    enough, too_little = await ledger.post(
        db,
        [
            replace(wish, available_minutes_min=70),
            replace(wish, id=new_id(), available_minutes_min=70),
        ],
    )
    assert isinstance(enough, Posted)
    assert isinstance(too_little, Refused)
    assert (too_little.refusal, too_little.account_id, too_little.short_minutes) == (
        Refusal.AVAILABLE_SHORT,
        book.chen,
        10,
    )


async def test_a_condition_is_part_of_what_was_asked(db: AsyncSession, book: Book) -> None:
    plain = move(book, book.chen, book.li, 10)
    stated = replace(plain, debit_version_seen=1)
    assert await refusals(db, plain) == [None]
    assert await refusals(db, stated) == [Refusal.ID_REUSED]
    conditional = replace(move(book, book.chen, book.li, 10), debit_version_seen=2)
    await ledger.post(db, [conditional])
    again = await ledger.post(db, [conditional])
    assert [outcome.repeated for outcome in again] == [True]
    assert await refusals(db, replace(conditional, debit_version_seen=None)) == [Refusal.ID_REUSED]


async def test_a_malformed_hold_never_reaches_the_database(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 10)
    for wrong in (
        replace(made, expires_at=datetime(2099, 1, 1)),  # noqa: DTZ001
        replace(made, kind="Visit"),
        replace(void(made), reason=""),
        replace(capture(made), reverses=new_id()),
        replace(made, debit_version_seen=2**63),
    ):
        with pytest.raises(ledger.OperationMalformed):
            await ledger.post(db, [wrong])


async def test_held_minutes_of_other_books_are_not_seen(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 10)
    await ledger.post(db, [made, void(made)])
    await see(db)
    for table in ("holds", "hold_ends"):
        assert (await db.execute(text(f"SELECT count(*) FROM ledger.{table}"))).scalar_one() == 0, table


async def test_entries_keep_what_was_held_when_they_were_posted(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 60)
    await ledger.post(
        db,
        [move(book, book.chen, book.wang, 1), made, move(book, book.chen, book.wang, 1), capture(made, 20)],
    )
    found = await db.execute(
        text("SELECT held_minutes FROM ledger.entries WHERE account_id = :id ORDER BY version"),
        {"id": book.chen},
    )
    assert list(found.scalars()) == [0, 0, 60, 0]
