"""Pairs that nobody would leave for each other: deferred acceptance over two-sided preferences."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import numpy as np

from matching.arcs import Arcs
from matching.choosing import Chosen, Visits
from matching.plan import Slot
from matching.tables import I32, I64, Tables
from matching.timing import first_clear

# So often may two who would leave their own for each other do so, where hours bind.
REPAIRS_MAX = 100


def settle(t: Tables, arcs: Arcs) -> Chosen:
    """The stable rows that are best for every request at once, each helper with as many as she has visits left.

    A matching is stable if no request and helper who are parted would both gain. Requests ask in turn down their
    list; a helper keeps the best of those who ask and sends the others on. Whatever the order of asking, each
    request ends with the best helper it has in any stable matching, and the same requests are served in all of them
    (Gale and Shapley, "College admissions and the stability of marriage", 1962; Roth, "On the allocation of
    residents to rural hospitals", 1986). Pins are kept and nobody asks in their place.

    That holds while numbers of visits bind her. Where her hours do, she keeps in order of preference what fits
    beside what she has; a stable matching may then not exist, and `tried_all` says whether this one is.
    Raises PinsClash.
    """
    market = _Market(t, arcs)
    stable = market.run()
    rows = np.array(sorted(row for held in market.held.values() for row in held), dtype=np.int64)
    value = market.visits.value(rows)
    return Chosen(rows, market.slots(), value, value, market.refused, tried_all=stable)


def standing(named: Sequence[UUID], who: UUID, score: int, one: UUID) -> tuple[int, int, UUID]:
    """How far down somebody stands, the least is best: those named in order, the others by score, then by id."""
    return (named.index(who) if who in named else len(named), -score, one)


class _Market:
    """`by_request` and `by_helper` say of each row how far down it stands with its request and its helper."""

    def __init__(self, t: Tables, arcs: Arcs) -> None:
        self.t, self.arcs, self.visits = t, arcs, Visits(t, arcs)
        self.by_request, self.by_helper = _by_request(t, arcs), _by_helper(t, arcs)
        self.held: dict[int, list[int]] = defaultdict(list)
        for row in np.flatnonzero(arcs.pinned).tolist():
            self.held[int(arcs.helper[row])].append(row)
        self.lists = self._lists()
        self.refused = 0  # for want of a time, not of a visit

    def run(self) -> bool:
        """Settle all; False if somebody would still leave after `REPAIRS_MAX` moves more."""
        self._ask(sorted(self.lists, reverse=True))
        # Sent away for want of a time, one may fit when another has gone: it asks again (Roth and Vande Vate, 1990).
        for _ in range(REPAIRS_MAX if self.refused else 0):
            row = self._blocking()
            if row is None:
                return True
            self._ask([*self._leave(int(self.arcs.request[row])), *self._offer(row)])
        return not self.refused or self._blocking() is None

    def _leave(self, request: int) -> list[int]:
        """Take a request from its helper: those that fit no more without it, since places are sought in turn."""
        for helper, rows in self.held.items():
            rest = [one for one in rows if self.arcs.request[one] != request]
            if len(rest) < len(rows):
                self.held[helper] = self._in_turn(rest)
                return [int(self.arcs.request[one]) for one in sorted(set(rest) - set(self.held[helper]))]
        return []

    def _ask(self, asking: list[int]) -> None:
        while asking:
            request = asking.pop()
            if self.lists[request]:
                asking += self._offer(self.lists[request].pop())

    def _offer(self, row: int) -> list[int]:
        """The requests that their helper sends on when this one asks her."""
        helper = int(self.arcs.helper[row])
        before = self.held[helper]
        self.held[helper] = self._keeps(before, row)
        return [int(self.arcs.request[one]) for one in sorted({*before, row} - set(self.held[helper]))]

    def _lists(self) -> dict[int, list[int]]:
        """Of each request without a pin its rows, the dearest last."""
        arcs = self.arcs
        pinned = np.isin(arcs.request, arcs.request[arcs.pinned])
        order = np.lexsort((-self.by_request, arcs.request))
        lists: dict[int, list[int]] = defaultdict(list)
        for row in order[~pinned[order]].tolist():
            lists[int(arcs.request[row])].append(row)
        return lists

    def _keeps(self, held: Sequence[int], row: int) -> list[int]:
        """Of these and one more, those she keeps: what is pinned, then in order of liking what fits beside it."""
        places = int(self.t.helpers.visits_left[self.arcs.helper[row]])
        if len(held) < places and self.visits.place([*held, row]) is not None:
            return [*held, row]
        return self._in_turn([*held, row])

    def _in_turn(self, rows: Sequence[int]) -> list[int]:
        kept: list[int] = []
        for one in sorted(rows, key=lambda i: (not self.arcs.pinned[i], self.by_helper[i])):
            if len(kept) == self.t.helpers.visits_left[self.arcs.helper[one]]:
                break
            if self.visits.place([*kept, one]) is not None:
                kept.append(one)
            else:
                self.refused += 1
        return kept

    def _blocking(self) -> int | None:
        """The first row whose two are parted and would both gain."""
        arcs, refused = self.arcs, self.refused
        rows = [row for held in self.held.values() for row in held]
        has = np.full(len(self.t.requests.ids), np.iinfo(np.int64).max, dtype=np.int64)
        has[arcs.request[rows]] = np.where(arcs.pinned[rows], -1, self.by_request[rows])
        better = np.flatnonzero(self.by_request < has[arcs.request]).tolist()
        found = next(
            (row for row in better if row in self._keeps(self.held[int(arcs.helper[row])], row)), None
        )
        self.refused = refused
        return found

    def slots(self) -> dict[int, Slot]:
        problem = self.t.problem
        found: dict[int, Slot] = {}
        for helper, rows in self.held.items():
            placed = self.visits.place(rows) if rows else []
            assert placed is not None, "she keeps only what fits"
            for row, slot in zip(rows, placed, strict=True):
                found[row] = first_clear(problem.helpers[helper], slot, problem.limits)
        return found


def _by_request(t: Tables, arcs: Arcs) -> I64:
    named = [request.prefers for request in t.problem.requests]
    return _down(
        arcs.request, arcs.helper, arcs.score, _places(arcs.request, arcs.helper, named, t.helpers.ids)
    )


def _by_helper(t: Tables, arcs: Arcs) -> I64:
    named = [helper.prefers for helper in t.problem.helpers]
    recipients = [request.recipient for request in t.problem.requests]
    return _down(arcs.helper, arcs.request, arcs.score, _places(arcs.helper, arcs.request, named, recipients))


def _places(whose: I32, other: I32, named: Sequence[Sequence[UUID]], ids: Sequence[UUID]) -> I64:
    """Of each row the place that somebody's list gives the other; the same after all where it does not name her."""
    place = [{one: i for i, one in enumerate(names)} for names in named]
    found = np.array([len(names) for names in named], dtype=np.int64)[whose]
    some = np.array([bool(names) for names in named], dtype=np.bool_)[whose]
    for row in np.flatnonzero(some).tolist():
        found[row] = place[whose[row]].get(ids[other[row]], found[row])
    return found


def _down(whose: I32, other: I32, score: I64, place: I64) -> I64:
    order = np.lexsort((other, -score, place, whose))
    ranked = whose[order]
    down = np.empty(whose.size, dtype=np.int64)
    down[order] = np.arange(whose.size) - np.searchsorted(ranked, ranked, side="left")
    return down
