"""What may be said about a visit, decided without looking anything up."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from timebank.core import clock
from timebank.core.errors import N_, FieldError, Text
from timebank.hours import rules as hours_rules
from timebank.hours.holds import rules as hold_rules
from timebank.hours.holds.model import Occasion, SetAside
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import Dated, HousePolicy, SchemePolicy
from timebank.visits.model import (
    LATE_DAYS_MAX,
    MINUTES_MAX,
    DisputeView,
    Move,
    PlannedVisit,
    SettlementView,
    Side,
    Status,
    VisitView,
    Waiting,
)

STATUS_TEXTS: dict[Status, str] = {
    Status.PLANNED: N_("待开始"),
    Status.ATTENDED: N_("进行中"),
    Status.CLAIMED: N_("待确认"),
    Status.DISPUTED: N_("有异议"),
    Status.CONFIRMED: N_("已确认，未记账"),
    Status.SETTLED: N_("已记账"),
    Status.CANCELLED: N_("已取消"),
    Status.NO_SHOW: N_("未成行"),
}
# How a status is marked; the word stands beside the colour.
STATUS_TAGS: dict[Status, str] = {
    Status.PLANNED: "",
    Status.ATTENDED: "leaf",
    Status.CLAIMED: "amber",
    Status.DISPUTED: "seal",
    Status.CONFIRMED: "amber",
    Status.SETTLED: "leaf",
    Status.CANCELLED: "",
    Status.NO_SHOW: "seal",
}
# How long a desk lets people do it themselves before it asks.
CONFIRM_WITHIN = timedelta(days=3)
CLAIM_WITHIN = timedelta(hours=12)
ATTEND_WITHIN = timedelta(minutes=30)
SHORTEST_MEASURED = 5


def status_text(status: Status) -> Text:
    """A status in words."""
    return Text(STATUS_TEXTS[status])


def minutes_problems(minutes: int, *, field: str = "minutes") -> list[FieldError]:
    """A visit is one minute to a day long."""
    if 1 <= minutes <= MINUTES_MAX:
        return []
    return [FieldError(field, Text(N_("时长要在 1 分钟到 24 小时之间")))]


def day_problems(served_on: date, *, today: date, field: str = "served_on") -> list[FieldError]:
    """Work is told on its day or later, not before, and not after more than `LATE_DAYS_MAX` days."""
    if served_on > today:
        return [FieldError(field, Text(N_("服务日期不能在今天以后")))]
    if served_on < today - timedelta(days=LATE_DAYS_MAX):
        return [
            FieldError(field, Text(N_("服务日期太早：最多补录 {days} 天以内的"), {"days": LATE_DAYS_MAX}))
        ]
    return []


def within_tolerance(claimed_minutes: int, said_minutes: int, *, tolerance_minutes: int) -> bool:
    """True if the two sides' minutes are near enough for the claim to stand."""
    return abs(claimed_minutes - said_minutes) <= tolerance_minutes


def sets_aside(policies: Iterable[Iterable[Dated[SchemePolicy]]]) -> bool:
    """True if any version of these schemes' policies ever set minutes aside; else there are no holds to ask for."""
    return any(version.content.hold_days is not None for versions in policies for version in versions)


def held_until(planned_until: datetime, hold_days: int) -> datetime:
    """The end of the last day on which a visit can still be settled from its hold."""
    return clock.midnight(clock.day_of(planned_until) + timedelta(days=hold_days + 1))


def set_aside(
    visit: PlannedVisit | VisitView,
    versions: Sequence[Dated[SchemePolicy]],
    house: HousePolicy,
    *,
    hold_id: UUID,
    now: datetime,
) -> SetAside | None:
    """What a planned visit sets aside: all that its planned minutes come to, under the rules of its day.

    None where those rules set nothing aside, it is too late to, or the payer's account has no floor.
    """
    if visit.planned_from is None or visit.planned_until is None:
        return None
    day = clock.day_of(visit.planned_from)
    dated = scheme_rules.in_force(versions, day)
    if dated is None or dated.content.hold_days is None:
        return None
    until = held_until(visit.planned_until, dated.content.hold_days)
    minutes = int((visit.planned_until - visit.planned_from).total_seconds() // 60)
    payable = scheme_rules.payable(dated.content, minutes, visit.category)
    payer = hours_rules.payer_account(
        payable.payer, community_id=visit.community_id, recipient_id=visit.recipient_id
    )
    if payable.charged == 0 or hold_rules.lapsed(until, now):
        return None
    if not hold_rules.needs_hold(payer, visit.community_id, house):
        return None
    return SetAside(
        id=hold_id,
        from_account=payer,
        to_account=hours_rules.earner_account(
            payable.earned_by, community_id=visit.community_id, helper_id=visit.helper_id
        ),
        minutes=payable.charged,
        until=until,
        occasion=Occasion(
            subject_id=visit.id,
            served_on=day,
            category=visit.category,
            helper_id=visit.helper_id,
            recipient_id=visit.recipient_id,
        ),
    )


def span(visit: VisitView) -> tuple[datetime, datetime] | None:
    """When a visit took or takes place: the true times where they are known, else the planned ones."""
    if visit.checked_in and visit.checked_out:
        return visit.checked_in.at, visit.checked_out.at
    if visit.planned_from and visit.planned_until:
        return visit.planned_from, visit.planned_until
    return None


def overlapping(visit_span: tuple[datetime, datetime], others: Iterable[VisitView]) -> list[VisitView]:
    """Those of the others that take place at the same time. Half-open, so 10–11 and 11–12 do not clash."""
    began, ended = visit_span
    found = []
    for other in others:
        its = span(other)
        if its is not None and its[0] < ended and began < its[1]:
            found.append(other)
    return found


def waiting(visit: VisitView, *, now: datetime) -> tuple[Waiting, datetime] | None:
    """Why a visit waits for a desk and since when; None while its people may still do it themselves."""
    if visit.status is Status.DISPUTED:
        return Waiting.DISPUTED, visit.changed_at
    if visit.status is Status.CONFIRMED:
        return Waiting.REFUSED, visit.changed_at
    if visit.status is Status.CLAIMED and visit.claimed and now >= visit.claimed.at + CONFIRM_WITHIN:
        return Waiting.UNCONFIRMED, visit.claimed.at
    if visit.status is Status.ATTENDED and visit.checked_in:
        until = max(visit.planned_until or visit.checked_in.at, visit.checked_in.at)
        return (Waiting.UNCLAIMED, until) if now >= until + CLAIM_WITHIN else None
    if visit.status is Status.PLANNED and visit.planned_from and now >= visit.planned_from + ATTEND_WITHIN:
        return Waiting.UNATTENDED, visit.planned_from
    return None


def measured_minutes(visit: VisitView) -> int | None:
    """How long it took by check-in and check-out, in whole minutes, at least one; None if not both are known."""
    if not visit.checked_in or not visit.checked_out:
        return None
    elapsed = int((visit.checked_out.at - visit.checked_in.at).total_seconds() // 60)
    return min(max(elapsed, 1), MINUTES_MAX)


def planned_minutes(visit: VisitView) -> int | None:
    """How long it was meant to take."""
    if not visit.planned_from or not visit.planned_until:
        return None
    return int((visit.planned_until - visit.planned_from).total_seconds() // 60)


def suggested_minutes(visit: VisitView) -> int | None:
    """What a helper will most likely claim: the measured time to five minutes, else the planned one."""
    measured = measured_minutes(visit)
    # Pressed in and out at once, it says nothing about the visit.
    if measured is None or measured < SHORTEST_MEASURED:
        return planned_minutes(visit)
    return min((measured + 2) // 5 * 5, MINUTES_MAX)


def to_meet(visit: VisitView, *, today: date) -> bool:
    """True while the two are still to meet, or are meeting: they may have to reach one another."""
    return visit.status in (Status.PLANNED, Status.ATTENDED) and visit.served_on >= today


def counted_minutes(visit: VisitView) -> int:
    """What a visit counts for in a week: confirmed, else claimed, else planned (as `minutes_in_week` does)."""
    if visit.confirmed:
        return visit.confirmed.minutes
    return visit.claimed.minutes if visit.claimed else planned_minutes(visit) or 0


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


# What each side does for itself, or either may. Where staff are one of the two, the rest is a colleague's.
_PARTS: dict[Side, frozenset[Move]] = {
    Side.HELPER: frozenset({Move.CHECK_IN, Move.UNDO_CHECK_IN, Move.CHECK_OUT, Move.CLAIM}),
    Side.RECIPIENT: frozenset({Move.CONFIRM, Move.DISPUTE}),
}
_EITHER = frozenset({Move.RESCHEDULE, Move.CANCEL, Move.NO_SHOW, Move.RESTORE})
_OPEN = frozenset({Status.PLANNED, Status.ATTENDED, Status.CANCELLED, Status.NO_SHOW})


def offered(visit: VisitView, *, now: datetime, own: Side | None = None) -> frozenset[Move]:
    """What a desk can do to a visit now; `own`: which of the two the one at the desk is."""
    found = set(visit.moves)
    if visit.served_on != clock.day_of(now):
        found.discard(Move.CHECK_IN)
    if visit.planned_from is None or now < visit.planned_from:
        found.discard(Move.NO_SHOW)
    if visit.status is Status.DISPUTED:
        # It ends with an outcome and a reason.
        found.discard(Move.CANCEL)
    if visit.claimed is not None or visit.planned_from is None:
        found.discard(Move.RESTORE)
    if own is not None:
        found &= _PARTS[own] | (_EITHER if visit.status in _OPEN else frozenset())
    return frozenset(found)


def spoken(
    visit: VisitView, disputes: Iterable[DisputeView], settlements: Iterable[SettlementView]
) -> set[UUID]:
    """Everybody whose word or deed a visit's story tells."""
    said = [said.by for said in (visit.claimed, visit.confirmed) if said]
    quarrelled = [who for each in disputes for who in (each.raised_by, each.resolved_by) if who]
    settled = [who for each in settlements for who in (each.settled_by, each.reversed_by) if who]
    return {visit.created_by, *said, *quarrelled, *settled}


def person_problem(found: int, *, field: str, row: int | None = None) -> FieldError | None:
    """What is wrong with words that should mean one person and mean `found`."""
    if found == 1:
        return None
    if found:
        return FieldError(field, Text(N_("有几位会员符合，请选一位")), row)
    return FieldError(field, Text(N_("没有找到这位会员；请填姓名、拼音或会员号")), row)
