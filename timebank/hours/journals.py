"""A book as text for bookkeeping programs of other houses."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.hours.model import AccountKind

# What was issued and what was brought in is nobody's claim.
CLASSES = {AccountKind.GRANTS.value: "Equity", AccountKind.OPENING.value: "Equity"}


async def journal(
    db: AsyncSession, community_id: UUID, first_on: date, last_on: date, form: ledger.JournalForm
) -> str:
    """A book from one day to another: ids and minutes only."""
    lines = ledger.journal(db, community_id, first_on, last_on, form=form, classes=CLASSES)
    return "".join([f"{line}\n" async for line in lines])
