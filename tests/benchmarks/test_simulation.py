"""What the simulation compares, it compares: a ledger that does otherwise than the oracle is found out."""

from collections.abc import AsyncIterator

import pytest

from ledger import Linked
from tests.benchmarks.simulation import History, Tally
from tests.ledger.books import move
from tests.ledger.neighbours import open_neighbours
from tests.ledger.oracle import oracle_of
from tests.postgres import Database
from timebank.core.database import Database as RealDatabase


@pytest.fixture
async def history(fresh_database: Database) -> AsyncIterator[History]:
    """Two books in which nothing happened yet, and their oracle."""
    database = RealDatabase(fresh_database.service_url)
    async with database.begin([]) as db:
        books = await open_neighbours(db)
    yield History(database, books, oracle_of(books), Tally())
    await database.close()


async def test_what_is_alike_is_no_difference(history: History) -> None:
    await history.post([move(history.books.here, history.books.here.opening, history.books.here.chen, 60)])
    assert history.tally.differences == []
    assert history.tally.operations == 1


async def test_another_answer_is_a_difference(history: History) -> None:
    history.oracle.limits[history.books.here.chen] = (-60, 59)
    await history.post([move(history.books.here, history.books.here.opening, history.books.here.chen, 60)])
    assert history.differed
    assert "answered ('posted', None, None, None)" in history.tally.differences[0]


async def test_a_minute_more_in_an_account_is_a_difference(history: History) -> None:
    history.oracle.state.balances[history.books.here.li] += 1
    await history.post([move(history.books.here, history.books.here.opening, history.books.here.chen, 60)])
    assert ["stands at (0, 0, 0), expected (1, 0, 0)" in told for told in history.tally.differences] == [True]


async def test_a_crossing_that_only_one_book_knows_of_is_a_difference(history: History) -> None:
    wang = history.books.brought()
    await history.post([wang])
    leaving, arriving = history.books.across(60)
    history.oracle.post([Linked((leaving, arriving))])
    await history.post([wang])
    assert len(history.tally.differences) == 4
