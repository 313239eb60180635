"""What an activity must be, who gets a seat, and what its words are. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from timebank.activities.errors import (
    ActivityAhead,
    ActivityBegun,
    ActivityMoved,
    SeatsTaken,
    TakesPartAlready,
)
from timebank.activities.model import (
    DAYS_AHEAD_MAX,
    DAYS_BACK_MAX,
    GUESTS_MAX,
    MOVES,
    SEATS_MAX,
    ActivityKind,
    ActivityView,
    Earners,
    Move,
    Part,
    Participation,
    Planned,
    Standing,
    Status,
)
from timebank.core import clock
from timebank.core.amounts import MINUTES_VISIT_MAX
from timebank.core.errors import N_, FieldError, Text

KIND_TEXTS = {ActivityKind.TALK: N_("宣讲"), ActivityKind.EVENT: N_("集体活动")}
EARNER_TEXTS = {
    Earners.NOBODY: N_("不记时间"),
    Earners.STAFFING: N_("主讲和帮手"),
    Earners.EVERYBODY: N_("来的都记"),
}
STATUS_TEXTS = {Status.PLANNED: N_("待举行"), Status.HELD: N_("已举行"), Status.CANCELLED: N_("已取消")}
STATUS_TAGS = {Status.HELD: "leaf", Status.CANCELLED: "seal"}
PART_TEXTS = {Part.PARTICIPANT: N_("参加者"), Part.SPEAKER: N_("主讲"), Part.HELPER: N_("帮手")}
STANDING_TEXTS = {
    Standing.ENROLLED: N_("已报名"),
    Standing.WAITING: N_("候补"),
    Standing.WITHDRAWN: N_("不来了"),
    Standing.WALKED_IN: N_("现场来的"),
}


def activity_within_the_day(from_minute: int, to_minute: int) -> bool:
    """It ends after it begins, on the same day."""
    return 0 <= from_minute < to_minute <= 1440


def activity_within_seats(seats_taken: int, seats: int) -> bool:
    """Never more people than seats."""
    return 0 <= seats_taken <= seats


def activity_earns_in_a_scheme(earners: Earners, scheme_id: UUID | None) -> bool:
    """Where anybody earns there is a scheme with its rules, and else none."""
    return (earners is Earners.NOBODY) == (scheme_id is None)


def problems(plan: Planned, *, today: date, seats_taken: int = 0) -> list[FieldError]:
    """Everything wrong with a plan, named by field; empty if it may be written down."""
    found = []
    if not activity_within_the_day(plan.from_minute, plan.to_minute):
        found.append(FieldError("until_time", Text(N_("结束时间要晚于开始时间"))))
    if not 1 <= plan.seats <= SEATS_MAX:
        found.append(FieldError("seats", Text(N_("名额要在 1 和 {most} 之间"), {"most": SEATS_MAX})))
    elif not activity_within_seats(seats_taken, plan.seats):
        taken = {"taken": seats_taken}
        found.append(FieldError("seats", Text(N_("已经有 {taken} 位报名，名额不能比这个少"), taken)))
    if not activity_earns_in_a_scheme(plan.earners, plan.scheme_id):
        told = (
            N_("记时间的活动要选一个项目，按它的规则记")
            if plan.scheme_id is None
            else N_("不记时间就不用选项目")
        )
        found.append(FieldError("scheme_id", Text(told)))
    if plan.held_on > today + timedelta(days=DAYS_AHEAD_MAX):
        found.append(FieldError("held_on", Text(N_("最多可以提前一年登记"))))
    if plan.held_on < today - timedelta(days=DAYS_BACK_MAX):
        found.append(FieldError("held_on", Text(N_("最多可以补记一年以内的活动"))))
    return found


def begins_at(plan: Planned) -> datetime:
    """The instant at which it begins."""
    return clock.midnight(plan.held_on) + timedelta(minutes=plan.from_minute)


def refuse_move(activity: ActivityView, move: Move) -> Status:
    """Where a move leads; raises `ActivityMoved` where it leads nowhere."""
    to = MOVES.get((activity.status, move))
    if to is None:
        raise ActivityMoved(status=Text(STATUS_TEXTS[activity.status]))
    return to


def refuse_enrolling(activity: ActivityView, now: datetime) -> None:
    """Raises `ActivityMoved`, `ActivityBegun` where nobody can enrol any more."""
    if activity.status is not Status.PLANNED:
        raise ActivityMoved(status=Text(STATUS_TEXTS[activity.status]))
    if now >= begins_at(activity.plan):
        raise ActivityBegun


def refuse_sheet(activity: ActivityView, today: date) -> None:
    """Raises `ActivityMoved`, `ActivityAhead` where no sign-in sheet can be typed in."""
    refuse_move(activity, Move.SIGN_IN)
    if today < activity.plan.held_on:
        raise ActivityAhead(day=activity.plan.held_on)


def standing_of_new(
    activity: ActivityView, before: Participation | None, part: Part, *, may_wait: bool, name: str
) -> Standing:
    """How somebody stands to an activity who wants to take part; what they have already they keep.

    Raises `SeatsTaken` where every seat is taken and they do not want to wait, `TakesPartAlready`.
    """
    if before is not None and before.standing is not Standing.WITHDRAWN:
        if before.part is not part:
            raise TakesPartAlready(name=name, part=Text(PART_TEXTS[before.part]))
        return before.standing
    if part is not Part.PARTICIPANT or activity_within_seats(activity.seats_taken + 1, activity.plan.seats):
        return Standing.ENROLLED
    if not may_wait:
        raise SeatsTaken(seats=activity.plan.seats, waiting=activity.waiting)
    return Standing.WAITING


def moved_up(waiting: Sequence[Participation], *, seats_taken: int, seats: int) -> list[Participation]:
    """Who of those waiting get a seat: the first who came, as many as there are seats."""
    return sorted(waiting, key=lambda one: one.turn)[: max(0, seats - seats_taken)]


def sheet_problems(guests: int, served: Sequence[tuple[object, int]]) -> list[FieldError]:
    """Everything wrong with the numbers of a sign-in sheet."""
    found = []
    if not 0 <= guests <= GUESTS_MAX:
        found.append(
            FieldError("guests", Text(N_("要在 {least} 和 {most} 之间"), {"least": 0, "most": GUESTS_MAX}))
        )
    if any(not 1 <= minutes <= MINUTES_VISIT_MAX for _, minutes in served):
        found.append(FieldError("served", Text(N_("服务时长要在 1 分钟和 24 小时之间"))))
    return found


def hours_text(plan: Planned) -> str:
    """09:00–11:30."""
    return "–".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (plan.from_minute, plan.to_minute))
