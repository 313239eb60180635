"""What becomes of everything here when two records of one person merge, one dies, or one is erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.care.contacts import steps as contacts
from timebank.care.occasions import steps as occasions
from timebank.care.plans import steps as plans
from timebank.care.profile import steps as profile


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID, by: UUID, now: datetime) -> None:
    """All care for one member is for another, who is the same person."""
    await contacts.hand_over(db, from_id=from_id, to_id=to_id)
    await plans.hand_over(db, from_id=from_id, to_id=to_id, by=by, now=now)
    await profile.hand_over(db, from_id=from_id, to_id=to_id)
    await occasions.hand_over(db, from_id=from_id, to_id=to_id)


async def end_all(db: AsyncSession, member_id: UUID, *, reason: str, by: UUID, now: datetime) -> None:
    """The plan of who has died ends; what was done for them stays to be read."""
    await plans.end_running(db, member_id, reason=reason, by=by, now=now)


async def forget(db: AsyncSession, member_id: UUID) -> None:
    """Keep nothing of it: none of it is needed to prove an hour."""
    await contacts.forget(db, member_id)
    await plans.forget(db, member_id)
    await profile.forget(db, member_id)
    await occasions.forget(db, member_id)
