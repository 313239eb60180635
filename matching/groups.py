"""Several helpers for one request, and requests that stand or fall together: one time for all, and all or nobody."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from uuid import UUID

import numpy as np

from matching.eligibility import sweep
from matching.errors import PinsClash
from matching.plan import Held, Slot
from matching.problem import DatedWindow, Problem, Request
from matching.scoring import terms
from matching.tables import Tables
from matching.timing import openings, week_start

# With so many bundles, every choice among them is tried; beyond, the hopeless are dropped one by one.
TRIED_ALL_MAX = 5
# So many more choices are then looked at for a better one.
TRIES_MAX = 20
# A time at which so many times as many could come as are wanted is as good as one at which more could.
PLENTY = 2

Bundle = frozenset[int]  # rows of requests that are staffed all or none


def bundles(requests: Sequence[Request]) -> list[Bundle]:
    """The requests of each link, and every other one that needs two helpers or more."""
    linked: dict[UUID, set[int]] = defaultdict(set)
    found: list[Bundle] = []
    for row, request in enumerate(requests):
        if request.link is not None:
            linked[request.link].add(row)
        elif request.least > 1:
            found.append(frozenset([row]))
    return sorted([*found, *map(frozenset, linked.values())], key=min)


def set_times(t: Tables, held: Held | None = None) -> Problem:
    """The problem with one time for each request, or link of requests, whose helpers come together.

    It is that at which most of them find as many as they need, then most of those held for it could still come, then
    most helpers; where plenty could come at several times, the one with the best scores, then the earliest. Raises
    PinsClash where the pinned have no common time.
    """
    timed: dict[UUID, Request] = {}
    for rows in _meetings(t.problem.requests):
        timed |= _timed(t, rows, held or {})
    if not timed:
        return t.problem
    return replace(t.problem, requests=tuple(timed.get(r.id, r) for r in t.problem.requests))


def _meetings(requests: Sequence[Request]) -> list[list[int]]:
    found: dict[UUID, list[int]] = defaultdict(list)
    for row, request in enumerate(requests):
        if request.meets:
            found[request.id if request.link is None else request.link].append(row)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Side:
    """One request of a meeting: who could begin when (first and last minute of a day), her score, who is pinned, and
    when those who are held for it were to come.
    """

    request: Request
    free: dict[date, list[tuple[int, int, int]]]
    score: dict[int, int]
    pinned: frozenset[int]
    held: dict[int, Slot]

    def there(self, on: date, start: int) -> set[int]:
        return {helper for begin, last, helper in self.free.get(on, ()) if begin <= start <= last}

    def kept(self, on: date, start: int, there: set[int]) -> int:
        """How many of those held come at the hour agreed."""
        return sum(
            helper in there and (slot.on, slot.start) == (on, start) for helper, slot in self.held.items()
        )


def _side(t: Tables, row: int, held: Held) -> _Side:
    request, helpers = t.problem.requests[row], sweep(t, row)[1]
    points = terms(t, np.full(helpers.size, row, dtype=np.int32), helpers).sum(axis=1).tolist()
    pinned = {pin.helper for pin in t.problem.pins if pin.request == request.id}
    free: dict[date, list[tuple[int, int, int]]] = defaultdict(list)
    for helper in helpers.tolist():
        for opening in openings(t.problem.helpers[helper], request, t.problem.on, t.problem.limits):
            base = week_start(opening.on)
            free[opening.on].append((opening.start - base, opening.end - base - request.minutes, helper))
    rows = frozenset(i for i, who in enumerate(t.helpers.ids) if who in pinned) if pinned else frozenset()
    agreed = {choice.helper: slot for choice, slot in held.items() if choice.request == request.id}
    hours = {i: agreed[who] for i, who in enumerate(t.helpers.ids) if who in agreed} if agreed else {}
    return _Side(request, free, dict(zip(helpers.tolist(), points, strict=True)), rows, hours)


def _timed(t: Tables, rows: Sequence[int], held: Held) -> dict[UUID, Request]:
    sides = [_side(t, row, held) for row in rows]
    best: tuple[tuple[int, ...], date, int] | None = None
    for on, start in _starts(sides):
        there = [side.there(on, start) for side in sides]
        if all(side.pinned <= who for side, who in zip(sides, there, strict=True)):
            enough, crowd, points = _crowd(sides, there)
            kept = sum(side.kept(on, start, who) for side, who in zip(sides, there, strict=True))
            rank = (enough, kept, crowd, points, -on.toordinal(), -start)
            best = max(best, (rank, on, start)) if best else (rank, on, start)
    if best is None:
        if any(side.pinned for side in sides):
            raise PinsClash(sides[0].request.id, "the pinned helpers have no common time")
        return {}
    _, on, start = best
    minutes = sides[0].request.minutes
    at = (DatedWindow(on, start, start + minutes),)
    return {side.request.id: replace(side.request, dates=at) for side in sides}


def _starts(sides: Sequence[_Side]) -> Iterator[tuple[date, int]]:
    """Every time at which one of the helpers could begin first."""
    for on in sorted(set().union(*(side.free for side in sides))):
        for start in sorted({begin for side in sides for begin, _, _ in side.free.get(on, ())}):
            yield on, start


def _crowd(sides: Sequence[_Side], there: Sequence[set[int]]) -> tuple[int, int, int]:
    """Of a time: sides with as many as they need, helpers that count, points of the best of them."""
    enough = crowd = points = 0
    for side, who in zip(sides, there, strict=True):
        enough += len(who) >= side.request.least
        crowd += min(len(who), PLENTY * side.request.demand)
        points += sum(sorted((side.score[helper] for helper in who), reverse=True)[: side.request.demand])
    return enough, crowd, points


def choices(groups: Sequence[int], must: frozenset[int]) -> Iterator[frozenset[int]]:
    """Every choice among the groups with those that must be in it, the largest first."""
    free = [group for group in groups if group not in must]
    for size in range(len(free), -1, -1):
        for some in combinations(free, size):
            yield must | frozenset(some)


def drop_and_resolve(
    groups: Sequence[int], must: frozenset[int], lacking: Callable[[frozenset[int]], int | None]
) -> frozenset[int]:
    """The groups that can all be staffed together, dropping one that lacks somebody at a time.

    `lacking` names one of a choice that cannot be staffed beside the others, or None if all can.
    """
    chosen = must | frozenset(groups)
    while (short := lacking(chosen)) is not None:
        chosen -= {short}
    return chosen
