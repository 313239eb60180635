"""Reading dated trainings."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.people import queries as people
from timebank.people.model import MemberView, Status
from timebank.people.tables import Member, TrainingDates
from timebank.people.trainings.model import SOON, Dates, Ending, Held

LISTED_MAX = 500


async def held(db: AsyncSession, member: MemberView) -> list[Held]:
    """Every training that a member has, with its dates where somebody wrote them down."""
    rows = list(await db.scalars(select(TrainingDates).where(TrainingDates.member_id == member.id)))
    names = await access.staff_names(db, {row.noted_by for row in rows}) if rows else {}
    dated = {row.training: row for row in rows}
    return [
        Held(
            training=code,
            dates=Dates(done_on=row.done_on, valid_until=row.valid_until, seen=row.seen)
            if (row := dated.get(code)) is not None
            else None,
            noted_by=names.get(dated[code].noted_by, "") if code in dated else "",
        )
        for code in member.details.trainings
    ]


async def ending(db: AsyncSession, community_id: UUID, today: date) -> list[Ending]:
    """What active members hold that ends within 60 days or has ended, the first to end first."""
    rows = (
        await db.execute(
            select(TrainingDates.member_id, TrainingDates.training, TrainingDates.valid_until)
            .join(Member, Member.id == TrainingDates.member_id)
            .where(
                TrainingDates.community_id == community_id,
                Member.status == Status.ACTIVE,
                TrainingDates.training == func.any(Member.trainings),
                TrainingDates.valid_until <= today + SOON,
            )
            .order_by(TrainingDates.valid_until, Member.sort_key, TrainingDates.training)
            .limit(LISTED_MAX)
        )
    ).all()
    known = await people.briefs(db, {row.member_id for row in rows})
    return [
        Ending(member=known[row.member_id], training=row.training, valid_until=row.valid_until)
        for row in rows
    ]
