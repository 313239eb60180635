"""Whom to consider: the nearest who may, searched outward from each home until enough are found."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from matching.eligibility import CHUNK, eligible
from matching.tables import EARTH_M, F64, I32, I64, Bool, Tables

NEAREST_FIRST = 32
# With so many neighbours asked for, or past this share of a pool, looking at all of it is quicker.
NEAREST_MAX = 256
POOL_SHARE = 0.3
# Distances found by a dot product are good to well under this.
SLACK_M = 50


@dataclass(frozen=True, slots=True)
class Candidates:
    """Eligible pairs as rows, sorted by request, then helper. `curtailed` requests have helpers nobody looked at."""

    request: I32
    helper: I32
    checked: int
    curtailed: Bool


def enough(t: Tables) -> int:
    """How many eligible helpers to keep for each request: everybody while the round is small."""
    limits = t.problem.limits
    return max(limits.candidates_min, limits.candidates_total // max(1, len(t.requests.ids)))


def search(t: Tables, requests: I32, wanted: int) -> Candidates:
    """Eligible helpers of these requests: at least `wanted` each, or all there are.

    Around each request's home in a k-d tree on the unit sphere over those who have its rarest skill, doubling
    the number of neighbours (a fixed number starves rare skills and hamlets). Standing partners and past helpers
    are looked at always.
    """
    found = _Found(t)
    found.look(*_known(t, requests))
    for members, rows in _pools(t, requests):
        _Pool(t, members).search(rows, wanted, found)
    return found.result()


class _Found:
    """Pairs looked at so far and those that passed."""

    def __init__(self, t: Tables) -> None:
        self.t = t
        self.keys: list[I64] = []
        self.checked = 0
        self.curtailed = np.zeros(len(t.requests.ids), dtype=np.bool_)

    def look(self, request: I32, helper: I32) -> I64:
        """How many of each request's pairs pass, [all requests]."""
        self.checked += request.size
        ok = eligible(self.t, request, helper)
        self.keys.append(self.t.choice_key(request[ok], helper[ok]))
        return np.bincount(request[ok], minlength=len(self.t.requests.ids))

    def result(self) -> Candidates:
        keys = np.unique(np.concatenate(self.keys))
        request, helper = np.divmod(keys, max(1, len(self.t.helpers.ids)))
        return Candidates(request.astype(np.int32), helper.astype(np.int32), self.checked, self.curtailed)


def _known(t: Tables, requests: I32) -> tuple[I32, I32]:
    """Standing partners, past helpers, those who agreed and those who offered, for these requests."""
    asked = np.zeros(len(t.requests.ids), dtype=np.bool_)
    asked[requests] = True
    ties = np.concatenate([t.standing, t.past])
    helper, recipient = np.divmod(ties, max(1, t.recipients))
    order = np.argsort(t.requests.recipient, kind="stable").astype(np.int32)
    ranked = t.requests.recipient[order]
    low, high = np.searchsorted(ranked, recipient, "left"), np.searchsorted(ranked, recipient, "right")
    of_ties = np.concatenate([order[a:b] for a, b in zip(low, high, strict=True)] or [np.zeros(0, np.int32)])
    request, agreed = np.divmod(np.concatenate([t.agreed, t.offered, t.pins]), max(1, len(t.helpers.ids)))
    r = np.concatenate([of_ties, request]).astype(np.int32)
    h = np.concatenate([np.repeat(helper, high - low), agreed]).astype(np.int32)
    return r[asked[r]], h[asked[r]]


def _pools(t: Tables, requests: I32) -> Sequence[tuple[I32, I32]]:
    """Requests by their rarest skill, each with the active helpers who have it."""
    active = np.flatnonzero(t.helpers.active & (t.helpers.visits_left > 0)).astype(np.int32)
    words = t.helpers.skills.shape[1]
    bits = np.arange(64, dtype=np.uint64)
    has = [
        active[((t.helpers.skills[active, word] >> bit) & np.uint64(1)).astype(np.bool_)]
        for word in range(words)
        for bit in bits
    ]
    wants = ((t.requests.skills[requests][:, :, None] >> bits) & np.uint64(1)).reshape(
        requests.size, 64 * words
    ) != 0
    size = np.array([pool.size for pool in has], dtype=np.int64)
    rarest = np.where(wants.any(axis=1), np.where(wants, size, np.iinfo(np.int64).max).argmin(axis=1), -1)
    return [(active if skill < 0 else has[skill], requests[rarest == skill]) for skill in np.unique(rarest)]


class _Pool:
    """The helpers who share a skill, and the tree over where they live."""

    def __init__(self, t: Tables, members: I32) -> None:
        self.t, self.members = t, members
        self.points: F64 = t.helpers.point[members]
        self.unlocated = members[~t.helpers.located[members]]
        self.tree = KDTree(self.points) if members.size else None

    def search(self, rows: I32, wanted: int, found: _Found) -> None:
        # A block's first stroke fits in one chunk of eligibility.
        step = max(1, CHUNK // NEAREST_FIRST)
        for start in range(0, rows.size, step):
            self._outward(rows[start : start + step], wanted, found)

    def _outward(self, pending: I32, wanted: int, found: _Found) -> None:
        t = self.t
        passing = np.zeros(len(t.requests.ids), dtype=np.int64)
        reach = np.minimum(t.requests.reach, t.problem.limits.radius_m)
        seen, k = 0, NEAREST_FIRST
        while pending.size and self.tree is not None:
            if k > NEAREST_MAX or k >= POOL_SHARE * self.members.size:
                self._cross(pending, self.members, found)
                return
            chord, near = self.tree.query(t.requests.point[pending], k=np.arange(seen + 1, k + 1))
            new = self.members[near]
            passing += found.look(np.repeat(pending, new.shape[1]), new.ravel())
            # Beyond the radius only those whose home is unknown are left.
            beyond = t.requests.located[pending] & (
                2 * EARTH_M * np.arcsin(np.asarray(chord)[:, -1] / 2) > reach[pending] + 1
            )
            if self.unlocated.size and beyond.any():
                self._cross(pending[beyond], self.unlocated, found)
            content = passing[pending] >= wanted
            found.curtailed[pending[content & ~beyond]] = True
            pending = pending[~content & ~beyond]
            seen, k = k, 2 * k

    def _cross(self, requests: I32, helpers: I32, found: _Found) -> None:
        """Look at all of these helpers, but those certainly beyond the radius."""
        t = self.t
        step = max(1, CHUNK // max(1, helpers.size))
        limit = np.minimum(t.requests.reach, t.problem.limits.radius_m) + SLACK_M
        for start in range(0, requests.size, step):
            some = requests[start : start + step]
            near = (
                t.requests.point[some] @ t.helpers.point[helpers].T >= np.cos(limit[some] / EARTH_M)[:, None]
            )
            unknown = ~t.requests.located[some][:, None] | ~t.helpers.located[helpers]
            row, column = np.nonzero(near | unknown)
            found.look(some[row], helpers[column])
