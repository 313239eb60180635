"""What becomes of everything here when two records of one person merge, or one is erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.care.contacts import steps as contacts
from timebank.care.plans import steps as plans


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID, by: UUID, now: datetime) -> None:
    """All care for one member is for another, who is the same person."""
    await contacts.hand_over(db, from_id=from_id, to_id=to_id)
    await plans.hand_over(db, from_id=from_id, to_id=to_id, by=by, now=now)


async def forget(db: AsyncSession, member_id: UUID) -> None:
    """Keep nothing of it: none of it is needed to prove an hour."""
    await contacts.forget(db, member_id)
    await plans.forget(db, member_id)
