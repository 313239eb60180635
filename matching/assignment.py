"""The best round as a min-cost flow: who is served, then how the load is spread, then the scores."""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from matching.errors import ScoresTooLarge
from matching.tables import I32, I64, Bool

COST_MAX = 1 << 62

Served = dict[int, int]  # urgency → places


@dataclass(frozen=True, slots=True)
class Market:
    """`request[i]` may take `helper[i]` with `gain[i]` ≥ 0; arcs are sorted by request, then helper.

    A request takes up to `wants` helpers, each once. Serving a request of greater `urgency` comes first. A helper takes as many as she has units; unit u belongs to
    `unit_helper[u]` and costs `unit_cost[u]` ≥ 0, not falling from one unit of a helper to the next.
    """

    request: I32
    helper: I32
    gain: I64
    urgency: I64
    unit_helper: I32
    unit_cost: I64
    wants: I64


def assign(market: Market, hoped: Served | None = None) -> I64:
    """Rows of the arcs chosen: the lexicographic optimum of urgency served, cost of units, gain.

    `hoped` is how many of each urgency a market with more arcs could serve: where this one still can, the first of
    the two flows below is spared.

    The sets of places that can be filled together are the independent sets of a matroid. So every best set holds
    the same number of places of each urgency; a first flow finds these numbers, and a second, bound to them,
    settles cost and gain. No weight has to be big enough to stand for a tier of urgencies. (Edmonds, "Matroids and
    the greedy algorithm", 1971; flows: Goldberg's cost scaling in OR-Tools.)
    Raises ScoresTooLarge where cost and gain together leave 64 bits.
    """
    if not market.request.size or not market.unit_helper.size:
        return np.zeros(0, dtype=np.int64)
    net = _Net(market)
    rows = None if hoped is None else net.best(net.waiting_if(hoped))
    if rows is None:
        rows = net.best(net.waiting())
    assert rows is not None, "the first flow is one of those the second may be"
    return rows


def served(market: Market, rows: I64) -> Served:
    """How many places of each urgency these rows fill."""
    urgencies, many = np.unique(market.urgency[market.request[rows]], return_counts=True)
    return dict(zip(urgencies.tolist(), many.tolist(), strict=True))


class _Net:
    """Nodes: requests with an arc, helpers with an arc, one for each class of urgency, the sink."""

    def __init__(self, market: Market) -> None:
        self.market = market
        rows, self.tail = np.unique(market.request, return_inverse=True)
        helpers, self.head = np.unique(market.helper, return_inverse=True)
        self.requests, self.helpers = rows.size, helpers.size
        self.classes, self.of_class = np.unique(market.urgency[rows], return_inverse=True)
        self.wants = market.wants[rows]
        known = np.isin(market.unit_helper, helpers)
        self.unit = np.searchsorted(helpers, market.unit_helper[known])
        self.unit_cost = market.unit_cost[known]
        self.sink = self.requests + self.helpers + self.classes.size

    def waiting(self) -> I64:
        """How many places of each class must stay empty."""
        flow = min_cost_flow.SimpleMinCostFlow()
        everyone = np.arange(self.requests)
        places = np.bincount(self.unit, minlength=self.helpers)
        self._arcs(flow, self.tail, self.requests + self.head)
        self._arcs(flow, self.requests + np.arange(self.helpers), self.sink, places)
        waits = self._arcs(flow, everyone, self.sink, self.wants, cost=1 + self.of_class)
        flow.set_nodes_supplies(everyone.astype(np.int32), self.wants)
        flow.set_node_supply(self.sink, -int(self.wants.sum()))
        self._solve(flow)
        unserved = np.asarray(flow.flows(waits))
        return np.bincount(self.of_class, weights=unserved, minlength=self.classes.size).astype(np.int64)

    def waiting_if(self, hoped: Served) -> I64:
        there = np.bincount(self.of_class, weights=self.wants, minlength=self.classes.size).astype(np.int64)
        return there - np.array([hoped.get(int(urgency), 0) for urgency in self.classes], dtype=np.int64)

    def best(self, waiting: I64) -> I64 | None:
        """The arcs of the best plan that leaves so many places of each class empty; None if no plan does."""
        if (waiting < 0).any():
            return None
        flow = min_cost_flow.SimpleMinCostFlow()
        market = self.market
        top = np.zeros(self.requests, dtype=np.int64)
        np.maximum.at(top, self.tail, market.gain)
        # One unit of cost outweighs all that the gains of one plan can differ by.
        tier = 1 + int((top * self.wants).sum())
        cost = tier * int(self.unit_cost.max()) + int(top.max())
        if cost * (self.sink + 2) >= COST_MAX:
            raise ScoresTooLarge(cost, self.sink + 1)
        chosen = self._arcs(flow, self.tail, self.requests + self.head, cost=int(top.max()) - market.gain)
        self._arcs(flow, self.requests + self.unit, self.sink, cost=tier * self.unit_cost)
        some = np.flatnonzero(waiting[self.of_class] > 0)
        self._arcs(flow, some, self.requests + self.helpers + self.of_class[some], self.wants[some])
        supply = np.zeros(self.sink + 1, dtype=np.int64)
        supply[: self.requests] = self.wants
        supply[self.requests + self.helpers : self.sink] = -waiting
        supply[self.sink] = int(waiting.sum()) - int(self.wants.sum())
        flow.set_nodes_supplies(np.arange(self.sink + 1, dtype=np.int32), supply)
        if not self._solve(flow):
            return None
        return np.flatnonzero(np.asarray(flow.flows(chosen)))

    @staticmethod
    def _arcs(
        flow: min_cost_flow.SimpleMinCostFlow,
        tail: I64,
        head: I64 | int,
        capacity: I64 | int = 1,
        cost: I64 | int = 0,
    ) -> I32:
        def full(value: I64 | int) -> I64:
            return np.broadcast_to(np.asarray(value, dtype=np.int64), tail.shape).copy()

        return np.asarray(
            flow.add_arcs_with_capacity_and_unit_cost(
                tail.astype(np.int32), full(head).astype(np.int32), full(capacity), full(cost)
            ),
            dtype=np.int32,
        )

    @staticmethod
    def _solve(flow: min_cost_flow.SimpleMinCostFlow) -> bool:
        status = flow.solve()
        assert status in (flow.OPTIMAL, flow.INFEASIBLE), status
        return bool(status == flow.OPTIMAL)


def units(load: I64, places: I64, steps: tuple[int, ...]) -> tuple[I32, I64]:
    """The next visits of each helper, one unit each: owner, and how many `steps` her visits so far have passed.

    The first visit ever costs nothing, so that nobody is left out; each later one as much or more, so that nobody
    is worn out.
    """
    owner = np.repeat(np.arange(load.size), places)
    begin = np.cumsum(places) - places
    number = load[owner] + 1 + np.arange(owner.size) - begin[owner]
    cost = np.searchsorted(np.array(sorted(steps), dtype=np.int64), number, side="left")
    return owner.astype(np.int32), cost.astype(np.int64)


def places_for(minutes: I64, helper: I32, minutes_left: I64) -> I64:
    """How many visits can at most fit in each helper's minutes, if the shortest she may be given are taken first."""
    order = np.lexsort((minutes, helper))
    owner, length = helper[order], minutes[order]
    first = np.searchsorted(owner, np.arange(minutes_left.size), side="left")
    total = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(length)])
    used = total[1:] - total[first[owner]]
    fits: Bool = used <= minutes_left[owner]
    return np.bincount(owner[fits], minlength=minutes_left.size).astype(np.int64)
