"""Use cases of care plans: begun, changed, reviewed, ended, read and printed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.guard import Act, reading, use_case
from timebank.care.contacts.queries import member_here
from timebank.care.plans import queries, rules, steps
from timebank.care.plans.errors import NotForPlan, PlanAlready
from timebank.care.plans.model import How, Plan, PlanLine, PlanPage, PlanView, Seat
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text
from timebank.core.lists import Page
from timebank.people import queries as people
from timebank.people.model import STATUS_LABELS, Brief
from timebank.people.queries import GONE
from timebank.requests import queries as requests
from timebank.requests.model import RequestView

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def _whose(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    return [(await queries.plan(db, arguments["plan_id"])).member_id]


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def begin_plan(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, plan: Plan) -> UUID:
    """Begin a plan for one person; its id. Raises `PlanAlready`, `NotForPlan`, `Invalid`, `NotFound`."""
    member = await member_here(db, community_id, member_id)
    if member.status in GONE:
        raise NotForPlan(name=member.name, status=Text(STATUS_LABELS[member.status]))
    if (runs := await queries.running(db, member_id)) is not None:
        raise PlanAlready(name=member.name, day=runs.begun_on)
    await _refuse(db, community_id, member_id, plan, act.today)
    plan_id = act.id_for("plan")
    await steps.begin(db, community_id, member_id, plan, plan_id=plan_id, by=act.actor.id, now=act.now)
    return plan_id


@use_case(who=DESK, where="community_id", on_behalf=_whose)
async def change_plan(
    db: AsyncSession, act: Act, *, community_id: UUID, plan_id: UUID, plan: Plan, version: int
) -> None:
    """Write it differently; what stood before is kept. Raises `Stale`, `PlanEnded`, `Invalid`."""
    view = await steps.hold(db, community_id, plan_id, version=version)
    await _refuse(db, community_id, view.member_id, plan, act.today)
    await steps.add_version(db, view, plan, how=How.WRITTEN, by=act.actor.id, now=act.now)


@use_case(who=DESK, where="community_id", on_behalf=_whose)
async def review_plan(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    plan_id: UUID,
    word: str,
    review_on: date,
    version: int,
) -> None:
    """It was looked at again: what was found, and when next. Raises `Stale`, `PlanEnded`, `Invalid`."""
    view = await steps.hold(db, community_id, plan_id, version=version)
    if not rules.plan_reviewed_later(review_on, act.today):
        raise Invalid([FieldError("review_on", rules.REVIEWED_LATER)])
    reviewed = replace(view.latest.plan, word=word, review_on=review_on)
    await steps.add_version(db, view, reviewed, how=How.REVIEWED, by=act.actor.id, now=act.now)


@use_case(who=DESK, where="community_id", on_behalf=_whose)
async def end_plan(
    db: AsyncSession, act: Act, *, community_id: UUID, plan_id: UUID, reason: str, version: int
) -> None:
    """It is over, and why. Raises `Stale`, `PlanEnded`."""
    await steps.hold(db, community_id, plan_id, version=version)
    await steps.end(db, plan_id, reason=reason, by=act.actor.id, now=act.now)


@reading(who=DESK, where="community_id")
async def list_plans(
    db: AsyncSession, act: Act, *, community_id: UUID, ended: bool = False, after: str | None = None
) -> Page[PlanLine]:
    """Running plans, the next to be looked at first; or those that have ended."""
    return await queries.list_plans(db, community_id, ended=ended, after=after)


@reading(who=DESK, where="community_id", on_behalf=_whose)
async def one_plan(
    db: AsyncSession, act: Act, *, community_id: UUID, plan_id: UUID, number: int | None = None
) -> PlanPage:
    """A plan with all its names; as it stands, or as version `number` had it. Raises `NotFound`."""
    found = await queries.page(db, plan_id, number=number)
    if found.view.community_id != community_id:
        raise NotFound
    return found


@reading(who=DESK, where="community_id", on_behalf="member_id")
async def plans_of(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> list[PlanView]:
    """A member's plans, the running one first. Raises `NotFound`."""
    await member_here(db, community_id, member_id)
    return await queries.plans_of(db, community_id, member_id)


@reading(who=DESK, where="community_id", on_behalf="member_id")
async def planning(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID
) -> tuple[Brief, list[RequestView]]:
    """Whom a plan is for, and the standing requests that can belong to it. Raises `NotFound`."""
    member = await member_here(db, community_id, member_id)
    asked = await requests.open_of_member(db, community_id, member_id)
    return member, [one for one in asked if rules.belongs(one)]


@reading(who=DESK, where="community_id")
async def read_team(
    db: AsyncSession, act: Act, *, community_id: UUID, lines: Sequence[str]
) -> tuple[Seat, ...]:
    """Who is meant by lines such as `何姑 送午饭`. Raises `Invalid` with every line that means nobody, or several."""
    staff = await _staff(db, community_id)
    seats, wrong = [], []
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = await _meant(db, community_id, line, staff)
        if isinstance(found, Text):
            wrong.append(FieldError("team", found, row=row))
        else:
            seats.append(found)
    if wrong:
        raise Invalid(wrong)
    return tuple(seats)


async def _meant(db: AsyncSession, community_id: UUID, line: str, staff: dict[UUID, str]) -> Seat | Text:
    read = rules.read_line(line)
    if read is None:
        return Text(N_("“{line}”请写成：姓名或会员号，空一格，负责什么"), {"line": line.strip()})
    name, within, part = read
    ours = [one for one, known in staff.items() if known == name]
    if within is None or within in rules.STAFF_WORDS:
        members = [] if within else await people.meant(db, community_id, name)
        if ours and not any(one.name == name for one in members):
            return Seat(part, staff_id=ours[0])
    else:
        members = await people.meant(db, community_id, within)
    if len(members) == 1 and not (ours and within is None):
        return Seat(part, member_id=members[0].id)
    if not members:
        return Text(N_("本社区没有“{name}”；请填姓名或会员号"), {"name": name})
    return Text(
        N_("“{name}”可能是 {them}；请在姓名后面加括号写会员号"),
        {"name": name, "them": [f"{one.name} {one.number}" for one in members[:5]]},
    )


async def _staff(db: AsyncSession, community_id: UUID) -> dict[UUID, str]:
    here = [unit for unit in await access.units(db) if unit.id == community_id]
    return {one.id: one.name for one in await access.staff_in(db, here) if one.active}


async def _refuse(db: AsyncSession, community_id: UUID, member_id: UUID, plan: Plan, today: date) -> None:
    named = await people.briefs(db, [seat.member_id for seat in plan.team if seat.member_id])
    found = rules.problems(
        plan,
        member_id,
        today=today,
        members={one.id: one for one in named.values() if one.community_id == community_id},
        staff=await _staff(db, community_id),
        requests=await requests.requests(db, plan.request_ids),
    )
    if found:
        raise Invalid(found)
