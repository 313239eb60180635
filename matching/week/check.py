"""Is a week's plan right? Read rule by rule from the values alone; no code is shared with those who made the plan."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from uuid import UUID

from matching.check import Violation
from matching.plain import reasons
from matching.plan import Slot
from matching.problem import DatedWindow, Helper, Position, Request
from matching.week.plan import Placed, WeekPlan
from matching.week.problem import Midday, Pause, Rest, Travel, Week

DAY = 1440
EARTH_M = 6_371_008.8

Leg = tuple[Request, Slot]


def check_week(week: Week, plan: WeekPlan) -> tuple[Violation, ...]:
    """Every violation of a rule or of the stated worth; empty if there is none."""
    helpers = {h.id: h for h in week.round.helpers}
    requests = {r.id: r for r in week.round.requests}
    found = [*_whole(week, plan)]
    days: dict[tuple[UUID, date], list[Leg]] = defaultdict(list)
    for placed in plan.placed:
        request = requests.get(placed.request)
        strange = set(placed.helpers) - helpers.keys()
        found += [Violation("known", placed.request, f"helper {who} not in the week") for who in strange]
        if request is None or strange:
            continue
        found += _visit(week, request, placed, helpers)
        for who in placed.helpers:
            days[who, placed.slot.on].append((request, placed.slot))
    for (who, _), legs in days.items():
        found += _day(week, helpers[who], sorted(legs, key=lambda leg: leg[1]))
    found += _caps(helpers, days)
    found += _worth(week, plan, helpers, days)
    return tuple(sorted(found, key=lambda v: (v.rule, str(v.subject), v.found)))


def _whole(week: Week, plan: WeekPlan) -> Iterator[Violation]:
    said = Counter(p.request for p in plan.placed) + Counter(plan.unserved)
    for request in week.round.requests:
        if said[request.id] != 1:
            yield Violation("once", request.id, f"named {said[request.id]} times")
    for one in said.keys() - {request.id for request in week.round.requests}:
        yield Violation("known", one, "request not in the week")
    if plan.worth.weight > plan.bound:
        yield Violation("bound", None, f"{plan.worth.weight} is more than {plan.bound}")


def _visit(week: Week, request: Request, placed: Placed, helpers: dict[UUID, Helper]) -> Iterator[Violation]:
    slot, end = placed.slot, placed.slot.start + placed.slot.minutes
    if len(set(placed.helpers)) != len(placed.helpers) or len(placed.helpers) != request.demand:
        yield Violation("together", request.id, f"{len(placed.helpers)} of {request.demand}")
    if list(placed.helpers) != sorted(placed.helpers):
        yield Violation("order", request.id, "its helpers are not sorted")
    if slot.minutes != request.minutes or slot.weekly:
        yield Violation("slot", request.id, f"{slot.minutes} minutes of {request.minutes}")
    if not any(w.on == slot.on and w.start <= slot.start and end <= w.end for w in request.dates):
        yield Violation("asked", request.id, f"{slot.on} {slot.start} is not asked for")
    for who in placed.helpers:
        helper = helpers[who]
        refused = reasons(week.round, request, helper)
        if refused:
            yield Violation("eligible", request.id, f"{who}: {', '.join(refused.names)}")
        if not _free(helper, slot):
            yield Violation("free", request.id, f"{who} is not free on {slot.on} at {slot.start}")


def _free(helper: Helper, slot: Slot) -> bool:
    """Minute by minute: in a window, in no weekly commitment, in no visit already planned, not away."""
    if any(a.since <= slot.on < a.until for a in helper.absences):
        return False
    base = slot.on.weekday() * DAY

    def inside(w: DatedWindow, minute: int) -> bool:
        return w.on == slot.on and w.start <= minute < w.end

    return all(
        any(w.start <= base + minute < w.end for w in helper.windows)
        and not any(w.start <= base + minute < w.end for w in helper.busy)
        and not any(inside(w, minute) for w in helper.booked)
        for minute in range(slot.start, slot.start + slot.minutes)
    )


def _day(week: Week, helper: Helper, legs: list[Leg]) -> Iterator[Violation]:
    gaps: list[tuple[int, int, int]] = []
    for (before, first), (after, second) in pairwise(legs):
        way = _way(week.travel, before.position, after.position)
        end = first.start + first.minutes
        gaps.append((end, second.start, way))
        if end + way > second.start:
            yield Violation("way", helper.id, f"{before.id} ends {end}, {way} minutes to {after.id}")
    rest = week.rests.get(helper.id)
    home = _way(week.travel, helper.position, legs[0][0].position)
    if rest is not None and not _rested(rest, [slot for _, slot in legs], gaps, home):
        yield Violation("rest", helper.id, f"no {rest} on {legs[0][1].on}")


def _rested(rest: Rest, slots: list[Slot], gaps: list[tuple[int, int, int]], home: int) -> bool:
    if isinstance(rest, Midday):
        spare = [(0, slots[0].start - home), (slots[-1].start + slots[-1].minutes, 2 * DAY)]
        for end, start, way in gaps:
            spare += [(end, start - way), (end + way, start)]  # rested before the way or after it
        return any(min(b, rest.end) - max(a, rest.start) >= rest.minutes for a, b in spare)
    return _paused(rest, slots, gaps)


def _paused(rest: Pause, slots: list[Slot], gaps: list[tuple[int, int, int]]) -> bool:
    work = slots[0].minutes
    if work > rest.stretch:
        return False
    for slot, (end, start, way) in zip(slots[1:], gaps, strict=True):
        spare = start - end - way
        if spare < rest.minutes:
            work += way + slot.minutes
        elif work + way <= rest.stretch or (spare >= 2 * rest.minutes and way <= rest.stretch):
            work = slot.minutes  # rested after the way, if need be before it too
        else:
            work = way + slot.minutes
        if work > rest.stretch:
            return False
    return True


def _caps(helpers: dict[UUID, Helper], days: dict[tuple[UUID, date], list[Leg]]) -> Iterator[Violation]:
    minutes: Counter[UUID] = Counter()
    visits: Counter[UUID] = Counter()
    for (who, _), legs in days.items():
        minutes[who] += sum(slot.minutes for _, slot in legs)
        visits[who] += len(legs)
    for who in visits:
        if minutes[who] > helpers[who].minutes_left:
            yield Violation("minutes", who, f"{minutes[who]} of {helpers[who].minutes_left}")
        if visits[who] > helpers[who].visits_left:
            yield Violation("visits", who, f"{visits[who]} of {helpers[who].visits_left}")


def _worth(
    week: Week, plan: WeekPlan, helpers: dict[UUID, Helper], days: dict[tuple[UUID, date], list[Leg]]
) -> Iterator[Violation]:
    requests = {r.id: r for r in week.round.requests}
    travel = 0
    for (who, _), legs in days.items():
        home = helpers[who].position
        stops = [home, *(r.position for r, _ in sorted(legs, key=lambda leg: leg[1])), home]
        travel += sum(_way(week.travel, a, b) for a, b in pairwise(stops))
    known = sum(
        any(t.helper == who and t.recipient == requests[p.request].recipient for t in week.round.standing)
        or any(c.request == p.request and c.helper == who for c in week.round.agreed)
        for p in plan.placed
        if p.request in requests
        for who in p.helpers
    )
    said = plan.worth
    weight = sum(1 + requests[p.request].priority for p in plan.placed if p.request in requests)
    true = (len(plan.placed), weight, known, travel, travel - week.known_minutes * known)
    if true != (said.served, said.weight, said.known, said.travel_minutes, said.way):
        yield Violation("worth", None, f"{said} is not {true}")


def _way(travel: Travel, a: Position | None, b: Position | None) -> int:
    """Whole minutes from a to b."""
    assert a is not None
    assert b is not None
    la, lb = math.radians(a.lat), math.radians(b.lat)
    lon = math.radians(b.lon - a.lon)
    half = math.sin((lb - la) / 2) ** 2 + math.cos(la) * math.cos(lb) * math.sin(lon / 2) ** 2
    metres = round(2 * EARTH_M * math.asin(math.sqrt(min(1.0, half))))
    return min(DAY, math.ceil(metres * travel.detour_percent / (100 * travel.metres_per_minute)))
