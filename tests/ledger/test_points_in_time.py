"""What an account stood at on any day and at any instant, against re-adding everything from the first entry."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import Operation, Posted
from tests.ledger.books import ACTOR, Book, move

JANUARY, FEBRUARY, MARCH, APRIL = (date(2024, month, 1) for month in (1, 2, 3, 4))
DAYS = sorted(
    {date(2023, 12, 30) + timedelta(days=n) for n in range(0, 130, 3)}
    | {day - timedelta(days=n) for day in (JANUARY, FEBRUARY, MARCH, APRIL) for n in (0, 1)}
)


async def _close(db: AsyncSession, book: Book, month: date) -> None:
    await ledger.begin_closing(db, book.id, month, actor_id=ACTOR)
    await ledger.close(db, book.id, month, actor_id=ACTOR)


def _some(book: Book, chance: random.Random, first: date) -> list[Operation]:
    """Movements of forty days in no order, some of them in the month after."""
    return [
        move(
            book,
            *chance.sample([book.opening, book.chen, book.li], 2),
            chance.randint(1, 3),
            effective_on=first + timedelta(days=chance.randint(0, 39)),
        )
        for _ in range(25)
    ]


async def _post_and_close(db: AsyncSession, book: Book, seed: int) -> list[Operation]:
    """Three months of movements, each month closed after the next has begun, but the last; and what was posted."""
    chance = random.Random(seed)
    posted = []
    for month, to_close in ((JANUARY, None), (FEBRUARY, JANUARY), (MARCH, FEBRUARY)):
        operations = _some(book, chance, month)
        if month == MARCH:  # Wang's first of all, long after the first closing
            operations.append(move(book, book.opening, book.wang, 9, effective_on=MARCH))
        assert all(isinstance(outcome, Posted) for outcome in await ledger.post(db, operations))
        posted += operations
        if to_close:
            await _close(db, book, to_close)
    return posted


def _added(operations: list[Operation], account_id: UUID, day: date) -> int:
    return sum(
        operation.minutes * ((operation.credit_id == account_id) - (operation.debit_id == account_id))
        for operation in operations
        if operation.effective_on <= day
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_a_balance_on_any_day_is_what_re_adding_gives(db: AsyncSession, book: Book, seed: int) -> None:
    posted = await _post_and_close(db, book, seed)
    for day in DAYS:
        found = await ledger.balances(db, book.id, book.account_ids, on=day)
        assert {balance.account_id: balance.minutes for balance in found} == {
            id_: _added(posted, id_, day) for id_ in book.account_ids
        }, day


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_a_statement_has_every_line_between_its_days(db: AsyncSession, book: Book, seed: int) -> None:
    posted = await _post_and_close(db, book, seed)
    for first_on, last_on in zip(DAYS, DAYS[7:], strict=False):
        statement = await ledger.statement(db, book.id, book.chen, first_on, last_on)
        mine = {
            operation.id
            for operation in posted
            if book.chen in (operation.debit_id, operation.credit_id)
            and first_on <= operation.effective_on <= last_on
        }
        assert {line.entry.transfer_id for line in statement.lines} == mine
        assert statement.opening_minutes == _added(posted, book.chen, first_on - timedelta(days=1))
        assert statement.closing_minutes == _added(posted, book.chen, last_on)


@pytest.mark.parametrize("entries", [0, 1, 2, 3, 8, 13])
async def test_a_balance_at_any_instant_is_the_last_one_posted_by_then(
    db: AsyncSession, book: Book, entries: int
) -> None:
    known = []
    balance = 0
    for n in range(entries):
        # Two at one instant, now and then.
        batch = [move(book, book.opening, book.chen, n + 1) for _ in range(1 + n % 2)]
        *_, last = await ledger.post(db, batch)
        assert isinstance(last, Posted)
        balance += sum(operation.minutes for operation in batch)
        known.append((last.posted_at, balance))
    before = 0
    for instant, after in known:
        assert await ledger.balance_at(db, book.id, book.chen, instant - timedelta(microseconds=1)) == before
        assert await ledger.balance_at(db, book.id, book.chen, instant) == after
        before = after
    far = known[-1][0] + timedelta(days=9) if known else datetime(2024, 1, 1, tzinfo=UTC)
    assert await ledger.balance_at(db, book.id, book.chen, far) == balance
