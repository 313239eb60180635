"""Fixtures of the ledger's tests."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.ledger.books import Book, open_book


@pytest.fixture
async def book(db: AsyncSession) -> Book:
    """A new book with five accounts at zero, gone after the test."""
    return await open_book(db)
