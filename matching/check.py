"""Is a plan right? Read rule by rule from the values alone; no code is shared with those who made the plan."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_
from uuid import UUID

from matching.plan import Pair, Plan, Slot, Value
from matching.problem import Choice, Helper, Position, Problem, Request, Tie, Window
from matching.reasons import Reason

DAY = 1440
EARTH_M = 6_371_008.8


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """What is wrong with which request or helper."""

    rule: str
    subject: UUID | None
    found: str


def check(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Every violation of a hard rule, of the bookkeeping of the plan, or of its stated value; empty if there is none."""
    helpers = {h.id: h for h in problem.helpers}
    requests = {r.id: r for r in problem.requests}
    found: list[Violation] = [*_whole(problem, plan)]
    for pair in plan.pairs:
        helper, request = helpers.get(pair.helper), requests.get(pair.request)
        if helper is None or request is None:
            found.append(
                Violation("known", pair.request, f"helper {pair.helper} or request not in the round")
            )
            continue
        refused = reasons(problem, request, helper)
        if refused:
            found.append(Violation("eligible", pair.request, f"{pair.helper}: {', '.join(refused.names)}"))
        found += _slot_rules(problem, pair, request, helper)
        if pair.score != pair.terms.total:
            found.append(
                Violation("score", pair.request, f"{pair.score}, terms add up to {pair.terms.total}")
            )
    found += _helper_rules(problem, plan, helpers, requests)
    if _value(problem, plan, helpers, requests) != plan.value:
        found.append(
            Violation("value", None, f"{plan.value} is not {_value(problem, plan, helpers, requests)}")
        )
    return tuple(sorted(found, key=lambda v: (v.rule, str(v.subject), v.found)))


def _whole(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Each request has as many helpers as it wants or none and is unmatched once; unmatched for want of anybody only
    if nobody is eligible.
    """
    given: dict[UUID, list[Pair]] = defaultdict(list)
    for p in plan.pairs:
        given[p.request].append(p)
    waits = Counter(u.request for u in plan.unmatched)
    for r in problem.requests:
        many = len(given[r.id])
        fewest = r.demand if r.demand_min is None else r.demand_min
        if waits[r.id] != (many == 0) or (many and not fewest <= many <= r.demand):
            yield Violation("once", r.id, f"{many} of {fewest} to {r.demand}, unmatched {waits[r.id]} times")
        if len({p.helper for p in given[r.id]}) != many:
            yield Violation("together", r.id, "one helper fills two places")
        if r.together and len({p.slot for p in given[r.id]}) > 1:
            yield Violation("together", r.id, "the helpers come at different times")
    yield from _links(problem, given)
    chosen = {Choice(p.request, p.helper) for p in plan.pairs}
    for pin in problem.pins - chosen:
        yield Violation("pinned", pin.request, f"not given to {pin.helper}")
    by_id = {r.id: r for r in problem.requests}
    for u in plan.unmatched:
        if u.request not in by_id:
            yield Violation("known", u.request, "unmatched, but not in the round")
            continue
        could = sum(not reasons(problem, by_id[u.request], h) for h in problem.helpers)
        told = u.histogram
        alone = by_id[u.request].link is None and 1 in (by_id[u.request].demand, by_id[u.request].demand_min)
        if (
            could != told.eligible
            or (u.cause == "nobody") != (could == 0)
            or (alone and u.cause == "too_few")
            or (by_id[u.request].link is None and u.cause == "linked")
        ):
            yield Violation(
                "reasons", u.request, f"{told.eligible} said to be eligible ({u.cause}), {could} are"
            )
        if told.eligible + sum(c.helpers for c in told.first) != len(problem.helpers):
            yield Violation("reasons", u.request, "the histogram does not add up")


def _links(problem: Problem, given: dict[UUID, list[Pair]]) -> Iterator[Violation]:
    """What is linked is served as a whole or not at all, and what comes together comes at one time."""
    links = {r.link for r in problem.requests if r.link is not None}
    for link in links:
        members = [r for r in problem.requests if r.link == link]
        if len({bool(given[r.id]) for r in members}) > 1:
            yield Violation("linked", link, "some of it is served and some is not")
        if len({p.slot for r in members if r.together for p in given[r.id]}) > 1:
            yield Violation("linked", link, "its helpers come at different times")


def _helper_rules(
    problem: Problem, plan: Plan, helpers: dict[UUID, Helper], requests: dict[UUID, Request]
) -> Iterator[Violation]:
    given: dict[UUID, list[Pair]] = defaultdict(list)
    for p in plan.pairs:
        if p.helper in helpers and p.request in requests:
            given[p.helper].append(p)
    for who, pairs in given.items():
        helper = helpers[who]
        minutes = sum(requests[p.request].minutes for p in pairs)
        if len(pairs) > helper.visits_left:
            yield Violation("visits", who, f"{len(pairs)} of {helper.visits_left}")
        if minutes > helper.minutes_left:
            yield Violation("minutes", who, f"{minutes} of {helper.minutes_left}")
        for i, a in enumerate(pairs):
            for b in pairs[i + 1 :]:
                if _overlap(a.slot, b.slot):
                    yield Violation("overlap", who, f"{a.slot} and {b.slot}")


def _overlap(a: Slot, b: Slot) -> bool:
    same_day = a.on == b.on or ((a.weekly or b.weekly) and a.on.isoweekday() == b.on.isoweekday())
    return same_day and a.start < b.start + b.minutes and b.start < a.start + a.minutes


def _slot_rules(problem: Problem, pair: Pair, request: Request, helper: Helper) -> Iterator[Violation]:
    slot = pair.slot
    if slot.minutes != request.minutes or slot.weekly != request.weekly or slot.on < problem.on:
        yield Violation("slot", request.id, f"{slot} is not what was asked")
    base = (slot.on.isoweekday() - 1) * DAY
    span = _minutes(base + slot.start, base + slot.start + slot.minutes)
    if request.weekly:
        asked = span & _union(request.windows) == span
    else:
        asked = any(
            d.on == slot.on and d.start <= slot.start and slot.start + slot.minutes <= d.end
            for d in request.dates
        )
    if not asked:
        yield Violation("slot", request.id, f"{slot} is outside the windows asked for")
    if any(a.since <= slot.on < a.until for a in helper.absences):
        yield Violation("slot", request.id, f"{helper.id} is away on {slot.on}")
    taken = _union(helper.busy)
    if not slot.weekly:
        taken |= reduce(
            or_, (_minutes(base + b.start, base + b.end) for b in helper.booked if b.on == slot.on), 0
        )
    if span & ~(_union(helper.windows) & ~taken):
        yield Violation("slot", request.id, f"{helper.id} is not free at {slot}")


def _value(problem: Problem, plan: Plan, helpers: dict[UUID, Helper], requests: dict[UUID, Request]) -> Value:
    limits = problem.limits
    urgent = extra = 0
    visits: Counter[UUID] = Counter()
    for one in {p.request for p in plan.pairs} & requests.keys():
        urgent += _urgency(problem, requests[one])
        fewest = requests[one].demand_min
        extra -= requests[one].demand if fewest is None else fewest
    for p in plan.pairs:
        if p.request in requests and p.helper in helpers:
            visits[p.helper] += 1
            extra += 1
    load = sum(
        sum(step < helpers[who].load + j for step in limits.load_steps)
        for who, many in visits.items()
        for j in range(1, many + 1)
    )
    score = sum(p.score for p in plan.pairs)
    return Value(len({p.request for p in plan.pairs}), urgent, load, score, extra)


def _urgency(problem: Problem, r: Request) -> int:
    days = problem.limits.days_per_priority
    fresh = 1 + r.priority * days + r.waiting_days
    patience = problem.limits.patience_rounds
    return fresh + (1_000_000 * (days + 2) if 0 < patience <= r.passed_over else 0)


def reasons(problem: Problem, r: Request, h: Helper) -> Reason:
    """Every reason why this helper may not take this request, rule by rule."""
    far = _metres(r.position, h.position)
    bounds = [problem.limits.radius_m] + [x for x in (r.reach_m, h.reach_m) if x is not None]
    rules = {
        Reason.STATUS: not h.active,
        Reason.SELF: h.id == r.recipient,
        Reason.CONSENT: not r.consents <= h.consents,
        Reason.SKILL: not r.skills <= h.skills,
        Reason.TRAINING: not r.trainings <= h.trainings,
        Reason.AGE: not _ages(r, h),
        Reason.GENDER: r.helper_gender not in (None, h.gender)
        or h.helps_only not in (None, r.recipient_gender),
        Reason.DIALECT: r.dialect_required and not r.dialects & h.dialects,
        Reason.DO_NOT_PAIR: Tie(h.id, r.recipient) in problem.do_not_pair,
        Reason.FORBIDDEN: Choice(r.id, h.id) in problem.forbidden,
        Reason.DECLINED: Choice(r.id, h.id) in problem.declined,
        Reason.DISTANCE: far is not None and far > min(bounds),
        Reason.CIRCUMSTANCE: bool(r.circumstances & h.avoids),
        Reason.EXCHANGE: r.two_way and not h.asks & r.gives,
        Reason.BRANCH: bool(r.helper_branches) and h.branch not in r.helper_branches,
        Reason.WEEK_FULL: h.visits_left < 1 or h.minutes_left < r.minutes,
    }
    found = _hours(problem, r, h)
    for reason, refuses in rules.items():
        if refuses:
            found |= reason
    return found


def _ages(r: Request, h: Helper) -> bool:
    if r.recipient_age_min is not None and (r.recipient_age is None or r.recipient_age < r.recipient_age_min):
        return False
    if r.helper_age_min is None and r.helper_age_max is None:
        return True
    return h.age is not None and (r.helper_age_min or 0) <= h.age <= (
        math.inf if r.helper_age_max is None else r.helper_age_max
    )


def _metres(a: Position | None, b: Position | None) -> int | None:
    if a is None or b is None:
        return None
    p, q = math.radians(a.lat), math.radians(b.lat)
    half = math.sin((q - p) / 2) ** 2
    half += math.cos(p) * math.cos(q) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    return round(2 * EARTH_M * math.asin(math.sqrt(min(1.0, half))))


def _minutes(start: int, end: int) -> int:
    """A set of minutes as one long number: bit m is minute m of the week."""
    return ((1 << (end - start)) - 1) << start


def _union(windows: Iterable[Window]) -> int:
    return reduce(or_, (_minutes(w.start, w.end) for w in windows), 0)


def _runs(minutes: int, length: int) -> bool:
    """Is there an unbroken stretch of so many minutes?"""
    have = 1
    while have < length and minutes:
        step = min(have, length - have)
        minutes &= minutes >> step
        have += step
    return minutes != 0


def _hours(problem: Problem, r: Request, h: Helper) -> Reason:
    """ABSENT if away for all that is asked; WINDOW and BOOKED over the rest, or over all if away for all."""
    options = list(_weekly_options(problem, r, h) if r.weekly else _dated_options(problem, r, h))
    absent = bool(options) and all(away for _, away, _ in options)
    counted = [(asked, 0 if absent else booked) for asked, away, booked in options if absent or not away]
    home, busy = _union(h.windows), _union(h.busy)
    found = Reason.ABSENT if absent else Reason.NONE
    if not any(_runs(asked & home, r.minutes) for asked, _ in counted):
        return found | Reason.WINDOW
    if not any(_runs(asked & home & ~busy & ~booked, r.minutes) for asked, booked in counted):
        return found | Reason.BOOKED
    return found


def _weekly_options(problem: Problem, r: Request, h: Helper) -> Iterator[tuple[int, bool, int]]:
    """For each weekday asked for: its minutes, whether she misses too many of them, nothing booked."""
    asked = _union(r.windows)
    since = max(problem.on, r.starts_on or problem.on)
    for ahead in range(7):
        day = since + timedelta(days=ahead)
        base = (day.isoweekday() - 1) * DAY
        of_day = asked & _minutes(base, base + DAY)
        weeks = [day + timedelta(days=7 * i) for i in range(problem.limits.standing_weeks)]
        missed = sum(any(a.since <= week < a.until for a in h.absences) for week in weeks)
        if of_day:
            yield of_day, missed > problem.limits.missed_weeks_max or missed == len(weeks), 0


def _dated_options(problem: Problem, r: Request, h: Helper) -> Iterator[tuple[int, bool, int]]:
    for d in r.dates:
        if d.on >= problem.on:
            base = (d.on.isoweekday() - 1) * DAY
            booked = [_minutes(base + b.start, base + b.end) for b in h.booked if b.on == d.on]
            away = any(a.since <= d.on < a.until for a in h.absences)
            yield _minutes(base + d.start, base + d.end), away, reduce(or_, booked, 0)
