"""What the simulation compares, it compares: a ledger that does otherwise than the oracle is found out."""

from collections.abc import AsyncIterator

import pytest

from tests.benchmarks.simulation import History, Tally
from tests.ledger.books import move, open_book
from tests.ledger.oracle import oracle_of
from tests.postgres import Database
from timebank.core.database import Database as RealDatabase


@pytest.fixture
async def history(fresh_database: Database) -> AsyncIterator[History]:
    """A book in which nothing happened yet, and its oracle."""
    database = RealDatabase(fresh_database.service_url)
    async with database.begin([]) as db:
        book = await open_book(db)
    yield History(database, book, oracle_of(book), Tally())
    await database.close()


async def test_what_is_alike_is_no_difference(history: History) -> None:
    await history.post([move(history.book, history.book.opening, history.book.chen, 60)])
    assert history.tally.differences == []
    assert history.tally.operations == 1


async def test_another_answer_is_a_difference(history: History) -> None:
    history.oracle.limits[history.book.chen] = (-60, 59)
    await history.post([move(history.book, history.book.opening, history.book.chen, 60)])
    assert history.differed
    assert "answered ('posted', None, None, None)" in history.tally.differences[0]


async def test_a_minute_more_in_an_account_is_a_difference(history: History) -> None:
    history.oracle.state.balances[history.book.li] += 1
    await history.post([move(history.book, history.book.opening, history.book.chen, 60)])
    assert ["stands at (0, 0, 0), expected (1, 0, 0)" in told for told in history.tally.differences] == [True]
