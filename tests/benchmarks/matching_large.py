"""Rounds of a city: 100,000 and 1,000,000 people, and how what they take grows."""

import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np

from matching import Limits, Plan, Problem, check, decide
from matching.arcs import Arcs, gather
from matching.assignment import Market, assign, units
from matching.seating import first_slots
from matching.tables import Tables
from tests.benchmarks.matching_round import width_km
from tests.benchmarks.scale import Scale
from tests.matching import greedy
from tests.matching.arrays import district
from tests.matching.town import a_district

# Beyond the size of a district, so many candidates are enough for each request.
KEPT = 16
CHECKED_UNMATCHED = 20


def measure(scale: Scale) -> dict[str, float]:
    """Each size in a process of its own, so that what it takes in memory is seen."""
    hundred, million = scale.large
    ratio, _ = _alone(_against_greedy, hundred)
    curve = {size: _alone(_from_tables, size) for size in (*scale.matching, hundred, million)}
    for size, (took, memory) in curve.items():
        print(f"from tables, {size}: {took:.1f} s, {memory:.2f} GB", flush=True)
    whole, memory = _alone(_whole_round, hundred)
    print(f"{hundred} with reasons, from the problem to the plan: {whole:.1f} s, {memory:.2f} GB", flush=True)
    return {
        "matching.round_100000_s": curve[hundred][0],
        "matching.served_100000_vs_greedy": ratio,
        "matching.round_1000000_s": curve[million][0],
        "matching.round_1000000_gb": curve[million][1],
    }


def _alone(work: Callable[[int], float], size: int) -> tuple[float, float]:
    """What it returns, and the most memory its process had, in GB."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(work, size).result()
        return found, pool.submit(_gigabytes).result()


def _gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _whole_round(size: int) -> float:
    """Seconds of `decide`, from the problem to a plan with its reasons."""
    problem = a_district(size, size, km=width_km(size))
    began = time.perf_counter()
    plan = decide(problem)
    took = time.perf_counter() - began
    assert plan.exact
    assert not check(*_shortened(problem, plan))
    print(f"{plan.value.served} of {size} served, {plan.counts}", flush=True)
    return took


def _shortened(problem: Problem, plan: Plan) -> tuple[Problem, Plan]:
    """Without most of those who go unserved: the checker tries everybody for each of them, one by one."""
    some = plan.unmatched[:: max(1, len(plan.unmatched) // CHECKED_UNMATCHED)]
    asked = {pair.request for pair in plan.pairs} | {missed.request for missed in some}
    requests = tuple(request for request in problem.requests if request.id in asked)
    return replace(problem, requests=requests), replace(plan, unmatched=some)


def _from_tables(size: int) -> float:
    """Seconds from tables to who serves whom and when: no reasons, and nobody is made into an object but slots."""
    t, urgent = district(size, width_km(size), Limits(candidates_min=KEPT, candidates_total=KEPT))
    began, processor = time.perf_counter(), time.process_time()

    def done(what: str) -> None:
        print(
            f"  {size}, {what}: after {time.perf_counter() - began:.1f} s, "
            f"{time.process_time() - processor:.1f} s of the processor, {_gigabytes():.2f} GB",
            flush=True,
        )

    _, arcs = gather(t)
    done(f"{arcs.request.size} candidates of {arcs.checked} looked at")
    rows = assign(_market(t, arcs, urgent))
    done(f"{rows.size} served")
    slots = first_slots(t, arcs.request[rows], arcs.helper[rows])
    done("slots")
    took = time.perf_counter() - began
    assert None not in slots
    assert max(np.bincount(arcs.helper[rows])) == max(np.bincount(arcs.request[rows])) == 1
    return took


def _market(t: Tables, arcs: Arcs, urgent: np.ndarray) -> Market:
    owner, cost = units(t.helpers.load.astype(np.int64), t.helpers.visits_left, t.problem.limits.load_steps)
    wants = t.requests.demand.astype(np.int64)
    return Market(arcs.request, arcs.helper, arcs.score, urgent, owner, cost, wants)


def _against_greedy(size: int) -> float:
    """Requests served ÷ by greedy, on the same candidates and where only the number of visits binds a helper."""
    limits = Limits(candidates_min=KEPT, candidates_total=KEPT)
    # As many helpers as requests, of whom so many are there that there is barely enough room.
    t, urgent = district(size, width_km(size), limits)
    there = np.arange(size) < size // greedy.CAP
    visits = np.where(there, greedy.CAP, 0).astype(np.int32)
    t = replace(t, helpers=replace(t.helpers, visits_left=visits, load=np.zeros_like(visits)))
    _, arcs = gather(t)
    ours = assign(_market(t, arcs, urgent))
    order = np.argsort(-urgent, kind="stable")
    theirs = greedy.one_by_one(arcs, greedy.scores(t, arcs), order, visits)
    print(
        f"served of {size}: {ours.size}, by greedy {theirs.size}; capacity ÷ demand {visits.sum() / size:.2f}",
        flush=True,
    )
    return float(ours.size / theirs.size)
