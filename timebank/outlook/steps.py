"""Writing down what stands behind the hours, and who was spoken to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.outlook.tables import BackingRow, OutreachRow


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


async def note_outreach(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    *,
    outreach_id: UUID,
    on: date,
    word: str | None,
    by: UUID,
    now: datetime,
) -> None:
    """Write down that somebody was spoken to."""
    await db.execute(
        insert(OutreachRow).values(
            id=outreach_id,
            community_id=community_id,
            member_id=member_id,
            on_day=on,
            word=word,
            noted_by=by,
            noted_at=now,
        )
    )


async def withdraw_outreach(db: AsyncSession, outreach_id: UUID, *, by: UUID, now: datetime) -> None:
    """Nobody was spoken to after all; nothing where that was said before."""
    await db.execute(
        update(OutreachRow)
        .where(OutreachRow.id == outreach_id, OutreachRow.withdrawn_at.is_(None))
        .values(withdrawn_by=by, withdrawn_at=now)
    )
