"""Is a plan right? Read rule by rule from the values alone; no code is shared with those who made the plan."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from uuid import UUID

from matching.blocking import blocking
from matching.plain import DAY, may, minutes_between, points, reasons, union, visits_before
from matching.plan import Pair, Plan, Slot, Value
from matching.problem import Choice, DatedWindow, Helper, Mode, Problem, Request


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
    met = visits_before(problem)
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
        worth = points(problem, _as_met(request, pair.slot), helper, met)
        if pair.terms != worth or pair.score != worth.total:
            found.append(Violation("score", pair.request, f"{pair.score} by {pair.terms} is not {worth}"))
    found += _helper_rules(problem, plan, helpers, requests)
    if problem.mode is Mode.STABLE and plan.exact:
        found += [
            Violation("stable", r.id, f"it and {h.id} would rather have each other")
            for r, h in blocking(problem, plan)
        ]
    if _value(problem, plan, helpers, requests) != plan.value:
        found.append(
            Violation("value", None, f"{plan.value} is not {_value(problem, plan, helpers, requests)}")
        )
    return tuple(sorted(found, key=lambda v: (v.rule, str(v.subject), v.found)))


def _as_met(request: Request, slot: Slot) -> Request:
    """Those who come together are weighed at the one time at which they do."""
    if not request.together or (request.demand == 1 and request.link is None):
        return request
    return replace(request, dates=(DatedWindow(slot.on, slot.start, slot.start + slot.minutes),))


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
        could = sum(may(problem, by_id[u.request], h) for h in problem.helpers)
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
    span = minutes_between(base + slot.start, base + slot.start + slot.minutes)
    if request.weekly:
        asked = span & union(request.windows) == span
    else:
        asked = any(
            d.on == slot.on and d.start <= slot.start and slot.start + slot.minutes <= d.end
            for d in request.dates
        )
    if not asked:
        yield Violation("slot", request.id, f"{slot} is outside the windows asked for")
    if any(a.since <= slot.on < a.until for a in helper.absences):
        yield Violation("slot", request.id, f"{helper.id} is away on {slot.on}")
    taken = union(helper.busy)
    if not slot.weekly:
        taken |= reduce(
            or_, (minutes_between(base + b.start, base + b.end) for b in helper.booked if b.on == slot.on), 0
        )
    if span & ~(union(helper.windows) & ~taken):
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
