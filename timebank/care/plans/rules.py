"""What a care plan must be. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from timebank.care.plans.errors import PlanEnded
from timebank.care.plans.model import (
    GOAL_LENGTH_MAX,
    GOALS_MAX,
    PART_LENGTH_MAX,
    REQUESTS_MAX,
    REVIEW_DAYS_MAX,
    TEAM_MAX,
    How,
    Plan,
    PlanView,
    Seat,
)
from timebank.core.errors import N_, FieldError, Text
from timebank.people.model import Brief, Status
from timebank.requests.model import ENDS, Kind, RequestView

_GONE = (Status.LEFT, Status.DEAD)
# 何姑（0012） 送午饭 · 0012 送午饭 · 何姑：送午饭
_LINE = re.compile(
    r"(?P<name>[^\s:：,，()（）]+)\s*(?:[(（]\s*(?P<within>[^()（）]*?)\s*[)）])?[\s:：,，]+(?P<part>\S.*)"
)
# What stands in brackets after a name where somebody of the staff is meant, in either language.
STAFF = N_("工作人员")
STAFF_WORDS = (STAFF, "staff")
REVIEWED_LATER = Text(N_("下次复评要在今天以后、一年以内"))
HOW_TEXTS = {How.WRITTEN: N_("订立或更改"), How.REVIEWED: N_("复评")}


def plan_has_a_goal(goals: Collection[str]) -> bool:
    """A plan says what is to be reached, in so many goals at most."""
    return 1 <= len(goals) <= GOALS_MAX


def plan_reviewed_later(review_on: date, written_on: date) -> bool:
    """It is looked at again on a day after it was written, within a year."""
    return written_on < review_on <= written_on + timedelta(days=REVIEW_DAYS_MAX)


def seat_is_one_persons(seat: Seat) -> bool:
    """A member or somebody of the staff, never both and never nobody."""
    return (seat.member_id is None) != (seat.staff_id is None)


def problems(
    plan: Plan,
    member_id: UUID,
    *,
    today: date,
    members: Mapping[UUID, Brief],
    staff: Collection[UUID],
    requests: Mapping[UUID, RequestView],
) -> list[FieldError]:
    """Everything wrong with a plan for a member, by field; `members`, `staff` and `requests` are those it names."""
    return [
        *_goals(plan.goals),
        *_team(plan.team, member_id, members, staff),
        *_requests(plan.request_ids, member_id, requests),
        *_review(plan.review_on, today),
    ]


def refuse_ended(view: PlanView) -> None:
    """Raises `PlanEnded` where nothing can be changed any more."""
    if view.ended is not None:
        raise PlanEnded(day=view.ended.on, reason=view.ended.because)


def belongs(request: RequestView) -> bool:
    """True if a request can belong to a plan: one that comes again and again, and has not ended."""
    return request.wish.kind is Kind.WEEKLY and request.status not in ENDS


def read_line(line: str) -> tuple[str, str | None, str] | None:
    """Who, what stands beside the name in brackets, and their part; None where a line can't be read so."""
    found = _LINE.fullmatch(line.strip())
    return (found["name"], found["within"] or None, found["part"]) if found else None


def _goals(goals: Sequence[str]) -> list[FieldError]:
    if not plan_has_a_goal(goals):
        return [FieldError("goals", Text(N_("请写 1 到 {most} 个目标，一行一个"), {"most": GOALS_MAX}))]
    return [
        FieldError("goals", Text(N_("一个目标最多 {most} 个字"), {"most": GOAL_LENGTH_MAX}), row=row)
        for row, goal in enumerate(goals, start=1)
        if not 1 <= len(goal) <= GOAL_LENGTH_MAX
    ]


def _team(
    team: Sequence[Seat], member_id: UUID, members: Mapping[UUID, Brief], staff: Collection[UUID]
) -> list[FieldError]:
    if len(team) > TEAM_MAX:
        return [FieldError("team", Text(N_("照护团队最多 {most} 位"), {"most": TEAM_MAX}))]
    found = []
    for row, seat in enumerate(team, start=1):
        told = _seat(seat, member_id, members, staff)
        if told is not None:
            found.append(FieldError("team", told, row=row))
    return found


def _seat(seat: Seat, member_id: UUID, members: Mapping[UUID, Brief], staff: Collection[UUID]) -> Text | None:
    if not seat_is_one_persons(seat):
        return Text(N_("请写明是哪一位会员或工作人员"))
    if not 1 <= len(seat.part) <= PART_LENGTH_MAX:
        return Text(N_("请写明负责什么，最多 {most} 个字"), {"most": PART_LENGTH_MAX})
    if seat.member_id == member_id:
        return Text(N_("照护团队里是帮忙的人，不用写本人"))
    if seat.staff_id is not None:
        return None if seat.staff_id in staff else Text(N_("本社区没有这位工作人员"))
    helper = members.get(seat.member_id) if seat.member_id else None
    if helper is None:
        return Text(N_("本社区没有这位会员"))
    if helper.status in _GONE:
        return Text(N_("{name}已不在册，请换一位"), {"name": helper.name})
    return None


def _requests(
    request_ids: Sequence[UUID], member_id: UUID, requests: Mapping[UUID, RequestView]
) -> list[FieldError]:
    if len(request_ids) > REQUESTS_MAX:
        return [FieldError("request_ids", Text(N_("最多 {most} 个服务需求"), {"most": REQUESTS_MAX}))]
    theirs = [requests.get(one) for one in request_ids]
    if any(one is None or one.member_id != member_id or one.wish.kind is not Kind.WEEKLY for one in theirs):
        return [FieldError("request_ids", Text(N_("只能选这位会员自己的、会再来的服务需求")))]
    return []


def _review(review_on: date, today: date) -> list[FieldError]:
    return [] if plan_reviewed_later(review_on, today) else [FieldError("review_on", REVIEWED_LATER)]
