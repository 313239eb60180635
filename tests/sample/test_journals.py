"""The sample district's months, added up by bookkeeping programs of other houses."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

import ledger
from ledger import JournalForm
from tests.ledger.bookkeeping import added_up, complaint, written
from tests.postgres import Database

pytestmark = [pytest.mark.slow(40), pytest.mark.timeout(600)]

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
ALL_TIME = (date(2020, 1, 1), date(2026, 12, 31))


@pytest.fixture
async def db(district: Database) -> AsyncIterator[AsyncSession]:
    """A transaction in the sample that sees everything."""
    engine = create_async_engine(district.superuser_url)
    async with AsyncSession(engine) as session:
        yield session
    await engine.dispose()


@pytest.mark.parametrize("days", [ALL_TIME, NOVEMBER], ids=["ever", "november"])
@pytest.mark.parametrize("form", JournalForm)
async def test_every_book_comes_to_our_balances(
    db: AsyncSession, days: tuple[date, date], form: JournalForm, tmp_path: Path
) -> None:
    books = (await db.execute(text("SELECT DISTINCT book_id FROM ledger.transfers"))).scalars().all()
    assert len(books) > 1
    for book_id in books:
        told = await written(db, book_id, days, form)
        assert complaint(told, form, tmp_path) == ""
        if form is JournalForm.HLEDGER:
            trial = await ledger.trial_balance(db, book_id, days[1])
            ours = {line.account_id: line.balance_minutes for line in trial.lines if line.balance_minutes}
            theirs = {id_: minutes for id_, minutes in added_up(told, tmp_path).items() if minutes}
            assert theirs == ours
