"""The flow, and the visits of one helper side by side: pairs are given up until every helper's visits fit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.arcs import Arcs
from matching.assignment import SPARE, Market, Served, assign, places_for, served, units
from matching.errors import PinsClash
from matching.groups import TRIED_ALL_MAX, TRIES_MAX, Bundle, bundles, choices, drop_and_resolve
from matching.mending import Mending
from matching.plan import Held, Slot, Value
from matching.problem import urgency
from matching.seating import first_slots
from matching.tables import I64, Bool, Tables, among
from matching.timing import Opening, first_clear, openings, place, place_held

# After so many solves a helper whose visits keep clashing is given one visit at most.
SOLVES_MAX = 20


# Requests of a bundle that is to be served go before all others.
FIRST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Chosen:
    """`rows` of arcs, pinned ones among them, with a slot each; `bound` is the value before visits had to fit.

    `tried_all`: every choice among the bundles was looked at; `kept` rows were agreed before.
    """

    rows: I64
    slots: dict[int, Slot]
    value: Value
    bound: Value
    cuts: int
    tried_all: bool = True
    kept: int = 0

    @property
    def rank(self) -> tuple[int, int, int, int, int]:
        """Compares as plans do where some pairs are agreed: the greater is the better."""
        return (self.value.urgency, self.value.extra, self.kept, -self.value.load, self.value.score)


@dataclass(frozen=True, slots=True)
class _Short:
    """A choice of bundles that cannot all be staffed: the requests that lack somebody."""

    requests: frozenset[int]


def choose(t: Tables, arcs: Arcs, held: Held | None = None) -> Chosen:
    """The best rows of arcs, those of a bundle all that are needed or none; as many as can be of the pairs held.

    Exact where no helper's visits clash (always, with one visit each) and every choice among the bundles was tried;
    beyond `TRIED_ALL_MAX` of them, drop-and-resolve and then a few tries for better. Raises PinsClash,
    ScoresTooLarge.
    """
    every = bundles(t.problem.requests)
    kept = np.bincount(arcs.request, minlength=len(t.requests.ids))
    pinned = frozenset(np.unique(arcs.request[arcs.pinned]).tolist())
    could = [i for i, bundle in enumerate(every) if all(kept[r] >= t.requests.least[r] for r in bundle)]
    must = frozenset(i for i, bundle in enumerate(every) if bundle & pinned)
    if len(could) <= TRIED_ALL_MAX:
        found = [
            one
            for one in (_chosen(t, arcs, every, some, held or {}) for some in choices(could, must))
            if isinstance(one, Chosen)
        ]
        if not found:
            raise _too_few(t, every, must)
        # The first of equals: that with the most of them. Another choice may have lost more by its visits' clashing.
        bound = max((one.bound for one in found), key=lambda value: value.rank)
        return replace(max(found, key=lambda one: one.rank), bound=bound)
    return _among_many(t, arcs, every, could, must, held or {})


def _too_few(t: Tables, every: Sequence[Bundle], must: frozenset[int]) -> PinsClash:
    return PinsClash(t.requests.ids[min(every[min(must)])], "too few helpers beside the pinned")


def _among_many(
    t: Tables, arcs: Arcs, every: Sequence[Bundle], could: Sequence[int], must: frozenset[int], held: Held
) -> Chosen:
    seen: dict[frozenset[int], Chosen | _Short] = {}
    requests, limits = t.problem.requests, t.problem.limits
    urgent = {i: sum(urgency(requests[r], limits) for r in every[i]) for i in could}
    needed = {i: sum(requests[r].least for r in every[i]) for i in could}

    def look(some: frozenset[int]) -> Chosen | _Short:
        if some not in seen:
            seen[some] = _chosen(t, arcs, every, some, held)
        return seen[some]

    def lacking(some: frozenset[int]) -> int | None:
        outcome = look(some)
        if isinstance(outcome, Chosen):
            return None
        droppable = [i for i in some - must if every[i] & outcome.requests] or sorted(some - must)
        if not droppable:
            raise _too_few(t, every, must)
        return min(droppable, key=lambda i: (urgent[i], -needed[i], i))

    best = drop_and_resolve(could, must, lacking)
    top = look(best)
    assert isinstance(top, Chosen), "what is left after dropping can be staffed"
    for one in sorted(could, key=lambda i: (-urgent[i], i))[:TRIES_MAX]:
        other = look(best - {one} if one in best and one not in must else best | {one})
        if isinstance(other, Chosen) and other.rank > top.rank:
            best, top = best ^ {one}, other
    return replace(top, tried_all=False)


def _chosen(
    t: Tables, arcs: Arcs, every: Sequence[Bundle], some: frozenset[int], held: Held
) -> Chosen | _Short:
    """The best rows in which these bundles are staffed and no other is."""
    market = Visits(t, arcs, every, some, held)
    open_ = market.allowed.copy()
    single = np.zeros(len(t.helpers.ids), dtype=np.bool_)
    bound: Value | None = None
    for solve in range(SOLVES_MAX + len(t.helpers.ids)):
        rows = np.union1d(market.solve(open_, single), np.flatnonzero(arcs.pinned))
        if short := market.short(rows):
            return _Short(short)
        bound = bound or market.value(rows)
        slots, clashing = market.seat(rows)
        if not clashing.size:
            cuts = int(market.allowed.sum() - open_.sum())
            if cuts:
                rows, slots = market.mend(rows, slots)
            return Chosen(rows, slots, market.value(rows), bound, cuts, kept=int(market.kept[rows].sum()))
        open_[clashing] = False
        if solve >= SOLVES_MAX:
            single[arcs.helper[clashing]] = True
    raise AssertionError("every solve after the first gives up a pair")


class Visits:
    """The visits of a round beside its pins: who may take them, what they are worth, when they can be."""

    def __init__(
        self,
        t: Tables,
        arcs: Arcs,
        every: Sequence[Bundle] = (),
        some: frozenset[int] = frozenset(),
        held: Held | None = None,
    ) -> None:
        self.t, self.arcs = t, arcs
        self.held, self.kept = _held_rows(t, arcs, held or {})
        problem = t.problem
        self.of_bundles = np.zeros(len(t.requests.ids), dtype=np.bool_)
        self.of_bundles[sorted(frozenset[int]().union(*every))] = True
        self.groups = frozenset[int]().union(*(every[i] for i in some))
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
        had = np.bincount(arcs.request[pinned], minlength=len(t.requests.ids))
        self.wants = t.requests.demand.astype(np.int64) - had
        self.spare = self.wants - np.maximum(0, t.requests.least - had)
        self.moment = self._moments()
        self.first = self.urgency.copy()
        self.first[sorted(self.groups)] = FIRST
        self.hoped: Served | None = None
        self.opened: dict[tuple[int, int], list[Opening]] = {}
        self._accept_pins(pinned)
        self.allowed = self._allowed(pinned)

    def _accept_pins(self, pinned: I64) -> None:
        ids = self.t.helpers.ids
        for over in np.flatnonzero(self.wants < 0):
            raise PinsClash(self.t.requests.ids[over], "pinned to more helpers than it wants")
        for over in np.flatnonzero((self.visits_left < 0) & (self.pins > 0)):
            raise PinsClash(ids[over], "more visits than she has left")
        _, clashing = self.seat(pinned)
        for row in clashing:
            raise PinsClash(ids[self.arcs.helper[row]], "the visits do not fit into her time")

    def _allowed(self, pinned: I64) -> Bool:
        """Rows the flow may take: of a request that wants more than its pins, and beside the pins of its helper."""
        other_group = self.of_bundles & ~np.isin(np.arange(self.wants.size), sorted(self.groups))
        open_: Bool = (
            (self.wants[self.arcs.request] > 0) & ~self.arcs.pinned & ~other_group[self.arcs.request]
        )
        for row in np.flatnonzero(open_ & (self.pins[self.arcs.helper] > 0)):
            beside = pinned[self.arcs.helper[pinned] == self.arcs.helper[row]].tolist()
            open_[row] = self.place([*beside, int(row)]) is not None
        return open_

    def _moments(self) -> I64 | None:
        """Of each row a number for the helper and the time set, −1 where none is: she is in one place at a time."""
        requests = self.t.problem.requests
        times = sorted({r.dates[0] for r in requests if r.meets and len(r.dates) == 1})
        if not times:
            return None
        number = {at: i for i, at in enumerate(times)}
        at = np.array([number.get(r.dates[0], -1) if r.meets else -1 for r in requests], dtype=np.int64)
        of_row = at[self.arcs.request]
        return np.where(of_row < 0, -1, self.arcs.helper.astype(np.int64) * len(times) + of_row)

    def solve(self, open_: Bool, single: Bool) -> I64:
        arcs = self.arcs
        rows = np.flatnonzero(open_)
        places = places_for(self.minutes[arcs.request[rows]], arcs.helper[rows], self.minutes_left)
        places = np.minimum(places, np.where(single, 1, self.visits_left))
        load = self.t.helpers.load + self.pins
        owner, cost = units(load, np.maximum(0, places), self.t.problem.limits.load_steps)
        market = Market(
            arcs.request[rows],
            arcs.helper[rows],
            arcs.score[rows],
            self.first,
            owner,
            cost,
            self.wants,
            self.spare,
            None if self.moment is None else self.moment[rows],
            self.kept[rows],
        )
        taken = assign(market, self.hoped)
        self.hoped = served(market, taken)
        return rows[taken]

    def short(self, rows: I64) -> frozenset[int]:
        """Those requests of the chosen bundles that lack somebody."""
        had = np.bincount(self.arcs.request[rows], minlength=self.wants.size)
        return frozenset(r for r in self.groups if had[r] < self.t.requests.least[r])

    def value(self, rows: I64) -> Value:
        visits = np.bincount(self.arcs.helper[rows], minlength=len(self.t.helpers.ids))
        _, cost = units(self.t.helpers.load.astype(np.int64), visits, self.t.problem.limits.load_steps)
        requests, many = np.unique(self.arcs.request[rows], return_counts=True)
        extra = int((many - self.t.requests.least[requests]).sum())
        urgent = sum(int(u) for u in self.urgency[requests])
        return Value(requests.size, urgent, int(cost.sum()), int(self.arcs.score[rows].sum()), extra)

    def _standing(self, rows: I64) -> I64:
        """How far in front each row stands; the worst of those that a request could do without stand last."""
        arcs = self.arcs
        if not self.spare.any():
            return self.first[arcs.request[rows]]
        order = np.lexsort((arcs.helper[rows], -arcs.score[rows], ~arcs.pinned[rows], arcs.request[rows]))
        ranked = arcs.request[rows][order]
        place = np.arange(rows.size) - np.searchsorted(ranked, ranked, side="left")
        needed = np.empty(rows.size, dtype=np.bool_)
        needed[order] = place < self.t.requests.least[ranked]
        return np.where(needed, self.first[arcs.request[rows]], SPARE)

    def seat(self, rows: I64) -> tuple[dict[int, Slot], I64]:
        """A slot for each row, and the rows to give up where a helper's visits do not fit together."""
        arcs = self.arcs
        slots, clashing = self._seat_alone(rows)
        rows = rows[(np.bincount(arcs.helper[rows])[arcs.helper[rows]] > 1) | self.kept[rows]]
        order = np.lexsort(
            (
                arcs.request[rows],
                -arcs.score[rows],
                ~self.kept[rows],
                -self._standing(rows),
                ~arcs.pinned[rows],
            )
        )
        ranked = rows[order]
        by_helper = ranked[np.argsort(arcs.helper[ranked], kind="stable")]
        ends = np.flatnonzero(np.diff(arcs.helper[by_helper])) + 1
        for group in np.split(by_helper, ends) if by_helper.size else []:
            kept: list[int] = []
            placed: list[Slot] = []
            for row in group.tolist():
                seated = self.place([*kept, row])
                if seated is None:
                    clashing.append(row)
                else:
                    kept, placed = [*kept, row], seated
            helper = self.t.problem.helpers[int(arcs.helper[group[0]])]
            for row, slot in zip(kept, placed, strict=True):
                slots[row] = first_clear(helper, slot, self.t.problem.limits)
        return slots, np.array(clashing, dtype=np.int64)

    def _seat_alone(self, rows: I64) -> tuple[dict[int, Slot], list[int]]:
        """Slots of those who are the only one of their helper and at no hour agreed, and the rows of such that cannot be."""
        alone = rows[(np.bincount(self.arcs.helper[rows])[self.arcs.helper[rows]] == 1) & ~self.kept[rows]]
        found = first_slots(self.t, self.arcs.request[alone], self.arcs.helper[alone])
        seated = dict(zip(alone.tolist(), found, strict=True))
        return (
            {row: slot for row, slot in seated.items() if slot is not None},
            [row for row, slot in seated.items() if slot is None],
        )

    def mend(self, rows: I64, slots: dict[int, Slot]) -> tuple[I64, dict[int, Slot]]:
        places = self.t.helpers.visits_left.astype(np.int64)
        several = (self.of_bundles | (self.t.requests.demand > 1))[self.arcs.request]
        mended = Mending(
            self.arcs,
            self.allowed & ~several,
            self.arcs.pinned | several,
            self.urgency,
            places,
            rows,
            self._fit,
        ).run()
        mended_slots, clashing = self.seat(mended)
        return (rows, slots) if clashing.size else (mended, mended_slots)

    def _fit(self, rows: Sequence[int]) -> bool:
        return self.place(rows) is not None

    def place(self, rows: Sequence[int]) -> list[Slot] | None:
        """Slots for these visits of one helper, or None if they do not fit into her minutes or side by side."""
        helper = self.arcs.helper[rows[0]]
        requests = self.arcs.request[list(rows)]
        if len(rows) > 1 and self.minutes[requests].sum() > self.t.helpers.minutes_left[helper]:
            return None
        wishes = [(int(self.minutes[r]), self._openings(int(r), int(helper))) for r in requests]
        agreed = [self.held.get((int(r), int(helper))) for r in requests]
        return place_held(wishes, agreed) if any(agreed) else place(wishes)

    def _openings(self, request: int, helper: int) -> list[Opening]:
        problem, key = self.t.problem, (request, helper)
        if key not in self.opened:
            asked = problem.requests[request]
            self.opened[key] = openings(problem.helpers[helper], asked, problem.on, problem.limits)
        return self.opened[key]


def _held_rows(t: Tables, arcs: Arcs, held: Held) -> tuple[dict[tuple[int, int], Slot], Bool]:
    """The hours agreed by rows of request and helper, and which of the arcs are agreed."""
    request = {one: row for row, one in enumerate(t.requests.ids)} if held else {}
    helper = {one: row for row, one in enumerate(t.helpers.ids)} if held else {}
    rows = {
        (request[choice.request], helper[choice.helper]): slot
        for choice, slot in held.items()
        if choice.request in request and choice.helper in helper
    }
    keys = np.array(sorted(r * len(helper) + h for r, h in rows), dtype=np.int64)
    return rows, among(t.choice_key(arcs.request, arcs.helper), keys)
