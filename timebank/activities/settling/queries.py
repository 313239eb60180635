"""Reading what was served in an activity and what of it is posted."""

from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.activities.model import ActivityView, Part
from timebank.activities.settling.model import InForce, Service
from timebank.activities.settling.rules import earns
from timebank.activities.tables import ActivitySettlement, ParticipationRow


async def services(db: AsyncSession, activity: ActivityView) -> list[Service]:
    """Everybody's part, by member."""
    one, settled = ParticipationRow, ActivitySettlement
    standing = and_(settled.participation_id == one.id, settled.reversed_at.is_(None))
    rows = await db.execute(
        select(one, settled)
        .outerjoin(settled, standing)
        .where(one.activity_id == activity.id)
        .order_by(one.member_id)
        .execution_options(populate_existing=True)
    )
    return [_service(activity, row[0], row[1]) for row in rows]


async def posted(db: AsyncSession, activity_id: UUID) -> dict[UUID, int]:
    """The minutes that stand posted for each participation of an activity."""
    rows = await db.execute(
        select(ActivitySettlement.participation_id, ActivitySettlement.minutes)
        .join(ParticipationRow, ParticipationRow.id == ActivitySettlement.participation_id)
        .where(ParticipationRow.activity_id == activity_id, ActivitySettlement.reversed_at.is_(None))
    )
    return {row.participation_id: row.minutes for row in rows}


def _service(activity: ActivityView, row: ParticipationRow, settled: ActivitySettlement | None) -> Service:
    serves = earns(activity.plan.earners, Part(row.part))
    in_force = (
        None
        if settled is None
        else InForce(settled.revision, settled.served_minutes, tuple(settled.transfer_ids))
    )
    return Service(
        participation_id=row.id,
        member_id=row.member_id,
        revision=row.revision,
        served=(row.served_minutes or 0) if serves else 0,
        in_force=in_force,
    )
