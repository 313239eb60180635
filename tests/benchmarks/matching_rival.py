"""A contended district beside greedy: who is served, who is left out, and who waits longest over several weeks."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import numpy as np

from matching import Problem, Request, decide
from tests.benchmarks.matching_round import width_km
from tests.benchmarks.scale import Scale
from tests.matching.greedy import CAP, everybody, greedy
from tests.matching.town import a_district

WEEKS = 4
WEEK = timedelta(days=7)

Given = Mapping[UUID, UUID]  # request → helper


@dataclass(frozen=True)
class Season:
    """In a round, or over some weeks: requests served, helpers never asked who could have been, the longest wait in
    days.
    """

    served: int
    left_out: int
    waited: int


def measure(scale: Scale) -> dict[str, float]:
    """One round with barely enough helpers, one with as many as requests, and weeks with barely enough."""
    size = scale.matching[1]
    scarce = _round("barely enough helpers", _district(size, size // CAP))
    ample = _round("as many helpers as requests", _district(size, size))
    district = _district(size, size // CAP // WEEKS)
    able = _able(district)
    ours, theirs = (_season(district, able, way) for way in (_by_us, _by_greedy))
    print(f"{WEEKS} weeks with barely enough helpers: {ours}, greedy {theirs}", flush=True)
    return {
        "matching.served_12000_vs_greedy": scarce[0].served / scarce[1].served,
        "matching.left_out_vs_greedy": ample[0].left_out / ample[1].left_out,
    }


def _round(name: str, problem: Problem) -> tuple[Season, Season]:
    able = _able(problem)
    found = []
    for way in (_by_us, _by_greedy):
        given = way(problem)
        found.append(Season(len(given), len(able[1] - set(given.values())), 0))
    ours, theirs = found
    capacity = CAP * len(problem.helpers) / len(problem.requests)
    print(f"{name}: {ours}, greedy {theirs}; capacity ÷ demand {capacity:.2f}", flush=True)
    return ours, theirs


def _district(requests: int, helpers: int) -> Problem:
    """Nobody has helped yet, and nobody waited; each may take three visits a week."""
    problem = a_district(helpers, requests, km=width_km(helpers), capacity=CAP)
    return replace(problem, helpers=tuple(replace(h, load=0) for h in problem.helpers))


def _by_us(problem: Problem) -> Given:
    return {pair.request: pair.helper for pair in decide(problem).pairs}


def _by_greedy(problem: Problem) -> Given:
    arcs, rows = greedy(problem)
    return {
        problem.requests[r].id: problem.helpers[h].id
        for r, h in zip(arcs.request[rows].tolist(), arcs.helper[rows].tolist(), strict=True)
    }


def _able(problem: Problem) -> tuple[set[UUID], set[UUID]]:
    """Requests that somebody could take, and helpers who could take one."""
    _, arcs = everybody(problem)
    return (
        {problem.requests[r].id for r in np.unique(arcs.request).tolist()},
        {problem.helpers[h].id for h in np.unique(arcs.helper).tolist()},
    )


def _season(problem: Problem, able: tuple[set[UUID], set[UUID]], way: Callable[[Problem], Given]) -> Season:
    """A share of the requests comes each week; who goes unserved asks again a week later."""
    load: Counter[UUID] = Counter()
    waited: dict[UUID, int] = {}
    open_: list[Request] = []
    for week in range(WEEKS):
        # Every week is told as if it were the first: the same day, the same dates.
        fresh = [replace(r, waiting_days=0) for r in problem.requests[week::WEEKS] if r.id in able[0]]
        helpers = tuple(replace(h, load=load[h.id]) for h in problem.helpers)
        round_ = replace(problem, helpers=helpers, requests=(*open_, *fresh))
        given = way(round_)
        load.update(given.values())
        waited |= {r.id: r.waiting_days for r in round_.requests}
        open_ = [_again(r) for r in round_.requests if r.id not in given]
        waited |= {r.id: r.waiting_days for r in open_}
    return Season(
        served=len(waited) - len(open_),
        left_out=len(able[1] - load.keys()),
        waited=max(waited.values()),
    )


def _again(request: Request) -> Request:
    return replace(
        request, waiting_days=request.waiting_days + WEEK.days, passed_over=request.passed_over + 1
    )
