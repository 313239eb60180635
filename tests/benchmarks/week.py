"""How near a contended week's plan comes to its bound, against OR-Tools' routing, and how soon an urgent call is answered."""

import time
from collections.abc import Callable
from dataclasses import replace

from matching import DatedWindow, Problem, Request
from matching.calling import index, who_can_come
from matching.week import Bound, Search, Week, WeekPlan, check_week
from tests.benchmarks.routing import route
from tests.benchmarks.scale import Scale
from tests.matching.town import a_district
from tests.matching.weeks import a_busy_week

BOUND_STEPS = 800


def measure(scale: Scale) -> dict[str, float]:
    began = time.perf_counter()
    _searched(a_busy_week(20).week, 0.1, time.process_time)[0].plan(10**6)
    print(f"machine code made or found in {time.perf_counter() - began:.1f} s", flush=True)
    found: dict[str, float] = {}
    for name, visits in zip((300, 1_000, 3_000), scale.week, strict=True):
        found[f"matching.week_{name}_vs_bound"] = _against_bound(visits, scale.week_seconds)
    return found | _against_routing(scale.week[1], scale.week_seconds) | _calls(scale)


def _searched(week: Week, seconds: float, clock: Callable[[], float]) -> tuple[Search, float]:
    """A search of so many seconds, from the values on, and how long it really took."""
    began = clock()
    search = Search(week)
    search.improve(10**9, lambda: clock() - began > seconds)
    return search, clock() - began


def _against_bound(visits: int, seconds: float) -> float:
    busy = a_busy_week(visits)
    search, took = _searched(busy.week, seconds, time.process_time)
    began = time.process_time()
    bound = Bound(search.board.arrays)
    bound.improve(BOUND_STEPS, search.weight)
    plan = search.plan(bound.value)
    wrong = check_week(busy.week, plan)
    assert not wrong, wrong[:5]
    worth = plan.worth
    print(
        f"week of {visits} visits, {len(busy.week.round.helpers)} helpers, capacity ÷ demand {busy.capacity:.3f}: "
        f"{worth.served} served, weight {worth.weight} of {_wanted(busy.week)}, bound {plan.bound}, "
        f"{worth.travel_minutes} minutes of way, {worth.known} known; {plan.iterations} iterations in {took:.1f} s, "
        f"bound in {time.process_time() - began:.1f} s",
        flush=True,
    )
    return worth.weight / plan.bound


def _wanted(week: Week) -> int:
    return sum(1 + r.priority for r in week.round.requests)


def _against_routing(visits: int, seconds: float) -> dict[str, float]:
    """On weeks without two at once, rests or standing pairs, and with room, so that the ways of as many visits compare."""
    busy = a_busy_week(visits, capacity=1.5, together=0, rests=0, standing=0)
    search, _ = _searched(busy.week, seconds, time.perf_counter)
    ours: WeekPlan = search.plan(_wanted(busy.week))
    assert not check_week(busy.week, ours)
    theirs = route(search.board, max(1, round(seconds)))
    print(
        f"week of {visits} visits, capacity ÷ demand {busy.capacity:.3f}: ours {ours.worth}, OR-Tools {theirs}",
        flush=True,
    )
    assert theirs is not None
    return {
        "matching.week_served_vs_routing": ours.worth.weight / theirs.weight,
        "matching.week_travel_vs_routing": (ours.worth.travel_minutes / ours.worth.served)
        / (theirs.travel_minutes / theirs.served),
    }


def _urgent(district: Problem) -> list[Request]:
    """The district's wishes, as if all of them were for an hour of this afternoon."""
    window = DatedWindow(district.on, 14 * 60, 17 * 60)
    return [replace(r, windows=(), dates=(window,), minutes=60) for r in district.requests]


def _calls(scale: Scale) -> dict[str, float]:
    district = a_district(scale.callable, scale.calls, km=24 * (scale.callable / 12_000) ** 0.5)
    began = time.perf_counter()
    known = index(district.on, district.helpers, district.limits)
    made = time.perf_counter() - began
    took = []
    near = 0
    for request in _urgent(district):
        began = time.perf_counter()
        near += len(who_can_come(known, request).near)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    print(
        f"{scale.calls} calls among {scale.callable} members: median {took[len(took) // 2]:.1f} ms, "
        f"slowest {took[-1]:.1f} ms, {near / scale.calls:.1f} named; index made in {made:.1f} s",
        flush=True,
    )
    return {"matching.who_can_come_p99_ms": took[int(0.99 * (len(took) - 1))]}
