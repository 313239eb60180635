"""The same market solved by others, in one call each, to compare what they find and how long they take."""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching, min_weight_full_bipartite_matching

from matching.assignment import Market

I64 = np.int64


@dataclass(frozen=True)
class Worth:
    """Places filled of each urgency, the costs of the units used, the gains: equal for equally good plans."""

    filled: tuple[tuple[int, int], ...]
    cost: int
    gain: int


def worth(market: Market, rows: np.ndarray) -> Worth:
    """What a choice of arcs is worth; a helper's cheapest units are used first. No place is filled twice."""
    request, helper = market.request[rows], market.helper[rows]
    assert (np.bincount(request, minlength=market.wants.size) <= market.wants).all()
    visits = np.bincount(helper)
    order = np.lexsort((market.unit_cost, market.unit_helper))
    owner, cost = market.unit_helper[order], market.unit_cost[order]
    number = np.arange(owner.size) - np.searchsorted(owner, owner)
    allowed = np.zeros(owner.max() + 1, dtype=I64)
    allowed[: visits.size] = visits
    used = number < allowed[owner]
    assert used.sum() == rows.size
    urgency, many = np.unique(market.urgency[request], return_counts=True)
    filled = tuple(zip(urgency.tolist(), many.tolist(), strict=True))
    return Worth(filled, int(cost[used].sum()), int(market.gain[rows].sum()))


@dataclass(frozen=True)
class Weighted:
    """The three tiers of a market as one cost in whole numbers: of an arc, of a unit, of an empty place."""

    arc: np.ndarray
    unit: np.ndarray
    empty: np.ndarray


def weighted(market: Market) -> Weighted:
    """Weights so great that one step of a tier outweighs all that is below it."""
    top = int(market.gain.max())
    gains = 1 + top * int(market.wants.sum())
    costs = gains * (1 + int(market.unit_cost.max()) * int(market.wants.sum()))
    _, rank = np.unique(market.urgency, return_inverse=True)
    return Weighted(top - market.gain, gains * market.unit_cost, costs * (1 + rank))


def by_ortools(market: Market, weights: Weighted) -> np.ndarray:
    """OR-Tools called bare: one min-cost flow of the whole market, with weights for tiers."""
    requests, helpers = market.wants.size, int(max(market.helper.max(), market.unit_helper.max())) + 1
    everyone, sink = np.arange(requests), requests + helpers
    flow = min_cost_flow.SimpleMinCostFlow()

    def arcs(tail: np.ndarray, head: np.ndarray, capacity: np.ndarray, cost: np.ndarray) -> np.ndarray:
        return flow.add_arcs_with_capacity_and_unit_cost(
            tail.astype(np.int32), head.astype(np.int32), capacity.astype(I64), cost.astype(I64)
        )

    chosen = arcs(market.request, requests + market.helper, np.ones_like(market.request), weights.arc)
    units = np.full(market.unit_helper.size, sink)
    arcs(requests + market.unit_helper, units, np.ones_like(units), weights.unit)
    arcs(everyone, np.full(requests, sink), market.wants, weights.empty)
    flow.set_nodes_supplies(everyone.astype(np.int32), market.wants)
    flow.set_node_supply(sink, -int(market.wants.sum()))
    assert flow.solve() == flow.OPTIMAL
    return np.flatnonzero(np.asarray(flow.flows(chosen)))


def _columns(market: Market, weights: Weighted) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each helper takes at most one: row, column and cost of the pairs, the empty places as columns behind."""
    assert (np.unique(market.unit_helper, return_counts=True)[1] == 1).all()
    assert (market.wants == 1).all()
    unit = np.full(int(max(market.helper.max(), market.unit_helper.max())) + 1, -1)
    unit[market.unit_helper] = np.arange(market.unit_helper.size)
    open_ = unit[market.helper] >= 0
    column = np.where(open_, unit[market.helper], 0)
    cost = weights.arc + weights.unit[column]
    requests = np.arange(market.wants.size)
    return (
        np.concatenate([market.request[open_], requests]),
        np.concatenate([column[open_], market.unit_helper.size + requests]),
        np.concatenate([cost[open_], weights.empty]),
    )


def by_lapjvsp(market: Market, weights: Weighted) -> np.ndarray:
    """scipy's Jonker and Volgenant for sparse matrices. It reckons in floats, exactly below 2^53."""
    row, column, cost = _columns(market, weights)
    assert cost.max() * 4 < 1 << 53, "sums of a path must stay whole numbers"
    # A cost of 0 would be no entry at all.
    matrix = csr_array((cost + 1.0, (row, column)), shape=(market.wants.size, int(column.max()) + 1))
    rows, columns = min_weight_full_bipartite_matching(matrix)
    return _arcs_of(market, rows, columns)


def by_hungarian(market: Market, weights: Weighted) -> np.ndarray:
    """scipy's Jonker and Volgenant for full matrices, for small markets."""
    row, column, cost = _columns(market, weights)
    full = np.full((market.wants.size, int(column.max()) + 1), 1 << 52, dtype=float)
    full[row, column] = cost
    rows, columns = linear_sum_assignment(full)
    return _arcs_of(market, rows, columns)


def most(market: Market) -> int:
    """How many requests can be served at all, whoever they are; each helper one."""
    columns = int(market.helper.max()) + 1
    matrix = csr_array(
        (np.ones(market.request.size, dtype=np.int8), (market.request, market.helper)),
        shape=(market.wants.size, columns),
    )
    return int((maximum_bipartite_matching(matrix, perm_type="column") >= 0).sum())


def _arcs_of(market: Market, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    filled = columns < market.unit_helper.size
    request, helper = rows[filled], market.unit_helper[columns[filled]]
    width = int(max(market.helper.max(), market.unit_helper.max())) + 1
    key = market.request.astype(I64) * width + market.helper
    return np.sort(np.searchsorted(key, request.astype(I64) * width + helper))
