"""How near a contended week's plan comes to its bound, against OR-Tools' routing, and how soon an urgent call is answered."""

import time
from collections.abc import Callable
from dataclasses import replace

from matching import DatedWindow, Problem, Request
from matching.calling import index, who_can_come
from matching.week import Bound, Search, Week, WeekPlan, check_week, plan_week
from matching.week.arrays import lay_out
from tests.benchmarks.routing import route
from tests.benchmarks.scale import Scale
from tests.matching.town import a_district
from tests.matching.weeks import Busy, a_busy_week

# Half as many minutes again as asked for: nearly everybody is served, so that ways compare.
ROOMY = 1.5


def measure(scale: Scale) -> dict[str, float]:
    began = time.perf_counter()
    plan_week(a_busy_week(40).week, iterations=500, bound_steps=20)
    print(f"machine code made or found in {time.perf_counter() - began:.1f} s", flush=True)
    found: dict[str, float] = {}
    for name, visits in zip((300, 1_000, 3_000), scale.week, strict=True):
        found[f"matching.week_{name}_vs_bound"] = _against_bound(visits, scale)
    return found | _against_routing(scale.week[0], scale.week_seconds) | _calls(scale)


def _until(seconds: float, clock: Callable[[], float] = time.process_time) -> Callable[[], bool]:
    """Says when so many seconds are over, of this processor unless by another clock."""
    began = clock()
    return lambda: clock() - began > seconds


def _planned(week: Week, over: Callable[[], bool], bound_seconds: float) -> WeekPlan:
    """From the values on, until the time is over; and a bound in so many seconds of a processor."""
    began = time.process_time()
    search = Search(week)
    search.improve(10**9, over)
    took = time.process_time() - began
    bound = Bound(search.board.arrays)
    bound.improve(10**9, search.weight, _until(bound_seconds))
    plan = search.plan(bound.value)
    wrong = check_week(week, plan)
    assert not wrong, wrong[:5]
    print(
        f"{len(week.round.requests)} visits, {len(week.round.helpers)} helpers: {_told(plan)}, bound {plan.bound}; "
        f"{plan.iterations} iterations; of a processor {took:.1f} s, and "
        f"{time.process_time() - began - took:.1f} s for {bound.steps} steps of the bound",
        flush=True,
    )
    return plan


def _told(plan: WeekPlan) -> str:
    worth = plan.worth
    wanted = worth.served + len(plan.unserved)
    return f"{worth.served} of {wanted} served, weight {worth.weight}, {worth.travel_minutes} minutes of way"


def _against_bound(visits: int, scale: Scale) -> float:
    busy = a_busy_week(visits)
    print(f"capacity ÷ demand {busy.capacity:.3f}: ", end="", flush=True)
    plan = _planned(busy.week, _until(scale.week_seconds), scale.week_bound_seconds)
    return plan.worth.weight / plan.bound


def _against_routing(visits: int, seconds: float) -> dict[str, float]:
    """On two weeks that both are told whole: who is served where helpers are too few, the ways where they are not."""
    few, enough = (
        a_busy_week(visits, capacity=capacity, together=0, rests=0, standing=0) for capacity in (0.9, ROOMY)
    )
    ours, theirs = _both(few, seconds)
    served = ours.worth.weight / theirs.worth.weight
    ours, theirs = _both(enough, seconds)
    ways = [plan.worth.travel_minutes / plan.worth.served for plan in (ours, theirs)]
    return {
        "matching.week_served_vs_routing": served,
        "matching.week_travel_vs_routing": ways[0] / ways[1],
    }


def _both(busy: Busy, seconds: float) -> tuple[WeekPlan, WeekPlan]:
    print(f"beside OR-Tools, capacity ÷ demand {busy.capacity:.3f}: ", end="", flush=True)
    # By the wall's clock, since theirs knows no other.
    ours = _planned(busy.week, _until(seconds, time.perf_counter), 0)
    theirs = route(lay_out(busy.week), seconds)
    print(f"OR-Tools: {_told(theirs)}", flush=True)
    wrong = check_week(busy.week, theirs)
    assert not wrong, wrong[:5]
    return ours, theirs


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
