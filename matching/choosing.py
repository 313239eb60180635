"""The flow, and the visits of one helper side by side: pairs are given up until every helper's visits fit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.arcs import Arcs
from matching.assignment import Market, Served, assign, places_for, served, units
from matching.errors import PinsClash
from matching.mending import Mending
from matching.plan import Slot, Value
from matching.problem import urgency
from matching.tables import I64, Bool, Tables
from matching.timing import Opening, first_clear, openings, place

# After so many solves a helper whose visits keep clashing is given one visit at most.
SOLVES_MAX = 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """`rows` of arcs, pinned ones among them, with a slot each; `bound` is the value before visits had to fit."""

    rows: I64
    slots: dict[int, Slot]
    value: Value
    bound: Value
    cuts: int


def choose(t: Tables, arcs: Arcs) -> Chosen:
    """The best rows of arcs. Exact where no helper's visits clash (always, with one visit each).

    Raises PinsClash, ScoresTooLarge.
    """
    market = _Round(t, arcs)
    open_ = market.allowed.copy()
    single = np.zeros(len(t.helpers.ids), dtype=np.bool_)
    bound: Value | None = None
    for solve in range(SOLVES_MAX + len(t.helpers.ids)):
        rows = np.union1d(market.solve(open_, single), np.flatnonzero(arcs.pinned))
        bound = bound or market.value(rows)
        slots, clashing = market.seat(rows)
        if not clashing.size:
            cuts = int(market.allowed.sum() - open_.sum())
            if cuts:
                rows, slots = market.mend(rows, slots)
            return Chosen(rows, slots, market.value(rows), bound, cuts)
        open_[clashing] = False
        if solve >= SOLVES_MAX:
            single[arcs.helper[clashing]] = True
    raise AssertionError("every solve after the first gives up a pair")


class _Round:
    def __init__(self, t: Tables, arcs: Arcs) -> None:
        self.t, self.arcs = t, arcs
        problem = t.problem
        self.urgency = np.array([urgency(r, problem.limits) for r in problem.requests], dtype=np.int64)
        self.minutes = t.requests.minutes.astype(np.int64)
        pinned = np.flatnonzero(arcs.pinned)
        helpers = len(t.helpers.ids)
        self.pins = np.bincount(arcs.helper[pinned], minlength=helpers)
        spent = np.bincount(
            arcs.helper[pinned], weights=self.minutes[arcs.request[pinned]], minlength=helpers
        )
        self.visits_left = t.helpers.visits_left - self.pins
        self.minutes_left = t.helpers.minutes_left.astype(np.int64) - spent.astype(np.int64)
        self.settled = np.isin(arcs.request, arcs.request[pinned])
        self.hoped: Served | None = None
        self.opened: dict[tuple[int, int], list[Opening]] = {}
        self._accept_pins(pinned)
        self.allowed = self._allowed(pinned)

    def _accept_pins(self, pinned: I64) -> None:
        ids = self.t.helpers.ids
        requests, times = np.unique(self.arcs.request[pinned], return_counts=True)
        for twice in requests[times > 1]:
            raise PinsClash(self.t.requests.ids[twice], "pinned to two helpers")
        for over in np.flatnonzero((self.visits_left < 0) & (self.pins > 0)):
            raise PinsClash(ids[over], "more visits than she has left")
        _, clashing = self.seat(pinned)
        for row in clashing:
            raise PinsClash(ids[self.arcs.helper[row]], "the visits do not fit into her time")

    def _allowed(self, pinned: I64) -> Bool:
        """Rows the flow may take: not of a pinned request, and beside the pins of its helper."""
        open_ = ~self.settled
        for row in np.flatnonzero(open_ & (self.pins[self.arcs.helper] > 0)):
            beside = pinned[self.arcs.helper[pinned] == self.arcs.helper[row]].tolist()
            open_[row] = self._place([*beside, int(row)]) is not None
        return open_

    def solve(self, open_: Bool, single: Bool) -> I64:
        arcs = self.arcs
        rows = np.flatnonzero(open_)
        places = places_for(self.minutes[arcs.request[rows]], arcs.helper[rows], self.minutes_left)
        places = np.minimum(places, np.where(single, 1, self.visits_left))
        load = self.t.helpers.load + self.pins
        owner, cost = units(load, np.maximum(0, places), self.t.problem.limits.load_steps)
        market = Market(arcs.request[rows], arcs.helper[rows], arcs.score[rows], self.urgency, owner, cost)
        taken = assign(market, self.hoped)
        self.hoped = served(market, taken)
        return rows[taken]

    def value(self, rows: I64) -> Value:
        visits = np.bincount(self.arcs.helper[rows], minlength=len(self.t.helpers.ids))
        _, cost = units(self.t.helpers.load.astype(np.int64), visits, self.t.problem.limits.load_steps)
        urgent = sum(int(u) for u in self.urgency[self.arcs.request[rows]])
        return Value(rows.size, urgent, int(cost.sum()), int(self.arcs.score[rows].sum()))

    def seat(self, rows: I64) -> tuple[dict[int, Slot], I64]:
        """A slot for each row, and the rows to give up where a helper's visits do not fit together."""
        arcs = self.arcs
        slots: dict[int, Slot] = {}
        clashing: list[int] = []
        order = np.lexsort(
            (arcs.request[rows], -arcs.score[rows], -self.urgency[arcs.request[rows]], ~arcs.pinned[rows])
        )
        ranked = rows[order]
        by_helper = ranked[np.argsort(arcs.helper[ranked], kind="stable")]
        ends = np.flatnonzero(np.diff(arcs.helper[by_helper])) + 1
        for group in np.split(by_helper, ends) if by_helper.size else []:
            kept: list[int] = []
            placed: list[Slot] = []
            for row in group.tolist():
                seated = self._place([*kept, row])
                if seated is None:
                    clashing.append(row)
                else:
                    kept, placed = [*kept, row], seated
            helper = self.t.problem.helpers[int(arcs.helper[group[0]])]
            for row, slot in zip(kept, placed, strict=True):
                slots[row] = first_clear(helper, slot, self.t.problem.limits)
        return slots, np.array(clashing, dtype=np.int64)

    def mend(self, rows: I64, slots: dict[int, Slot]) -> tuple[I64, dict[int, Slot]]:
        places = self.t.helpers.visits_left.astype(np.int64)
        mended = Mending(self.arcs, self.allowed, self.urgency, places, rows, self._fit).run()
        mended_slots, clashing = self.seat(mended)
        return (rows, slots) if clashing.size else (mended, mended_slots)

    def _fit(self, rows: Sequence[int]) -> bool:
        return self._place(rows) is not None

    def _place(self, rows: Sequence[int]) -> list[Slot] | None:
        """Slots for these visits of one helper, or None if they do not fit into her minutes or side by side."""
        helper = self.arcs.helper[rows[0]]
        requests = self.arcs.request[list(rows)]
        if len(rows) > 1 and self.minutes[requests].sum() > self.t.helpers.minutes_left[helper]:
            return None
        return place([(int(self.minutes[r]), self._openings(int(r), int(helper))) for r in requests])

    def _openings(self, request: int, helper: int) -> list[Opening]:
        problem, key = self.t.problem, (request, helper)
        if key not in self.opened:
            asked = problem.requests[request]
            self.opened[key] = openings(problem.helpers[helper], asked, problem.on, problem.limits)
        return self.opened[key]
