"""How the nearest rival does it: one request after the other, each to the best helper who has fewer than three."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from matching import Problem, Weights
from matching.arcs import Arcs, gather
from matching.scoring import TERMS, terms
from matching.tables import Tables, tabulate
from matching.timing import openings, place

CAP = 3
# Its shares of a score; whoever is eligible has the skill in full.
SHARES = {"distance": 0.30, "dialect": 0.25, "overlap": 0.15, "interests": 0.10}
SKILL = 0.20


def greedy(problem: Problem, cap: int = CAP) -> tuple[Arcs, np.ndarray]:
    """Every eligible pair, and the rows of them it chooses: who has waited longest goes first."""
    t, arcs = everybody(problem)
    waited = np.array([request.waiting_days for request in problem.requests])
    order = np.argsort(-waited, kind="stable")
    return arcs, one_by_one(
        arcs, scores(t, arcs), order, np.minimum(cap, t.helpers.visits_left), side_by_side(problem, arcs)
    )


def everybody(problem: Problem) -> tuple[Tables, Arcs]:
    """All eligible pairs, not only the best of each request."""
    limits = replace(problem.limits, candidates_min=max(1, len(problem.helpers)))
    t = tabulate(replace(problem, limits=limits))
    return t, gather(t)[1]


def scores(t: Tables, arcs: Arcs) -> np.ndarray:
    """The rival's score of each arc, between 0 and 1."""
    points = terms(t, arcs.request, arcs.helper)
    most = {name: getattr(Weights(), name) for name in SHARES}
    return SKILL + sum(share * points[:, TERMS.index(name)] / most[name] for name, share in SHARES.items())


def one_by_one(
    arcs: Arcs,
    score: np.ndarray,
    order: np.ndarray,
    caps: np.ndarray,
    fits: Callable[[int, list[int]], bool] | None = None,
) -> np.ndarray:
    """Rows of the arcs chosen: requests in this order, each the best helper below her cap whose visits fit."""
    # Best first within a request; the smaller id on a tie.
    ranked = np.lexsort((arcs.helper, -score, arcs.request))
    begin = np.searchsorted(arcs.request[ranked], np.arange(order.size + 1)).tolist()
    rows, helper = ranked.tolist(), arcs.helper.tolist()
    given: dict[int, list[int]] = defaultdict(list)
    chosen = []
    for request in order.tolist():
        for row in rows[begin[request] : begin[request + 1]]:
            has = given[helper[row]]
            if len(has) < caps[helper[row]] and (fits is None or not has or fits(helper[row], [*has, row])):
                has.append(row)
                chosen.append(row)
                break
    return np.sort(np.array(chosen, dtype=np.int64))


def side_by_side(problem: Problem, arcs: Arcs) -> Callable[[int, list[int]], bool]:
    """Whether visits of one helper fit into her minutes and beside each other."""

    def fits(helper: int, rows: list[int]) -> bool:
        who = problem.helpers[helper]
        asked = [problem.requests[arcs.request[row]] for row in rows]
        return sum(r.minutes for r in asked) <= who.minutes_left and (
            place([(r.minutes, openings(who, r, problem.on, problem.limits)) for r in asked]) is not None
        )

    return fits
