"""Each check finds something that no other check finds, or is shown to be implied by two others."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from tests.audit.deeds import ALONE, SEEN
from tests.audit.given import Month, later, without_guards
from tests.given import NOW, World
from tests.postgres import Database, clone, see
from timebank.audit import comparing
from timebank.audit.checks import BY_NAME, CHECKS, proofs
from timebank.audit.model import Check, CheckState, Since
from timebank.core import clock
from timebank.core.database import Database as RealDatabase


@dataclass
class Books:
    """A month in a database of its own, and a superuser's connection to it whose deeds are undone."""

    month: Month
    sql: AsyncConnection
    helped: UUID  # the first visit's transfer to Zhou
    pooled: UUID  # and what was left over
    again: UUID  # the second visit's only transfer
    talked: UUID  # for speaking
    untold: UUID  # for the same, until the sheet was typed in again
    since: Since  # the run before which only the opening balances had been brought

    async def do(self, statement: str) -> None:
        """Tamper; names like `:zhou` in the statement stand for ids."""
        month, street = self.month, self.month.street
        names = {
            "here": month.here,
            "zhou": street.zhou,
            "feng": street.feng,
            "chen": street.chen,
            "first": month.first,
            "second": month.second,
            "corrected": month.corrected,
            "opening": month.openings[street.feng],
            "gift": month.gift,
            "helped": self.helped,
            "pooled": self.pooled,
            "again": self.again,
            "talked": self.talked,
            "untold": self.untold,
            "open_hold": month.open_hold,
            "void_hold": month.void_hold,
            "used": month.used,
            "neighbour": month.neighbour,
        }
        used = {name: value for name, value in names.items() if re.search(rf":{name}\b", statement)}
        assert (await self.sql.execute(text(statement), used)).rowcount != 0, "nothing was tampered with"

    async def found(
        self, checks: Iterable[Check] = CHECKS, *, since: Since | None = None
    ) -> set[tuple[str, str]]:
        """What the checks find."""
        db = AsyncSession(self.sql, join_transaction_mode="create_savepoint")
        comparison = await comparing.compare(db, self.month.here, tuple(checks), cut_off_at=NOW, since=since)
        await db.close()
        assert not [one.problem for one in comparison.checks if one.state is CheckState.UNCHECKED]
        return {
            (named.difference.check, named.difference.fault)
            for one in comparison.checks
            for named in one.differences
        }


@pytest.fixture(scope="module")
async def settled(template: Database) -> AsyncIterator[tuple[Month, Database, Since]]:
    """One month for all tests of this module, which undo what they do to it; after its first day it was reconciled."""
    async with clone(template) as database:
        real = RealDatabase(database.service_url, checking=True)
        with clock.set_to(NOW):
            month = await Month(await World(real).settle_in()).begin()
            assert (await month.reconcile()).agrees
            await later(database.superuser_url)
            since = await month.since()
            await month.happen()
            await month.close_a_quarter()
            await month.set_aside()
            await month.hold_a_talk()
            await month.clear_with_a_neighbour()
        yield month, database, since
        await real.close()


@pytest.fixture
async def books(settled: tuple[Month, Database, Since]) -> AsyncIterator[Books]:
    """The month, and somebody who may do anything to it until the test is over."""
    month, database, since = settled
    helped, pooled = await month.transfers_of(month.first)
    [again] = await month.transfers_of(month.second)
    talked, untold = await month.talked()
    engine = create_async_engine(database.superuser_url, poolclass=NullPool)
    async with engine.connect() as sql, sql.begin() as transaction:
        await without_guards(sql)
        await see(sql, month.here)
        yield Books(month, sql, helped, pooled, again, talked, untold, since)
        await transaction.rollback()
    await engine.dispose()


# Those of proof are in test_proofs.py, on a month that was signed: there what one of these finds changes a hash.
OF_ROWS = [check for check in CHECKS if check not in proofs.CHECKS]
# These follow from others, and stand because they are what a bookkeeper asks first.
IMPLIED = {"head_is_sum", "book_is_zero", "visit_is_its_transfers"}


@pytest.mark.slow
async def test_a_month_that_nobody_touched_agrees(books: Books) -> None:
    assert await books.found() == set()
    assert await books.found(since=books.since) == set()


# What a run of news doesn't see: what is done to that which the run before it saw, and what only a full run looks at.
OLD = "id = :opening"


def is_news(finding: tuple[str, str], *deed: str) -> bool:
    """True if a run of news finds it."""
    return not BY_NAME[finding[0]].left_to_full and not any(OLD in statement for statement in deed)


@pytest.mark.slow
@pytest.mark.parametrize(("deed", "finding"), [row[1:] for row in ALONE], ids=[row[0] for row in ALONE])
async def test_one_check_alone_finds(books: Books, deed: list[str], finding: tuple[str, str]) -> None:
    for statement in deed:
        await books.do(statement)
    assert await books.found() == {finding}
    assert await books.found(check for check in CHECKS if check.name != finding[0]) == set()
    assert await books.found(since=books.since) == ({finding} if is_news(finding, *deed) else set())


@pytest.mark.parametrize(("deed", "finding"), SEEN, ids=[" ".join(row[1]) for row in SEEN])
async def test_a_check_sees(books: Books, deed: str, finding: tuple[str, str]) -> None:
    await books.do(deed)
    check = BY_NAME[finding[0]]
    assert finding in await books.found([check])
    assert (finding in await books.found([check], since=books.since)) is is_news(finding, deed)


def test_every_check_finds_something_alone_and_every_fault_is_seen() -> None:
    assert {finding[0] for _, _, finding in ALONE} == {check.name for check in OF_ROWS} - IMPLIED
    seen = {finding for _, _, finding in ALONE} | {finding for _, finding in SEEN}
    assert seen == {(check.name, fault.code) for check in OF_ROWS for fault in check.faults}


@pytest.mark.slow
async def test_a_check_that_cannot_be_made_hides_no_other(books: Books) -> None:
    await books.do("UPDATE ledger.accounts SET version = version + 1 WHERE id = :feng")
    await books.do("ALTER TABLE ledger.limits RENAME TO limits_gone")
    db = AsyncSession(books.sql, join_transaction_mode="create_savepoint")
    comparison = await comparing.compare(db, books.month.here, CHECKS, cut_off_at=NOW)
    await db.close()
    states = {one.name: one for one in comparison.checks}
    assert states["limits_recorded"].state is CheckState.UNCHECKED
    assert states["limits_recorded"].problem == "SQLSTATE 42P01"
    assert states["head_is_last_entry"].state is CheckState.FOUND
    others = [one for name, one in states.items() if name not in ("limits_recorded", "head_is_last_entry")]
    assert {one.state for one in others} == {CheckState.PASSED}
