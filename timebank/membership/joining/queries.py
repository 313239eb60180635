"""Reading applications."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.core.errors import NotFound
from timebank.core.provenance import Provenance
from timebank.membership.joining.model import Application, Refused, Step, StepKind
from timebank.membership.tables import ApplicationStep
from timebank.people import queries as people
from timebank.people.model import Status
from timebank.schemes import queries as schemes

REFUSED_SHOWN = 50
_LAST = datetime.max.replace(tzinfo=UTC)


async def approvals_needed(db: AsyncSession, community_id: UUID, today: date) -> int:
    """How many people must agree before somebody is a member here."""
    return (await schemes.house_policy(db, community_id, today)).content.approvals_to_join


async def application(db: AsyncSession, member_id: UUID, today: date) -> Application:
    """A member's application, open or long over. Raises `NotFound`."""
    member = (await people.briefs(db, [member_id])).get(member_id)
    if member is None:
        raise NotFound
    needed = await approvals_needed(db, member.community_id, today)
    steps = (await steps_of(db, [member_id])).get(member_id, [])
    return Application(member=member, steps=steps, approvals_needed=needed)


async def waiting(db: AsyncSession, today: date, community_id: UUID | None = None) -> list[Application]:
    """The applications that wait, of one community or of all visible; the oldest first, those without any step last."""
    applicants = await people.applicants(db, community_id)
    steps = await steps_of(db, [one.id for one in applicants])
    needed = {
        one: await approvals_needed(db, one, today) for one in {each.community_id for each in applicants}
    }
    found = [
        Application(member=one, steps=steps.get(one.id, []), approvals_needed=needed[one.community_id])
        for one in applicants
    ]
    return sorted(found, key=lambda one: (one.since or _LAST, one.member.number))


async def refused(db: AsyncSession, community_id: UUID) -> list[Refused]:
    """Whose application was refused last, and why; the newest first."""
    rows = await db.scalars(
        select(ApplicationStep)
        .where(ApplicationStep.community_id == community_id, ApplicationStep.kind == StepKind.REFUSED)
        .order_by(ApplicationStep.at.desc())
        .limit(REFUSED_SHOWN)
    )
    steps = await _views(db, list(rows))
    known = await people.briefs(db, {step.member_id for step in steps})
    last = {id_: max(one.round for one in each) for id_, each in (await steps_of(db, known)).items()}
    return [
        Refused(member=known[step.member_id], step=step)
        for step in steps
        if step.member_id in known
        and step.round == last[step.member_id]
        and known[step.member_id].status in (Status.LEFT, Status.SERVED)
    ]


async def steps_of(db: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, list[Step]]:
    """Every step of these members' applications, in order, by member."""
    if not member_ids:
        return {}
    rows = await db.scalars(
        select(ApplicationStep)
        .where(ApplicationStep.member_id.in_(member_ids))
        .order_by(ApplicationStep.member_id, ApplicationStep.number)
    )
    found: dict[UUID, list[Step]] = {}
    for step in await _views(db, list(rows)):
        found.setdefault(step.member_id, []).append(step)
    return found


async def _views(db: AsyncSession, rows: Sequence[ApplicationStep]) -> list[Step]:
    names = await access.staff_names(db, {row.by for row in rows}) if rows else {}
    return [
        Step(
            id=row.id,
            member_id=row.member_id,
            round=row.round,
            kind=StepKind(row.kind),
            on_day=row.on_day,
            note=row.note,
            provenance=Provenance(row.provenance) if row.provenance else None,
            by=row.by,
            by_name=names.get(row.by, ""),
            at=row.at,
        )
        for row in rows
    ]
