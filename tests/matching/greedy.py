"""The rival: requests one by one, most urgent first, each to the best helper still free. For comparison only."""

from collections import Counter
from uuid import UUID

import numpy as np

from matching import Problem
from matching.arcs import gather
from matching.problem import urgency
from matching.tables import tabulate


def greedy(problem: Problem) -> dict[UUID, UUID]:
    """Request → helper; only numbers of visits bind a helper."""
    t = tabulate(problem)
    _, arcs = gather(t)
    urgent = np.array([urgency(r, problem.limits) for r in problem.requests])
    given: Counter[int] = Counter()
    chosen: dict[UUID, UUID] = {}
    for row in np.lexsort((arcs.helper, -arcs.score, arcs.request, -urgent[arcs.request])).tolist():
        request, helper = problem.requests[arcs.request[row]], problem.helpers[arcs.helper[row]]
        if request.id not in chosen and given[helper.id.int] < helper.visits_left:
            given[helper.id.int] += 1
            chosen[request.id] = helper.id
    return chosen
