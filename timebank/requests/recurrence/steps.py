"""Writing single dates of a standing request."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound, Stale
from timebank.requests.recurrence.model import DayChange
from timebank.requests.tables import DayChangeRow, Request


async def hold(db: AsyncSession, request_id: UUID, *, version: int) -> None:
    """Hold a standing request, since its dates are about to change. Raises `Stale`, `NotFound`."""
    row = (
        await db.execute(select(Request.version).where(Request.id == request_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.version != version:
        raise Stale
    await db.execute(update(Request).where(Request.id == request_id).values(version=version + 1))


async def write_change(
    db: AsyncSession, community_id: UUID, request_id: UUID, change: DayChange, *, by: UUID, now: datetime
) -> None:
    """Keep what was done to one date."""
    await db.execute(
        insert(DayChangeRow).values(
            id=change.id,
            community_id=community_id,
            request_id=request_id,
            kind=change.kind,
            on_day=change.on_day,
            to_day=change.to_day,
            from_minute=change.from_minute,
            made_by=by,
            made_at=now,
        )
    )


async def undo_change(
    db: AsyncSession, request_id: UUID, change_id: UUID, *, by: UUID, now: datetime
) -> None:
    """Let the date be as the rule has it. Raises `NotFound` where nothing is left to undo."""
    undone = await db.scalar(
        update(DayChangeRow)
        .where(
            DayChangeRow.id == change_id,
            DayChangeRow.request_id == request_id,
            DayChangeRow.undone_at.is_(None),
        )
        .values(undone_by=by, undone_at=now)
        .returning(DayChangeRow.id)
    )
    if undone is None:
        raise NotFound
