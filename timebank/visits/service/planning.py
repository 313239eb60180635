"""A desk plans a visit by hand, or puts one off."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.core import clock
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text
from timebank.core.provenance import Provenance
from timebank.requests import queries as requests
from timebank.requests import steps as request_steps
from timebank.requests.model import RequestView
from timebank.requests.model import Status as RequestStatus
from timebank.visits import steps
from timebank.visits.errors import Doubtful, Unfit
from timebank.visits.model import MINUTES_MAX, Move, NewPlan, PlannedVisit, VisitView
from timebank.visits.service.checking import Meeting, barriers, doubts, facts, too_much_in_week
from timebank.visits.service.parties import DESK


@use_case(who=DESK, where="community_id")
async def plan_visit(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    plan: NewPlan,
    provenance: Provenance = Provenance.DESK,
    anyway: bool = False,
) -> UUID:
    """Plan a visit by hand; its id. Planning moves no hours, so staff may plan their own.

    Raises `Invalid` with every field that is wrong, `Doubtful` unless `anyway`, `NotSetAside`.
    """
    _refuse_times(plan.planned_from, plan.planned_until)
    day = clock.day_of(plan.planned_from)
    meeting = Meeting(
        scheme_id=plan.scheme_id,
        category=plan.category,
        helper_id=plan.helper_id,
        recipient_id=plan.recipient_id,
        on=day,
        minutes=_minutes(plan.planned_from, plan.planned_until),
        span=(plan.planned_from, plan.planned_until),
    )
    await _look(db, community_id, meeting, anyway=anyway)
    if plan.request_id is not None:
        await _take(db, act, community_id, plan.request_id, plan.recipient_id)
    visit_id = act.id_for("visit")
    await steps.plan(
        db,
        [
            PlannedVisit(
                id=visit_id,
                community_id=community_id,
                scheme_id=plan.scheme_id,
                category=plan.category,
                helper_id=plan.helper_id,
                recipient_id=plan.recipient_id,
                planned_from=plan.planned_from,
                planned_until=plan.planned_until,
                request_id=plan.request_id,
                place=plan.place,
                note=plan.note,
            )
        ],
        provenance=provenance,
        created_by=act.actor.id,
        now=act.now,
    )
    return visit_id


@use_case(who=DESK, where="community_id")
async def reschedule(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    planned_from: datetime,
    planned_until: datetime,
    anyway: bool = False,
) -> VisitView:
    """Put a planned visit off, both sides having been asked. Raises `Unfit`, `Doubtful` unless `anyway`, `NotSetAside`."""
    visit = await steps.locked(db, community_id, visit_id, version=version)
    _refuse_times(planned_from, planned_until)
    meeting = Meeting(
        scheme_id=visit.scheme_id,
        category=visit.category,
        helper_id=visit.helper_id,
        recipient_id=visit.recipient_id,
        on=clock.day_of(planned_from),
        minutes=_minutes(planned_from, planned_until),
        span=(planned_from, planned_until),
        visit_id=visit.id,
    )
    await _look(db, community_id, meeting, anyway=anyway)
    moved = await steps.move(
        db,
        visit,
        Move.RESCHEDULE,
        now=act.now,
        planned_from=planned_from,
        planned_until=planned_until,
        served_on=meeting.on,
    )
    await steps.reserve(db, community_id, [moved], by=act.actor.id, now=act.now)
    return moved


@reading(who=DESK, where="community_id")
async def plan_for_request(
    db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID
) -> RequestView:
    """The request that a desk is about to plan a visit for."""
    request = await requests.request(db, request_id)
    if request.community_id != community_id:
        raise NotFound
    return request


async def _look(db: AsyncSession, community_id: UUID, meeting: Meeting, *, anyway: bool) -> None:
    known = await facts(
        db, community_id, member_ids=[meeting.helper_id, meeting.recipient_id], days=[meeting.on]
    )
    found = barriers(known, meeting)
    if not found:
        found = too_much_in_week(known, meeting)
    if found:
        raise Unfit(found)
    warnings = doubts(known, meeting)
    if warnings and not anyway:
        raise Doubtful(warnings)


async def _take(db: AsyncSession, act: Act, community_id: UUID, request_id: UUID, recipient_id: UUID) -> None:
    request = await requests.request(db, request_id)
    if request.community_id != community_id or request.member_id != recipient_id:
        raise NotFound
    if request.status is RequestStatus.SUBMITTED:
        await request_steps.publish(db, request_id, now=act.now)
    if request.status is not RequestStatus.MATCHED:
        await request_steps.mark_matched(db, [request_id], now=act.now)


def _refuse_times(planned_from: datetime, planned_until: datetime) -> None:
    length = planned_until - planned_from
    if length <= timedelta(0):
        raise Invalid([FieldError("until_time", Text(N_("结束时间要晚于开始时间")))])
    if length > timedelta(minutes=MINUTES_MAX):
        raise Invalid([FieldError("until_time", Text(N_("时长要在 1 分钟到 24 小时之间")))])


def _minutes(planned_from: datetime, planned_until: datetime) -> int:
    return int((planned_until - planned_from).total_seconds() // 60)
