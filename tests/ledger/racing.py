"""Several connections upon one book, in a database in which they commit."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import ledger
from ledger import Batch, Outcome
from tests.ledger.books import Book, balances, faults
from tests.postgres import see

MORE_THAN_ENOUGH = 20  # attempts


async def post(pool: AsyncEngine, book: Book, batch: Batch) -> list[Outcome]:
    """Post and commit, running the transaction again as a use case would."""
    for _ in range(MORE_THAN_ENOUGH):
        try:
            async with AsyncSession(pool) as db, db.begin():
                await see(db, book.id)
                return await ledger.post(db, batch)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "40001":
                raise
    raise AssertionError("the race never ended")


async def all_at_once(pool: AsyncEngine, book: Book, posts: Sequence[Batch]) -> list[list[Outcome]]:
    """Each batch over a connection of its own."""
    return await asyncio.gather(*(post(pool, book, batch) for batch in posts))


async def settled(pool: AsyncEngine, book: Book) -> dict[object, int]:
    """The balances after the race; and the book adds up."""
    async with AsyncSession(pool) as db, db.begin():
        await see(db, book.id)
        assert await faults(db, book) == []
        return dict(await balances(db, book))
