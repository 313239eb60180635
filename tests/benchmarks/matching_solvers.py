"""The assignment alone: beside OR-Tools called bare and scipy on the same arrays, and on published problems."""

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from matching.arcs import gather
from matching.assignment import Market, assign, units
from matching.problem import urgency
from matching.tables import tabulate
from tests.benchmarks.matching_round import width_km
from tests.benchmarks.scale import Scale
from tests.matching.others import by_lapjvsp, by_ortools, most, weighted, worth
from tests.matching.published import OPTIMA, solved
from tests.matching.town import a_district


def measure(scale: Scale) -> dict[str, float]:
    """Our time ÷ OR-Tools', both for plans worth the same; and how many published optima are found."""
    ratios = []
    for number in range(scale.rounds):
        market = a_market(scale.matching[1], seed=number + 1)
        ours, rows = _timed(lambda market=market: assign(market))
        # Making the weights is no part of the call.
        weights = weighted(market)
        theirs, bare = _timed(lambda market=market, weights=weights: by_ortools(market, weights))
        assert worth(market, rows) == worth(market, bare)
        assert rows.size == most(market), "urgency costs no served request"
        ratios.append(ours / theirs)
        print(
            f"assignment of {market.wants.size}: {ours:.2f} s, OR-Tools bare {theirs:.2f} s; {market.request.size} "
            f"candidates, {rows.size} served, as many as can be",
            flush=True,
        )
        if not number:
            scipys, second = _timed(lambda market=market, weights=weights: by_lapjvsp(market, weights))
            assert worth(market, rows) == worth(market, second)
            print(f"scipy's solver: {scipys:.2f} s, worth the same to the unit", flush=True)
    return {
        "matching.solve_12000_vs_ortools": median(ratios),
        "matching.orlib_exact": sum(solved(name) == optimum for name, optimum in OPTIMA.items()),
    }


def a_market(size: int, seed: int) -> Market:
    """What a district's round gives to the assignment, one visit for each helper."""
    problem = a_district(size, size, seed=seed, km=width_km(size))
    t = tabulate(problem)
    _, arcs = gather(t)
    urgent = np.array([urgency(request, problem.limits) for request in problem.requests])
    owner, cost = units(t.helpers.load.astype(np.int64), t.helpers.visits_left, problem.limits.load_steps)
    wants = t.requests.demand.astype(np.int64)
    return Market(arcs.request, arcs.helper, arcs.score, urgent, owner, cost, wants)


def _timed(solve: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    began = time.perf_counter()
    found = solve()
    return time.perf_counter() - began, found
