"""Reading how far a match round is while it is worked out."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.pairing.model import RoundRun, RunStage
from timebank.pairing.tables import RoundRunRow


async def round_run(db: AsyncSession, community_id: UUID) -> RoundRun | None:
    """The latest run of a community."""
    wanted = select(RoundRunRow).where(RoundRunRow.community_id == community_id)
    row = await db.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        return None
    return RoundRun(row.round_id, RunStage(row.stage), row.done, row.total, row.stopped_by, row.by, row.at)
