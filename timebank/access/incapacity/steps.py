"""Writing that somebody takes over, and that they don't have to any more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.incapacity.model import Taken
from timebank.access.tables import IncapacityRow
from timebank.core import clock
from timebank.core.errors import Stale


async def record(
    db: AsyncSession, community_id: UUID, member_id: UUID, taken: Taken, *, id_: UUID, by: UUID, now: datetime
) -> None:
    """Write it down."""
    await db.execute(
        insert(IncapacityRow).values(
            id=id_,
            community_id=community_id,
            member_id=member_id,
            from_on=taken.from_on,
            until_on=taken.until_on,
            basis=taken.basis,
            paper=taken.paper,
            delegate_community_id=taken.delegate.community_id,
            delegate_member_id=taken.delegate.member_id,
            delegate_name=taken.delegate.name,
            delegate_phone=taken.delegate.phone,
            purposes=sorted(taken.purposes),
            recorded_by=by,
            recorded_on=clock.day_of(now),
            recorded_at=now,
            version=1,
        )
    )


async def end(
    db: AsyncSession, incapacity_id: UUID, *, version: int, reason: str, by: UUID, now: datetime
) -> None:
    """The member acts for themselves again. Raises `Stale`."""
    ended = await db.scalar(
        update(IncapacityRow)
        .where(
            IncapacityRow.id == incapacity_id,
            IncapacityRow.version == version,
            IncapacityRow.ended_at.is_(None),
        )
        .values(ended_by=by, ended_at=now, ended_because=reason, version=version + 1)
        .returning(IncapacityRow.id)
    )
    if ended is None:
        raise Stale
