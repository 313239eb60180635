"""Fixtures of the ledger's tests."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

import ledger
from tests.ledger.books import Book, move, open_book
from tests.postgres import Database


@pytest.fixture
async def book(db: AsyncSession) -> Book:
    """A new book with five accounts at zero, gone after the test."""
    return await open_book(db)


@pytest.fixture
async def pool(fresh_database: Database) -> AsyncIterator[AsyncEngine]:
    """Connections to a database in which tests may commit."""
    engine = create_async_engine(fresh_database.service_url, pool_size=8)
    yield engine
    await engine.dispose()


@pytest.fixture
async def shared(pool: AsyncEngine) -> Book:
    """A committed book in which Chen and Li have 1,000 minutes each."""
    async with AsyncSession(pool) as db, db.begin():
        book = await open_book(db)
        await ledger.post(db, [move(book, book.opening, member, 1000) for member in (book.chen, book.li)])
    return book
