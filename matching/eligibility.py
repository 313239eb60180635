"""Who could help whom: every rule a mask over many pairs at once, every refusal a reason bit."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from matching.plan import Count, Histogram
from matching.problem import DAY_MINUTES
from matching.reasons import Reason
from matching.tables import I32, NO_LIMIT, UNKNOWN, Bool, Spans, Tables, among, metres, shared
from matching.vocabulary import U64

# Pairs looked at in one stroke: keeps the widest intermediate under some tens of megabytes.
CHUNK = 1 << 17

_BEFORE_HOURS = np.uint32(Reason.ABSENT - 1)

Bits = npt.NDArray[np.uint32]


def refusals(t: Tables, request: I32, helper: I32) -> Bits:
    """The reason bits of each pair of rows (request[i], helper[i]); 0 is eligible."""
    out = np.empty(request.size, dtype=np.uint32)
    for part in _parts(request.size):
        out[part] = _refusals(t, request[part], helper[part])
    return out


def eligible(t: Tables, request: I32, helper: I32) -> Bool:
    """Which pairs nothing refuses: the cheap rules first, the hours only of those who are left."""
    out = np.zeros(request.size, dtype=np.bool_)
    for part in _parts(request.size):
        r, h = request[part], helper[part]
        left = np.flatnonzero(_plain(t, r, h) == 0)
        out[part.start + left] = _hours(t, r[left], h[left]) == 0
    return out


def sweep(t: Tables, request: int) -> tuple[Histogram, I32]:
    """Every helper of the round against one request, and the rows of those who are eligible."""
    everybody = np.arange(len(t.helpers.ids), dtype=np.int32)
    row = np.full(everybody.size, request, dtype=np.int32)
    bits = _plain(t, row, everybody)
    # Two reasons are enough to know that neither is the only one, and the first of them unless it comes after hours.
    near = np.flatnonzero(((bits & (bits - 1)) == 0) | ((bits & _BEFORE_HOURS) == 0))
    bits[near] |= _hours(t, row[near], everybody[near])
    first = bits & (~bits + np.uint32(1))
    alone = first[(bits == first) & (bits > 0)]
    free = np.flatnonzero(bits == 0).astype(np.int32)
    return Histogram(everybody.size, free.size, _counts(first[first > 0]), _counts(alone)), free


def _counts(bits: Bits) -> tuple[Count, ...]:
    values, numbers = np.unique(bits, return_counts=True)
    return tuple(Count(Reason(int(v)), int(n)) for v, n in zip(values, numbers, strict=True))


def _parts(size: int) -> Iterator[slice]:
    for start in range(0, size, CHUNK):
        yield slice(start, min(size, start + CHUNK))


def _refusals(t: Tables, request: I32, helper: I32) -> Bits:
    return _plain(t, request, helper) | _hours(t, request, helper)


def _plain(t: Tables, r: I32, h: I32) -> Bits:
    """All rules but those of hours."""
    hs, rs = t.helpers, t.requests
    bits = np.zeros(r.size, dtype=np.uint32)

    def refuse(reason: Reason, where: Bool) -> None:
        bits[where] |= np.uint32(reason)

    age = hs.age[h]
    far = metres(t, r, h)
    tie, choice = t.tie_key(r, h), t.choice_key(r, h)
    refuse(Reason.STATUS, ~hs.active[h])
    refuse(Reason.SELF, rs.recipient_helper[r] == h)
    refuse(Reason.CONSENT, _lacks(hs.consents[h], rs.consents[r]))
    refuse(Reason.SKILL, _lacks(hs.skills[h], rs.skills[r]))
    refuse(Reason.TRAINING, _lacks(hs.trainings[h], rs.trainings[r]))
    outside = (age < rs.age_min[r]) | (age > rs.age_max[r]) | (age == UNKNOWN)
    refuse(Reason.AGE, rs.too_young[r] | (rs.age_asked[r] & outside))
    refuse(
        Reason.GENDER,
        _unlike(rs.helper_gender[r], hs.gender[h]) | _unlike(hs.helps_only[h], rs.recipient_gender[r]),
    )
    refuse(Reason.DIALECT, rs.dialect_required[r] & ~shared(hs.dialects[h], rs.dialects[r]))
    refuse(Reason.DO_NOT_PAIR, among(tie, t.do_not_pair))
    refuse(Reason.FORBIDDEN, among(choice, t.forbidden))
    refuse(Reason.DECLINED, among(choice, t.declined))
    limit = np.minimum(np.minimum(hs.reach[h], rs.reach[r]), t.problem.limits.radius_m)
    refuse(Reason.DISTANCE, far > limit)
    refuse(Reason.CIRCUMSTANCE, shared(hs.avoids[h], rs.circumstances[r]))
    if rs.two_way.any():
        refuse(Reason.EXCHANGE, rs.two_way[r] & ~shared(hs.asks[h], rs.gives[r]))
    if rs.limited.any():
        refuse(Reason.BRANCH, rs.limited[r] & ~shared(hs.of_branches[h], rs.of_branches[r]))
    refuse(Reason.WEEK_FULL, (hs.visits_left[h] < 1) | (hs.minutes_left[h] < rs.minutes[r]))
    return bits


def _lacks(has: U64, wants: U64) -> Bool:
    return shared(wants, ~has)


def _unlike(wanted: I32, is_: I32) -> Bool:
    return np.not_equal(wanted, 0) & np.not_equal(wanted, is_)


def _hours(t: Tables, r: I32, h: I32) -> Bits:
    """ABSENT, WINDOW and BOOKED. Somebody away all the time is measured against the windows as if she were here, so
    that the reasons do not hide each other.
    """
    hs, rs = t.helpers, t.requests
    width = rs.asked.width
    here = np.zeros((r.size, width), dtype=np.bool_)
    fits = np.zeros((r.size, width), dtype=np.bool_)
    fits_free = np.zeros((r.size, width), dtype=np.bool_)
    for k in range(width):
        rows = np.flatnonzero(rs.day[r, k] != UNKNOWN)
        asked = r[rows], h[rows]
        here[rows, k] = ~_away(t, *asked, k)
        fits[rows, k] = overlap(t, hs.open, *asked, k) >= rs.minutes[asked[0]]
        fits_free[rows, k] = overlap(t, hs.free, *asked, k) >= rs.minutes[asked[0]]
    # A request all of whose dates are past has no window anybody could be away from.
    absent = ~here.any(axis=1) & (rs.day[r] != UNKNOWN).any(axis=1)
    counted = here | absent[:, None]
    open_ = (fits & counted).any(axis=1)
    booked = open_ & ~(fits_free & counted).any(axis=1)
    planned = np.flatnonzero(open_ & ~booked & ~absent & ~rs.weekly[r] & _meets_booked(t, r, h))
    booked[planned] = ~_fits_between(t, r[planned], h[planned], here[planned])
    bits = np.zeros(r.size, dtype=np.uint32)
    bits[absent] |= np.uint32(Reason.ABSENT)
    bits[~open_] |= np.uint32(Reason.WINDOW)
    bits[booked] |= np.uint32(Reason.BOOKED)
    return bits


def _on_day(t: Tables, r: I32, k: int) -> tuple[I32, I32, I32]:
    """The k-th window asked for and the start of its week, in minutes since day 0."""
    day, start, end = t.requests.day[r, k], t.requests.asked.start[r, k], t.requests.asked.end[r, k]
    # Day 1 of the proleptic calendar was a Monday.
    week = (day - (day - 1) % 7) * DAY_MINUTES
    return week, week + start, week + end


def _meets_booked(t: Tables, r: I32, h: I32) -> Bool:
    """Where a planned visit touches a window asked for."""
    out = np.zeros(r.size, dtype=np.bool_)
    booked = t.helpers.booked
    for k in range(t.requests.asked.width):
        _, start, end = _on_day(t, r, k)
        for b in range(booked.width):
            out |= (booked.start[h, b] < end) & (start < booked.end[h, b]) & (t.requests.day[r, k] != UNKNOWN)
    return out


def _fits_between(t: Tables, r: I32, h: I32, here: Bool) -> Bool:
    """Is there room for the visit in a window on a day she is here, between the visits planned already?"""
    out = np.zeros(r.size, dtype=np.bool_)
    free, booked = t.helpers.free, t.helpers.booked
    for k in range(t.requests.asked.width):
        week, start, end = _on_day(t, r, k)
        for w in range(free.width):
            used = free.end[h, w] > 0
            cursor = np.maximum(start, np.where(used, week + np.where(used, free.start[h, w], 0), end))
            stop = np.minimum(end, week + free.end[h, w])
            longest = np.zeros(r.size, dtype=np.int32)
            for b in range(booked.width):  # sorted by start; one that ends before the cursor moves nothing
                np.maximum(longest, np.minimum(stop, booked.start[h, b]) - cursor, out=longest)
                cursor = np.where(booked.start[h, b] < stop, np.maximum(cursor, booked.end[h, b]), cursor)
            np.maximum(longest, stop - cursor, out=longest)
            out |= here[:, k] & (longest >= t.requests.minutes[r])
    return out


def overlap(t: Tables, windows: Spans, r: I32, h: I32, k: int) -> I32:
    """Minutes of the longest common stretch of the k-th window asked for, ≤ 0 where there is none."""
    best = np.zeros(r.size, dtype=np.int32)
    start, end = t.requests.asked.start[r, k], t.requests.asked.end[r, k]
    for w in range(windows.width):
        # Unused places end at 0 and start last of all: their overlap is negative and cannot wrap around.
        common = np.minimum(end, windows.end[h, w]) - np.maximum(start, windows.start[h, w])
        np.maximum(best, common, out=best)
    return best


def _away(t: Tables, r: I32, h: I32, k: int) -> Bool:
    """Away on the date of the k-th window; if weekly, on too many of its first occurrences."""
    out = np.zeros(r.size, dtype=np.bool_)
    spans = t.helpers.away
    some = (
        np.flatnonzero((spans.start[h] != NO_LIMIT).any(axis=1))
        if spans.width
        else np.zeros(0, dtype=np.int64)
    )
    if not some.size:
        return out
    limits = t.problem.limits
    start, end, day = spans.start[h[some]], spans.end[h[some]], t.requests.day[r[some], k]

    def gone(on: I32) -> Bool:
        during: Bool = np.logical_or.reduce((start <= on[:, None]) & (on[:, None] < end), axis=1)
        return during

    missed = np.zeros(some.size, dtype=np.int32)
    for week in range(limits.standing_weeks):
        missed += gone((day + 7 * week).astype(np.int32))
    weekly = (missed > limits.missed_weeks_max) | (missed == limits.standing_weeks)
    out[some] = np.where(t.requests.weekly[r[some]], weekly, gone(day))
    return out
