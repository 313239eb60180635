"""Whom to consider: the nearest who may, searched outward from each home until enough are found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from matching.eligibility import CHUNK, eligible
from matching.grid import Grid
from matching.rows import distinct
from matching.scoring import scores
from matching.tables import EARTH_M, I32, I64, Bool, Tables

# At first so many times as many are looked at as are wanted, and at least so many; then as many as those found so far
# let expect, and at most so many times as many again.
LOOKED_AT = 3
LOOKED_AT_MIN = 32
WIDER_MAX = 4
# Distances on the grid are good to well under this.
SLACK_M = 50


@dataclass(frozen=True, slots=True)
class Candidates:
    """Eligible pairs as rows, sorted by request, then helper. `curtailed` requests have helpers nobody looked at."""

    request: I32
    helper: I32
    score: I64
    checked: int
    curtailed: Bool


def enough(t: Tables) -> int:
    """How many eligible helpers to keep for each request: everybody while the round is small."""
    limits = t.problem.limits
    return max(limits.candidates_min, limits.candidates_total // max(1, len(t.requests.ids)))


def search(t: Tables, wanted: int) -> Candidates:
    """Eligible helpers of each request: at least `wanted` each, or all there are.

    Around each request's home, among those who have its rarest skill, in squares that grow until enough are found
    (a fixed number of neighbours starves rare skills and hamlets). Standing partners and past helpers are looked
    at always.
    """
    found = _Found(t)
    found.look(*_known(t))
    for members, rows in _pools(t):
        if members.size:
            _Pool(t, members).search(rows, wanted, found)
    return found.result()


class _Found:
    """Pairs looked at so far and those that passed."""

    def __init__(self, t: Tables) -> None:
        self.t = t
        self.keys: list[I64] = []
        self.checked = 0
        self.curtailed = np.zeros(len(t.requests.ids), dtype=np.bool_)

    def look(self, request: I32, helper: I32) -> Bool:
        """Which of these pairs pass."""
        self.checked += request.size
        ok = eligible(self.t, request, helper)
        self.keys.append(self.t.choice_key(request[ok], helper[ok]))
        return ok

    def result(self) -> Candidates:
        keys = distinct(np.concatenate(self.keys))
        request, helper = pairs(self.t, keys)
        return Candidates(request, helper, scores(self.t, request, helper), self.checked, self.curtailed)


def pairs(t: Tables, keys: I64) -> tuple[I32, I32]:
    """Request and helper of each `choice_key`."""
    request, helper = np.divmod(keys, max(1, len(t.helpers.ids)))
    return request.astype(np.int32), helper.astype(np.int32)


def _known(t: Tables) -> tuple[I32, I32]:
    """Standing partners, past helpers, those who agreed and those who offered."""
    ties = np.concatenate([t.standing, t.past])
    helper, recipient = np.divmod(ties, max(1, t.recipients))
    order = np.argsort(t.requests.recipient, kind="stable").astype(np.int32)
    ranked = t.requests.recipient[order]
    low, high = np.searchsorted(ranked, recipient, "left"), np.searchsorted(ranked, recipient, "right")
    of_ties = np.concatenate([order[a:b] for a, b in zip(low, high, strict=True)] or [np.zeros(0, np.int32)])
    request, agreed = np.divmod(np.concatenate([t.agreed, t.offered, t.pins]), max(1, len(t.helpers.ids)))
    r = np.concatenate([of_ties, request]).astype(np.int32)
    h = np.concatenate([np.repeat(helper, high - low), agreed]).astype(np.int32)
    return r, h


def _pools(t: Tables) -> Sequence[tuple[I32, I32]]:
    """Requests by their rarest skill, each with the active helpers who have it."""
    active = np.flatnonzero(t.helpers.active & (t.helpers.visits_left > 0)).astype(np.int32)
    words = t.helpers.skills.shape[1]
    bits = np.arange(64, dtype=np.uint64)
    has = [
        active[((t.helpers.skills[active, word] >> bit) & np.uint64(1)).astype(np.bool_)]
        for word in range(words)
        for bit in bits
    ]
    wants = ((t.requests.skills[:, :, None] >> bits) & np.uint64(1)).reshape(-1, 64 * words) != 0
    size = np.array([pool.size for pool in has], dtype=np.int64)
    rarest = np.where(wants.any(axis=1), np.where(wants, size, np.iinfo(np.int64).max).argmin(axis=1), -1)
    return [
        (active if skill < 0 else has[skill], np.flatnonzero(rarest == skill).astype(np.int32))
        for skill in np.unique(rarest)
    ]


class _Pool:
    """The helpers who share a skill, on a grid of where they live."""

    def __init__(self, t: Tables, members: I32) -> None:
        self.t, self.members = t, members
        self.grid = Grid(t.helpers.point[members])
        self.unlocated = members[~t.helpers.located[members]]

    def search(self, rows: I32, wanted: int, found: _Found) -> None:
        x, y = self.grid.cells(self.t.requests.point[rows])
        # Neighbours after one another, as many at a time as make about one stroke of eligibility.
        order = np.lexsort((y, x))
        step = max(1, CHUNK // max(LOOKED_AT_MIN, LOOKED_AT * wanted))
        for start in range(0, rows.size, step):
            some = order[start : start + step]
            self._outward(rows[some], x[some], y[some], wanted, found)

    def _outward(self, pending: I32, x: I64, y: I64, wanted: int, found: _Found) -> None:
        t, grid = self.t, self.grid
        limit = np.minimum(t.requests.reach[pending], t.problem.limits.radius_m) + SLACK_M
        chord = 2 * np.sin(np.minimum(limit / EARTH_M, np.pi) / 2)
        # How far the rule of distance lets anybody come from; one whose home is unknown may come from anywhere.
        last = np.minimum(
            grid.whole(x, y), np.where(t.requests.located[pending], grid.reach(chord), np.iinfo(np.int64).max)
        )
        half = np.full(pending.size, -1, dtype=np.int64)
        passing, target = np.zeros_like(half), np.full_like(half, max(LOOKED_AT_MIN, LOOKED_AT * wanted))
        left = np.arange(pending.size)
        while left.size:
            next_ = grid.smallest(x[left], y[left], target[left], half[left] + 1, last[left])
            for some, to in self._strokes(x, y, half, left, next_):
                square, member = grid.between(x[some], y[some], half[some], to)
                ok = found.look(pending[some[square]], self.members[member])
                passing[some] += np.bincount(square[ok], minlength=some.size)
            half[left] = next_
            content = (passing[left] >= wanted) & (half[left] < last[left])
            found.curtailed[pending[left[content]]] = True
            done = half[left] >= last[left]
            self._unlocated(pending[left[done & t.requests.located[pending[left]]]], found)
            left = left[~content & ~done]
            seen = grid.count(x[left], y[left], half[left])
            hoped = seen * (wanted + 1) // np.maximum(passing[left], 1)
            target[left] = np.clip(hoped, seen + wanted, WIDER_MAX * np.maximum(seen, wanted))

    def _strokes(self, x: I64, y: I64, half: I64, left: I64, next_: I64) -> Iterator[tuple[I64, I64]]:
        """Those left, cut into groups that have about CHUNK people to look at each."""
        some = self.grid.count(x[left], y[left], next_) - self.grid.count(x[left], y[left], half[left])
        group = np.cumsum(some) // CHUNK
        for at in np.split(np.arange(left.size), np.flatnonzero(np.diff(group)) + 1):
            yield left[at], next_[at]

    def _unlocated(self, requests: I32, found: _Found) -> None:
        """The rule of distance does not bar these, wherever the grid has them."""
        if self.unlocated.size and requests.size:
            step = max(1, CHUNK // self.unlocated.size)
            for start in range(0, requests.size, step):
                some = requests[start : start + step]
                found.look(np.repeat(some, self.unlocated.size), np.tile(self.unlocated, some.size))
