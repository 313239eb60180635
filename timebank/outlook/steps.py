"""Writing down what stands behind the hours."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.outlook.tables import BackingRow


async def record_backing(
    db: AsyncSession,
    community_id: UUID,
    *,
    backing_id: UUID,
    from_on: date,
    fund_fen: int,
    hour_fen: int,
    note: str | None,
    by: UUID,
    now: datetime,
) -> None:
    """Write a backing down; what was recorded before stays, and no longer counts from that day on."""
    await db.execute(
        insert(BackingRow).values(
            id=backing_id,
            community_id=community_id,
            from_on=from_on,
            fund_fen=fund_fen,
            hour_fen=hour_fen,
            note=note,
            recorded_by=by,
            recorded_at=now,
        )
    )
