"""The best round as a min-cost flow: who is served, then how the load is spread, then the scores."""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from matching.counting import by_counting
from matching.errors import ScoresTooLarge
from matching.flows import COST_MAX, add_arcs
from matching.tables import I32, I64, Bool

# Places beyond what a request needs at least are a class of their own, behind every request.
SPARE = 0

Served = dict[int, int]  # urgency → places


@dataclass(frozen=True, slots=True)
class Market:
    """`request[i]` may take `helper[i]` with `gain[i]` ≥ 0; arcs are sorted by request, then helper.

    A request takes up to `wants` helpers, each once, `spare` of them beyond what it needs. Serving a request of
    greater `urgency` > 0 comes first. A helper takes as many as she has units; unit u belongs to `unit_helper[u]` and
    costs `unit_cost[u]` ≥ 0, not falling from one unit of a helper to the next. Of the arcs that share a `moment`
    ≥ 0, all of one helper, one is taken at most. As many as can be of the arcs that are `kept` are chosen, before
    cost and gain.
    """

    request: I32
    helper: I32
    gain: I64
    urgency: I64
    unit_helper: I32
    unit_cost: I64
    wants: I64
    spare: I64 | None = None
    moment: I64 | None = None
    kept: Bool | None = None


def assign(market: Market, hoped: Served | None = None) -> I64:
    """Rows of the arcs chosen: the lexicographic optimum of urgency served, arcs kept, cost of units, gain.

    `hoped` is how many of each urgency a market with more arcs could serve: where this one still can, the first of
    the two flows below is spared.

    The sets of places that can be filled together are the independent sets of a matroid: those that vertex-disjoint
    paths link to units of helpers, place → arc → moment → unit, which is a gammoid (Perfect 1968; an arc and a
    moment are a vertex each, so that nobody fills two places of a request, or sits in two rooms at once). So every
    best set holds the same number of places of each urgency; a first flow finds these numbers, and a second, bound to
    them, settles cost and gain. No weight has to be big enough to stand for a tier of urgencies. (Edmonds, "Matroids
    and the greedy algorithm", 1971; flows: Goldberg's cost scaling in OR-Tools.)

    Spare places are elements of the same matroid in a last class. A request's places have the same arcs, so any of
    them may stand for any other: the greedy algorithm fills those it needs first, and a set that is best with spare
    places is best without them.

    Where nobody wants several, no moment is shared and nothing is kept there is a quicker way to the same
    (`counting.py`).
    Raises ScoresTooLarge where cost and gain together leave 64 bits.
    """
    if not market.request.size or not market.unit_helper.size:
        return np.zeros(0, dtype=np.int64)
    if _plain(market):
        return by_counting(
            *(market.request, market.helper, market.gain, market.urgency),
            *(market.unit_helper, market.unit_cost),
        )
    net = _Net(market)
    rows = None if hoped is None else net.best(net.waiting_if(hoped))
    if rows is None:
        rows = net.best(net.waiting())
    assert rows is not None, "the first flow is one of those the second may be"
    return rows


def _plain(market: Market) -> bool:
    """One helper for each request, no moment to share, and nothing to keep."""
    several = market.wants[market.request] != 1
    spare = market.spare is not None and market.spare[market.request].any()
    shared = market.moment is not None and (market.moment >= 0).any()
    kept = market.kept is not None and market.kept.any()
    return not (several.any() or spare or shared or kept)


def served(market: Market, rows: I64) -> Served:
    """How many places of each urgency these rows fill."""
    requests, filled = np.unique(market.request[rows], return_counts=True)
    needed = filled if market.spare is None else np.minimum(filled, (market.wants - market.spare)[requests])
    found: Served = {SPARE: int((filled - needed).sum())}
    for urgency, many in zip(market.urgency[requests].tolist(), needed.tolist(), strict=True):
        found[urgency] = found.get(urgency, 0) + many
    return found


class _Net:
    """Nodes: requests with an arc, helpers with an arc, moments, one for each class of urgency, the sink."""

    def __init__(self, market: Market) -> None:
        self.market = market
        rows, self.tail = np.unique(market.request, return_inverse=True)
        helpers, owner = np.unique(market.helper, return_inverse=True)
        self.requests, self.helpers = rows.size, helpers.size
        self.wants = market.wants[rows]
        self.spare = np.zeros_like(self.wants) if market.spare is None else market.spare[rows]
        # The last class stands first, so that its number is 0.
        last = [SPARE] if self.spare.any() else []
        self.classes = np.unique(np.append(market.urgency[rows], np.array(last, dtype=np.int64)))
        self.of_class = np.searchsorted(self.classes, market.urgency[rows])
        self.head = self.requests + owner
        self.moment_owner = np.zeros(0, dtype=np.int64)
        if market.moment is not None:
            timed = np.flatnonzero(market.moment >= 0)
            _, first, at = np.unique(market.moment[timed], return_index=True, return_inverse=True)
            self.moment_owner = self.requests + owner[timed[first]]
            self.head[timed] = self.requests + self.helpers + at
        self.first_class = self.requests + self.helpers + self.moment_owner.size
        known = np.isin(market.unit_helper, helpers)
        self.unit = np.searchsorted(helpers, market.unit_helper[known])
        self.unit_cost = market.unit_cost[known]
        self.sink = self.first_class + self.classes.size

    def waiting(self) -> I64:
        """How many places of each class must stay empty."""
        flow = min_cost_flow.SimpleMinCostFlow()
        everyone = np.arange(self.requests)
        places = np.bincount(self.unit, minlength=self.helpers)
        add_arcs(flow, self.tail, self.head)
        self._moments(flow)
        add_arcs(flow, self.requests + np.arange(self.helpers), self.sink, places)
        waits = add_arcs(flow, everyone, self.sink, self.wants - self.spare, cost=1 + self.of_class)
        some = np.flatnonzero(self.spare)
        spared = add_arcs(flow, some, self.sink, self.spare[some], cost=1)
        flow.set_nodes_supplies(everyone.astype(np.int32), self.wants)
        flow.set_node_supply(self.sink, -int(self.wants.sum()))
        self._solve(flow)
        return self._by_class(np.asarray(flow.flows(waits)), int(np.asarray(flow.flows(spared)).sum()))

    def waiting_if(self, hoped: Served) -> I64:
        """The same if as many are served as hoped; below 0 where so many no longer ask."""
        there = self._by_class(self.wants - self.spare, int(self.spare.sum()))
        served = np.array([hoped.get(int(urgency), 0) for urgency in self.classes], dtype=np.int64)
        # Who has no arc left is of no class: then more of the lesser may be served.
        return there - served if served.sum() == sum(hoped.values()) else np.full_like(there, -1)

    def _by_class(self, places: I64, spare: int) -> I64:
        found = np.bincount(self.of_class, weights=places, minlength=self.classes.size).astype(np.int64)
        if spare:
            found[0] += spare
        return found

    def _moments(self, flow: min_cost_flow.SimpleMinCostFlow) -> None:
        add_arcs(
            flow,
            self.requests + self.helpers + np.arange(self.moment_owner.size),
            self.moment_owner,
        )

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
        away = self._away(tier)
        cost = int(away.max()) + tier * int(self.unit_cost.max()) + int(top.max())
        if cost * (self.sink + 2) >= COST_MAX:
            raise ScoresTooLarge(cost, self.sink + 1)
        chosen = add_arcs(flow, self.tail, self.head, cost=away + int(top.max()) - market.gain)
        self._moments(flow)
        add_arcs(flow, self.requests + self.unit, self.sink, cost=tier * self.unit_cost)
        some = np.flatnonzero(waiting[self.of_class] > 0)
        add_arcs(flow, some, self.first_class + self.of_class[some], (self.wants - self.spare)[some])
        if waiting[0] > 0:
            some = np.flatnonzero(self.spare)
            add_arcs(flow, some, self.first_class, self.spare[some])
        supply = np.zeros(self.sink + 1, dtype=np.int64)
        supply[: self.requests] = self.wants
        supply[self.first_class : self.sink] = -waiting
        supply[self.sink] = int(waiting.sum()) - int(self.wants.sum())
        flow.set_nodes_supplies(np.arange(self.sink + 1, dtype=np.int32), supply)
        if not self._solve(flow):
            return None
        return np.flatnonzero(np.asarray(flow.flows(chosen)))

    def _away(self, tier: int) -> I64:
        """What each arc costs for not being one of those kept: more than all that load and gains can differ by."""
        kept = self.market.kept
        if kept is None or not kept.any():
            return np.zeros(self.tail.size, dtype=np.int64)
        dearest = np.sort(self.unit_cost)[-int(self.wants.sum()) :]
        return np.where(kept, 0, tier * (1 + int(dearest.sum())))

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
    order = np.argsort(helper.astype(np.int64) * (int(minutes.max(initial=0)) + 1) + minutes, kind="stable")
    owner, length = helper[order], minutes[order]
    first = np.searchsorted(owner, np.arange(minutes_left.size), side="left")
    total = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(length)])
    used = total[1:] - total[first[owner]]
    fits: Bool = used <= minutes_left[owner]
    return np.bincount(owner[fits], minlength=minutes_left.size).astype(np.int64)
