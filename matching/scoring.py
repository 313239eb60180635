"""What a pair is worth: few named integer terms, each at most its weight."""

import numpy as np
import numpy.typing as npt

from matching.eligibility import CHUNK, overlap
from matching.plan import Terms
from matching.tables import I32, I64, UNKNOWN, Rows, Tables, among, metres, shared

TERMS = tuple(Terms.__dataclass_fields__)
FULL = 1000
# At this distance half of the points are left.
HALF_M = 1000
# A home that is not known counts as about 3 km away.
UNKNOWN_DISTANCE = 250
PAST_VISIT = 200
PAST_MAX = 800
SHARED_INTEREST = 500


def scores(t: Tables, request: I32, helper: I32) -> I64:
    """The sum of each pair's points."""
    out = np.empty(request.size, dtype=np.int64)
    for start in range(0, request.size, CHUNK):
        part = slice(start, start + CHUNK)
        out[part] = sum(_points(t, request[part].astype(np.int64), helper[part].astype(np.int64)))
    return out


def terms(t: Tables, request: I32, helper: I32) -> npt.NDArray[np.int32]:
    """Points of each pair, [pairs, TERMS]: thousandths of each term times its weight, rounded down."""
    return np.stack(_points(t, request, helper), axis=1).astype(np.int32)


def _points(t: Tables, request: Rows, helper: Rows) -> list[I64]:
    hs, rs, weights = t.helpers, t.requests, t.problem.weights
    far = metres(t, request, helper).astype(np.int64)
    near = np.where(far == UNKNOWN, UNKNOWN_DISTANCE, FULL * HALF_M // (HALF_M + np.maximum(far, 0)))
    branch = (rs.branch[request] == hs.branch[helper]) & (rs.branch[request] != UNKNOWN)
    common = np.bitwise_count(rs.interests[request] & hs.interests[helper]).sum(axis=1, dtype=np.int64)
    parts: dict[str, I64] = {
        "distance": near,
        "community": FULL * (rs.community[request] == hs.community[helper]),
        "branch": FULL * branch,
        "overlap": _room(t, request, helper),
        "continuity": _continuity(t, request, helper),
        "dialect": FULL * shared(rs.dialects[request], hs.dialects[helper]),
        "interests": np.minimum(FULL, SHARED_INTEREST * common),
        "load": np.floor_divide(FULL, 1 + hs.load[helper].astype(np.int64)),
        "agreed": FULL * among(t.choice_key(request, helper), t.agreed),
        "offered": FULL * among(t.choice_key(request, helper), t.offered),
    }
    return [parts[name] * getattr(weights, name) // FULL for name in TERMS]


def _room(t: Tables, request: Rows, helper: Rows) -> I64:
    """How freely the visit can be moved: full where the common time is five times as long as the visit."""
    best = np.zeros(request.size, dtype=np.int64)
    for k in range(t.requests.asked.width):
        np.maximum(best, overlap(t, t.helpers.free, request, helper, k), out=best)
    minutes = t.requests.minutes[request].astype(np.int64)
    spare: I64 = np.clip((best - minutes) * FULL // (4 * minutes), 0, FULL)
    return spare


def _continuity(t: Tables, request: Rows, helper: Rows) -> I64:
    tie = t.tie_key(request, helper)
    visits = np.zeros(request.size, dtype=np.int64)
    if t.past.size:
        at = np.minimum(np.searchsorted(t.past, tie), t.past.size - 1)
        visits = np.where(t.past[at] == tie, t.past_visits[at], 0)
    known = np.minimum(PAST_MAX, PAST_VISIT * visits)
    return np.where(among(tie, t.standing), FULL, known).astype(np.int64)
