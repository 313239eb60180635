"""Several helpers for one request: one time at which all of them come, and all of them or nobody."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np

from matching.eligibility import sweep
from matching.errors import PinsClash
from matching.problem import DatedWindow, Problem, Request
from matching.scoring import terms
from matching.tables import I32, Tables
from matching.timing import openings, week_start

# With so many requests for several, every choice among them is tried; beyond, the hopeless are dropped one by one.
TRIED_ALL_MAX = 5
# So many more choices are then looked at for a better one.
TRIES_MAX = 20
# A time at which so many times as many could come as are wanted is as good as one at which more could.
PLENTY = 2


def set_times(t: Tables) -> Problem:
    """The problem with one time for each request for several helpers: that at which most could come.

    Where plenty could come at several times, the one with the best scores, then the earliest. Raises PinsClash
    where the pinned have no common time.
    """
    timed = {
        request.id: _timed(t, row, request)
        for row, request in enumerate(t.problem.requests)
        if request.demand > 1
    }
    if not timed:
        return t.problem
    return replace(t.problem, requests=tuple(timed.get(r.id, r) for r in t.problem.requests))


def _timed(t: Tables, row: int, request: Request) -> Request:
    helpers = sweep(t, row)[1]
    score = terms(t, np.full(helpers.size, row, dtype=np.int32), helpers).sum(axis=1).tolist()
    pinned = {pin.helper for pin in t.problem.pins if pin.request == request.id}
    best: tuple[tuple[int, int, int, int], date, int] | None = None
    for on, start, there in _meetings(t, request, helpers):
        if pinned <= {t.helpers.ids[helpers[i]] for i in there}:
            top = sorted((score[i] for i in there), reverse=True)[: request.demand]
            crowd = min(len(there), PLENTY * request.demand)
            rank = (crowd, sum(top), -on.toordinal(), -start)
            best = max(best, (rank, on, start)) if best else (rank, on, start)
    if best is None:
        if pinned:
            raise PinsClash(request.id, "the pinned helpers have no common time")
        return request
    _, on, start = best
    return replace(request, dates=(DatedWindow(on, start, start + request.minutes),))


def _meetings(t: Tables, request: Request, helpers: I32) -> Iterator[tuple[date, int, list[int]]]:
    """Every time at which one of the helpers could begin first, with all who could come then."""
    free: dict[date, list[tuple[int, int, int]]] = defaultdict(list)
    for i, helper in enumerate(helpers.tolist()):
        for opening in openings(t.problem.helpers[helper], request, t.problem.on, t.problem.limits):
            base = week_start(opening.on)
            free[opening.on].append((opening.start - base, opening.end - base - request.minutes, i))
    for on, spans in sorted(free.items()):
        for start in sorted({begin for begin, _, _ in spans}):
            yield on, start, sorted({i for begin, last, i in spans if begin <= start <= last})


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
