"""The best assignment where each request wants one helper: two counts, and one flow bound to them."""

import numpy as np
from ortools.graph.python import min_cost_flow

from matching.errors import ScoresTooLarge
from matching.flows import COST_MAX, add_arcs
from matching.serving import Serving
from matching.tables import I32, I64


def by_counting(request: I32, helper: I32, gain: I64, urgency: I64, unit_helper: I32, unit_cost: I64) -> I64:
    """Rows of the arcs chosen: the lexicographic optimum of urgency served, cost of units, gain ≥ 0.

    Arcs are sorted by request. Every best set of requests holds the same number of each urgency, and every best set of
    units of helpers the same number of each cost (two matroids); a set of requests and a set of units that can each
    be matched can be matched with one another (Mendelsohn and Dulmage, 1958). So `Serving` counts both, each from its own
    side, and a flow bound to these numbers settles the gain: no weight has to be big enough to stand for a tier, and
    the flow's costs are small. (Goldberg's cost scaling in OR-Tools.)
    Raises ScoresTooLarge where gains leave 64 bits.
    """
    rows, tail = _renumbered(request)
    helpers, head = _renumbered(helper)
    known = np.isin(unit_helper, helpers)
    unit = np.searchsorted(helpers, unit_helper[known])
    if not unit.size:
        return np.zeros(0, dtype=np.int64)
    urgencies, of_urgency = np.unique(urgency[rows], return_inverse=True)
    costs, of_cost = np.unique(unit_cost[known], return_inverse=True)
    empty, used = _counted(tail, head, of_urgency, unit, of_cost)
    first_urgency = rows.size + helpers.size
    first_cost = first_urgency + urgencies.size
    nodes, top = first_cost + costs.size, int(gain.max())
    if top * (nodes + 2) >= COST_MAX:
        raise ScoresTooLarge(top, nodes)
    flow = min_cost_flow.SimpleMinCostFlow()
    chosen = add_arcs(flow, tail, rows.size + head, cost=top - gain)
    add_arcs(flow, rows.size + unit, first_cost + of_cost)
    some = np.flatnonzero(empty[of_urgency] > 0)
    add_arcs(flow, some, first_urgency + of_urgency[some])
    supply = np.concatenate([np.ones(rows.size), np.zeros(helpers.size), -empty, -used]).astype(np.int64)
    flow.set_nodes_supplies(np.arange(nodes, dtype=np.int32), supply)
    status = flow.solve()
    assert status == flow.OPTIMAL, status
    return np.flatnonzero(np.asarray(flow.flows(chosen)))


def _renumbered(values: I32) -> tuple[I64, I64]:
    """The values there are, and where each stands among them."""
    there = np.flatnonzero(np.bincount(values))
    place = np.zeros(int(there[-1]) + 1, dtype=np.int64)
    place[there] = np.arange(there.size)
    return there, place[values]


def _counted(tail: I64, head: I64, of_urgency: I64, unit: I64, of_cost: I64) -> tuple[I64, I64]:
    """How many requests of each urgency stay unserved, and how many units of each cost are used."""
    requests = np.arange(of_urgency.size)
    served = Serving(tail, head, requests, of_urgency, np.bincount(unit, minlength=int(head.max()) + 1))
    used = served.run()
    by_helper = np.argsort(head, kind="stable")
    serving = Serving(
        head[by_helper], tail[by_helper], unit, -of_cost, np.ones_like(requests), used[by_helper]
    )
    serving.run()
    filled, many = served.many(), serving.many()
    return (
        np.bincount(of_urgency) - np.array([filled.get(i, 0) for i in range(int(of_urgency.max()) + 1)]),
        np.array([many.get(-i, 0) for i in range(int(of_cost.max()) + 1)]),
    )
