"""Writing whom not to bring together."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound
from timebank.people.errors import ApartAlready, NotWithOneself
from timebank.people.tables import DoNotPair, Member


async def keep_apart(
    db: AsyncSession, one_id: UUID, other_id: UUID, *, community_id: UUID, reason: str, now: datetime
) -> None:
    """Never pair these two. Raises `NotWithOneself`, `NotFound`, `ApartAlready` where another reason stands."""
    if one_id == other_id:
        raise NotWithOneself
    first, second = sorted((one_id, other_id))
    here = select(func.count()).where(Member.id.in_((first, second)), Member.community_id == community_id)
    if await db.scalar(here) != 2:
        raise NotFound
    await db.execute(
        upsert(DoNotPair)
        .values(community_id=community_id, first_id=first, second_id=second, reason=reason, created_at=now)
        .on_conflict_do_nothing()
    )
    pair = (DoNotPair.first_id == first, DoNotPair.second_id == second)
    stands = await db.scalar(select(DoNotPair.reason).where(*pair))
    if stands != reason:
        raise ApartAlready(reason=stands)


async def allow_together(db: AsyncSession, one_id: UUID, other_id: UUID) -> None:
    """The two may be paired again."""
    first, second = sorted((one_id, other_id))
    await db.execute(delete(DoNotPair).where(DoNotPair.first_id == first, DoNotPair.second_id == second))
