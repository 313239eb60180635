"""Room for those who went unserved only because pairs were given up while visits were made to fit."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush

import numpy as np

from matching.arcs import Arcs
from matching.tables import I64, Bool

# So many sets of visits are tried against a helper's time; a count, since a clock would decide differently each day.
TRIES_MAX = 50_000

Fits = Callable[[Sequence[int]], bool]


class Mending:
    """A plan in the making: who has which rows, and moves that serve one more, or one who stands further in front.

    Each move raises the urgency served, so there is an end. `fits` says whether rows of one helper go side by side;
    `fixed` rows stay where they are.
    """

    def __init__(
        self, arcs: Arcs, allowed: Bool, fixed: Bool, urgency: I64, visits_left: I64, rows: I64, fits: Fits
    ) -> None:
        self.arcs, self.allowed, self.fixed, self.urgency = arcs, allowed, fixed, urgency
        self.visits_left, self.fits = visits_left, fits
        self.tries = 0
        self.given: dict[int, list[int]] = defaultdict(list)
        for row in rows.tolist():
            self.given[int(arcs.helper[row])].append(row)
        waiting = np.setdiff1d(arcs.request[allowed], arcs.request[rows])
        self.queue = [(-int(urgency[r]), int(r)) for r in waiting]
        heapify(self.queue)

    def run(self) -> I64:
        """The rows of the mended plan."""
        while self.queue and self.tries < TRIES_MAX:
            _, request = heappop(self.queue)
            if not (self._add(request) or self._shift(request)):
                self._replace(request)
        return np.array(sorted(row for rows in self.given.values() for row in rows), dtype=np.int64)

    def _options(self, request: int) -> Iterator[tuple[int, int]]:
        """Rows and helpers of a request, best score first."""
        low, high = np.searchsorted(self.arcs.request, [request, request + 1])
        rows = np.arange(low, high)[self.allowed[low:high]]
        for row in rows[np.argsort(-self.arcs.score[rows], kind="stable")].tolist():
            yield row, int(self.arcs.helper[row])

    def _room(self, rows: Sequence[int], helper: int) -> bool:
        self.tries += 1
        return len(rows) <= self.visits_left[helper] and self.fits(rows)

    def _add(self, request: int) -> bool:
        for row, helper in self._options(request):
            if self._room([*self.given[helper], row], helper):
                self.given[helper].append(row)
                return True
        return False

    def _exchanges(self, request: int) -> Iterator[tuple[int, int, int, list[int]]]:
        """Row, helper, the visit she would give up for it, and those she would then have."""
        for row, helper in self._options(request):
            for own in [own for own in self.given[helper] if not self.fixed[own]]:
                after = [*(one for one in self.given[helper] if one != own), row]
                if self._room(after, helper):
                    yield row, helper, own, after

    def _shift(self, request: int) -> bool:
        """She takes this one, and somebody else takes one of hers."""
        for _, helper, own, after in self._exchanges(request):
            for other_row, other in self._options(int(self.arcs.request[own])):
                if other != helper and self._room([*self.given[other], other_row], other):
                    self.given[helper] = after
                    self.given[other].append(other_row)
                    return True
        return False

    def _replace(self, request: int) -> None:
        """She takes this one instead of the least urgent she has, if that is less urgent."""
        mine = self.urgency[request]
        gained = [
            (int(self.urgency[self.arcs.request[own]]), own, helper, after)
            for _, helper, own, after in self._exchanges(request)
            if self.urgency[self.arcs.request[own]] < mine
        ]
        if gained:
            urgency, own, helper, after = min(gained, key=lambda move: move[:2])
            self.given[helper] = after
            heappush(self.queue, (-urgency, int(self.arcs.request[own])))
