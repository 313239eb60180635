"""What becomes of everything here when two records of one person merge, or one is erased."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.care.contacts import steps as contacts


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID) -> None:
    """All care for one member is for another, who is the same person."""
    await contacts.hand_over(db, from_id=from_id, to_id=to_id)


async def forget(db: AsyncSession, member_id: UUID) -> None:
    """Keep nothing of it: none of it is needed to prove an hour."""
    await contacts.forget(db, member_id)
