"""Reading care plans."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.care.plans.model import (
    Ended,
    How,
    Plan,
    PlanLine,
    PlanPage,
    PlanView,
    Seat,
    SeatShown,
    Version,
)
from timebank.care.tables import PlanRow, PlanVersionRow, SeatRow
from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, decode, lost_place
from timebank.people import queries as people
from timebank.people.model import Brief
from timebank.requests import queries as requests

VERSIONS_SHOWN = 50


async def plan(db: AsyncSession, plan_id: UUID) -> PlanView:
    """One plan as it stands; raises `NotFound`."""
    found = await _views(db, select(PlanRow).where(PlanRow.id == plan_id))
    if not found:
        raise NotFound
    return found[0]


async def plans_of(db: AsyncSession, community_id: UUID, member_id: UUID) -> list[PlanView]:
    """A member's plans, the running one first, then the latest."""
    return await _views(
        db,
        select(PlanRow)
        .where(PlanRow.community_id == community_id, PlanRow.member_id == member_id)
        .order_by(PlanRow.ended_on.desc().nulls_first(), PlanRow.id.desc())
        .limit(VERSIONS_SHOWN),
    )


async def running(db: AsyncSession, member_id: UUID) -> PlanView | None:
    """The plan of a member that has not ended."""
    wanted = select(PlanRow).where(PlanRow.member_id == member_id, PlanRow.ended_on.is_(None))
    return next(iter(await _views(db, wanted)), None)


async def list_plans(
    db: AsyncSession, community_id: UUID, *, ended: bool = False, after: str | None = None, limit: int = 50
) -> Page[PlanLine]:
    """Running plans by the day on which they are to be looked at again; or those that have ended, the latest first."""
    limit = min(limit, PAGE_ROWS_MAX)
    latest = PlanVersionRow
    wanted = (
        select(PlanRow)
        .join(latest, (latest.plan_id == PlanRow.id) & (latest.number == PlanRow.version))
        .where(PlanRow.community_id == community_id)
    )
    start = _start(after)
    if ended:
        wanted = wanted.where(PlanRow.ended_on.is_not(None))
        wanted = wanted.order_by(PlanRow.ended_on.desc(), PlanRow.id.desc())
        wanted = wanted.where(tuple_(PlanRow.ended_on, PlanRow.id) < start) if start else wanted
    else:
        wanted = wanted.where(PlanRow.ended_on.is_(None)).order_by(latest.review_on, PlanRow.id)
        wanted = wanted.where(tuple_(latest.review_on, PlanRow.id) > start) if start else wanted
    views = await _views(db, wanted.limit(limit + 1))
    days = [view.ended.on if view.ended else view.latest.plan.review_on for view in views]
    keys = [[str(day), str(view.id)] for day, view in zip(days, views, strict=True)]
    page = cut(views, limit=limit, key=keys)
    return Page(await _lines(db, page.rows), page.after)


async def due(db: AsyncSession, community_id: UUID, day: date) -> list[PlanLine]:
    """Plans that are to be looked at again by that day, the longest overdue first."""
    latest = PlanVersionRow
    views = await _views(
        db,
        select(PlanRow)
        .join(latest, (latest.plan_id == PlanRow.id) & (latest.number == PlanRow.version))
        .where(PlanRow.community_id == community_id, PlanRow.ended_on.is_(None), latest.review_on <= day)
        .order_by(latest.review_on, PlanRow.id)
        .limit(PAGE_ROWS_MAX),
    )
    return await _lines(db, views)


async def versions(db: AsyncSession, plan_id: UUID) -> list[Version]:
    """Every version of a plan, the latest first."""
    rows = await db.scalars(
        select(PlanVersionRow)
        .where(PlanVersionRow.plan_id == plan_id)
        .order_by(PlanVersionRow.number.desc())
        .limit(VERSIONS_SHOWN)
    )
    return await _versions(db, rows.all())


async def page(db: AsyncSession, plan_id: UUID, *, number: int | None = None) -> PlanPage:
    """A plan with all its names, as it stands or as one version had it. Raises `NotFound`."""
    view = await plan(db, plan_id)
    kept = await versions(db, plan_id)
    shown = next((one for one in kept if one.number == (number or view.version)), None)
    if shown is None:
        raise NotFound
    known = await requests.requests(db, shown.plan.request_ids)
    members = await people.briefs(db, [view.member_id])
    writers = await access.staff_names(db, [shown.written_by])
    view = PlanView(
        id=view.id,
        community_id=view.community_id,
        member_id=view.member_id,
        begun_on=view.begun_on,
        ended=view.ended,
        latest=shown,
    )
    return PlanPage(
        view=view,
        member=members[view.member_id],
        team=await team(db, shown.plan.team),
        requests=[known[one] for one in shown.plan.request_ids if one in known],
        written_by=writers.get(shown.written_by, ""),
        versions=kept,
    )


async def team(db: AsyncSession, seats: Sequence[Seat]) -> list[SeatShown]:
    """Who sits in these seats; the phone of members only."""
    members = await people.briefs(db, [seat.member_id for seat in seats if seat.member_id])
    staff = await access.staff_names(db, [seat.staff_id for seat in seats if seat.staff_id])
    return [_shown(seat, members, staff) for seat in seats]


def _shown(seat: Seat, members: dict[UUID, Brief], staff: dict[UUID, str]) -> SeatShown:
    member = members.get(seat.member_id) if seat.member_id else None
    if member is not None:
        return SeatShown(seat, member.name, member.number, member.phone)
    return SeatShown(seat, staff.get(seat.staff_id, "") if seat.staff_id else "", None, None)


async def _lines(db: AsyncSession, views: Sequence[PlanView]) -> list[PlanLine]:
    known = await people.briefs(db, {view.member_id for view in views})
    return [PlanLine(view, known[view.member_id]) for view in views]


def _start(after: str | None) -> tuple[date, UUID] | None:
    key = decode(after, parts=2)
    if key is None:
        return None
    try:
        return date.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        raise lost_place() from None


async def _views(db: AsyncSession, wanted: Select[PlanRow]) -> list[PlanView]:
    rows = (await db.scalars(wanted.execution_options(populate_existing=True))).all()
    places = [(row.id, row.version) for row in rows]
    latest = await db.scalars(
        select(PlanVersionRow).where(tuple_(PlanVersionRow.plan_id, PlanVersionRow.number).in_(places))
    )
    written = latest.all()
    by_plan = dict(zip([row.plan_id for row in written], await _versions(db, written), strict=True))
    return [
        PlanView(
            id=row.id,
            community_id=row.community_id,
            member_id=row.member_id,
            begun_on=row.begun_on,
            ended=Ended(row.ended_on, row.ended_because) if row.ended_on and row.ended_because else None,
            latest=by_plan[row.id],
        )
        for row in rows
    ]


async def _versions(db: AsyncSession, rows: Sequence[PlanVersionRow]) -> list[Version]:
    seats = await _seats(db, {(row.plan_id, row.number) for row in rows})
    return [
        Version(
            number=row.number,
            how=How(row.how),
            plan=Plan(
                goals=tuple(row.goals),
                team=tuple(seats.get((row.plan_id, row.number), ())),
                request_ids=tuple(row.request_ids),
                review_on=row.review_on,
                word=row.word,
            ),
            written_by=row.written_by,
            written_on=row.written_on,
            written_at=row.written_at,
        )
        for row in rows
    ]


async def _seats(
    db: AsyncSession, places: Collection[tuple[UUID, int]]
) -> dict[tuple[UUID, int], list[Seat]]:
    rows = await db.scalars(
        select(SeatRow)
        .where(tuple_(SeatRow.plan_id, SeatRow.number).in_(places))
        .order_by(SeatRow.place)
        .execution_options(populate_existing=True)
    )
    found: dict[tuple[UUID, int], list[Seat]] = defaultdict(list)
    for row in rows:
        found[row.plan_id, row.number].append(Seat(row.part, row.member_id, row.staff_id))
    return found
