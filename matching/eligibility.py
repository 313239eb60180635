"""Who could help whom: every rule a mask over many pairs at once, every refusal a reason bit."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.plan import Count, Histogram
from matching.problem import DAY_MINUTES
from matching.reasons import Reason
from matching.tables import I32, I64, NO_LIMIT, UNKNOWN, Bool, Rows, Spans, Tables, among, metres, shared
from matching.vocabulary import U64

# Pairs looked at in one stroke: keeps the widest intermediate under some tens of megabytes.
CHUNK = 1 << 17

_BEFORE_HOURS = np.uint32(Reason.ABSENT - 1)

Bits = npt.NDArray[np.uint32]


def refusals(t: Tables, request: I32, helper: I32) -> Bits:
    """The reason bits of each pair of rows (request[i], helper[i]); 0 is eligible."""
    out = np.empty(request.size, dtype=np.uint32)
    for part, r, h in _parts(request, helper):
        out[part] = _plain(t, r, h) | _hours(t, r, h)
    return out


def eligible(t: Tables, request: I32, helper: I32) -> Bool:
    """Which pairs nothing refuses: rule after rule of those who are left, the hours last."""
    out = np.zeros(request.size, dtype=np.bool_)
    rules = [rule for rule in _RULES if rule.at_work(t)]
    for part, *pairs in _parts(request, helper):
        r, h = pairs
        left = np.arange(part.start, part.start + r.size)
        for rule in rules:
            passed = ~rule.refuses(t, r, h)
            r, h, left = r[passed], h[passed], left[passed]
        out[left] = _free(t, r, h)
    return out


def sweep(t: Tables, request: int) -> tuple[Histogram, I32]:
    """Every helper of the round against one request, and the rows of those who are eligible."""
    return next(sweeps(t, [request]))


def sweeps(t: Tables, requests: Sequence[int]) -> Iterator[tuple[Histogram, I32]]:
    """The same for many requests, several in one stroke."""
    helpers = len(t.helpers.ids)
    step = max(1, CHUNK // max(1, helpers))
    for start in range(0, len(requests), step):
        some = np.array(requests[start : start + step], dtype=np.int64)
        bits = _told(t, np.repeat(some, helpers), np.tile(np.arange(helpers), some.size))
        first = bits & (~bits + np.uint32(1))
        alone = np.where(bits == first, first, 0)
        shape = some.size, helpers
        for all_, by_first, by_only in zip(
            bits.reshape(shape), first.reshape(shape), alone.reshape(shape), strict=True
        ):
            free = np.flatnonzero(all_ == 0).astype(np.int32)
            yield Histogram(helpers, free.size, _counts(by_first), _counts(by_only)), free


def _told(t: Tables, r: I64, h: I64) -> Bits:
    """As many reasons of each pair as it takes to know the first, and whether it is the only one."""
    bits = np.zeros(r.size, dtype=np.uint32)
    left = np.arange(r.size)
    for rule in _RULES:
        if rule.at_work(t):
            refused = rule.refuses(t, r[left], h[left])
            bits[left[refused]] |= np.uint32(rule.reason)
            # Two are enough, and the first of them is the first unless it comes after hours.
            told = bits[left]
            left = left[((told & (told - 1)) == 0) | ((told & _BEFORE_HOURS) == 0)]
    # Who is refused by one already need not know which of the hours refuse her, too.
    before = (bits[left] & _BEFORE_HOURS) != 0
    refused, open_ = left[before], left[~before]
    refused = refused[~_free(t, r[refused], h[refused])]
    bits[refused] |= np.uint32(Reason.WINDOW)
    bits[open_] |= _hours(t, r[open_], h[open_])
    return bits


def _counts(bits: Bits) -> tuple[Count, ...]:
    values = bits[bits > 0]
    numbers = np.bincount(np.bitwise_count(values - 1), minlength=1)
    return tuple(Count(Reason(1 << int(i)), int(numbers[i])) for i in np.flatnonzero(numbers))


def _parts(request: I32, helper: I32) -> Iterator[tuple[slice, I64, I64]]:
    # As the machine indexes, or each of the many look-ups would convert them anew.
    for start in range(0, request.size, CHUNK):
        part = slice(start, min(request.size, start + CHUNK))
        yield part, request[part].astype(np.int64), helper[part].astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Rule:
    """`refuses` says of which pairs; unless it is `at_work` it could refuse nobody of the round."""

    reason: Reason
    at_work: Callable[[Tables], bool]
    refuses: Callable[[Tables, I64, I64], Bool]


def _plain(t: Tables, r: I64, h: I64) -> Bits:
    """All rules but those of hours."""
    bits = np.zeros(r.size, dtype=np.uint32)
    for rule in _RULES:
        if rule.at_work(t):
            bits |= rule.refuses(t, r, h) * np.uint32(rule.reason)
    return bits


def _too_old_or_young(t: Tables, r: I64, h: I64) -> Bool:
    age = t.helpers.age[h]
    outside = (age < t.requests.age_min[r]) | (age > t.requests.age_max[r]) | (age == UNKNOWN)
    refused: Bool = t.requests.too_young[r] | (t.requests.age_asked[r] & outside)
    return refused


def _other_gender(t: Tables, r: I64, h: I64) -> Bool:
    hs, rs = t.helpers, t.requests
    return _unlike(rs.helper_gender[r], hs.gender[h]) | _unlike(hs.helps_only[h], rs.recipient_gender[r])


def _too_far(t: Tables, r: I64, h: I64) -> Bool:
    limit = np.minimum(np.minimum(t.helpers.reach[h], t.requests.reach[r]), t.problem.limits.radius_m)
    return np.greater(metres(t, r, h), limit)


def _week_full(t: Tables, r: I64, h: I64) -> Bool:
    return (t.helpers.visits_left[h] < 1) | (t.helpers.minutes_left[h] < t.requests.minutes[r])


# In the order of their bits.
_RULES = (
    _Rule(Reason.STATUS, lambda t: not t.helpers.active.all(), lambda t, r, h: ~t.helpers.active[h]),
    _Rule(
        Reason.SELF,
        lambda t: bool((t.requests.recipient_helper != UNKNOWN).any()),
        lambda t, r, h: t.requests.recipient_helper[r] == h,
    ),
    _Rule(
        Reason.CONSENT,
        lambda t: bool(t.requests.consents.any()),
        lambda t, r, h: _lacks(t.helpers.consents[h], t.requests.consents[r]),
    ),
    _Rule(
        Reason.SKILL,
        lambda t: bool(t.requests.skills.any()),
        lambda t, r, h: _lacks(t.helpers.skills[h], t.requests.skills[r]),
    ),
    _Rule(
        Reason.TRAINING,
        lambda t: bool(t.requests.trainings.any()),
        lambda t, r, h: _lacks(t.helpers.trainings[h], t.requests.trainings[r]),
    ),
    _Rule(
        Reason.AGE,
        lambda t: bool((t.requests.too_young | t.requests.age_asked).any()),
        _too_old_or_young,
    ),
    _Rule(
        Reason.GENDER,
        lambda t: bool(t.requests.helper_gender.any() or t.helpers.helps_only.any()),
        _other_gender,
    ),
    _Rule(
        Reason.DIALECT,
        lambda t: bool(t.requests.dialect_required.any()),
        lambda t, r, h: (
            t.requests.dialect_required[r] & ~shared(t.helpers.dialects[h], t.requests.dialects[r])
        ),
    ),
    _Rule(
        Reason.DO_NOT_PAIR,
        lambda t: t.do_not_pair.size > 0,
        lambda t, r, h: among(t.tie_key(r, h), t.do_not_pair),
    ),
    _Rule(
        Reason.FORBIDDEN,
        lambda t: t.forbidden.size > 0,
        lambda t, r, h: among(t.choice_key(r, h), t.forbidden),
    ),
    _Rule(
        Reason.DECLINED, lambda t: t.declined.size > 0, lambda t, r, h: among(t.choice_key(r, h), t.declined)
    ),
    _Rule(Reason.DISTANCE, lambda t: True, _too_far),
    _Rule(Reason.WEEK_FULL, lambda t: True, _week_full),
    _Rule(
        Reason.CIRCUMSTANCE,
        lambda t: bool(t.helpers.avoids.any() and t.requests.circumstances.any()),
        lambda t, r, h: shared(t.helpers.avoids[h], t.requests.circumstances[r]),
    ),
    _Rule(
        Reason.EXCHANGE,
        lambda t: bool(t.requests.two_way.any()),
        lambda t, r, h: t.requests.two_way[r] & ~shared(t.helpers.asks[h], t.requests.gives[r]),
    ),
    _Rule(
        Reason.BRANCH,
        lambda t: bool(t.requests.limited.any()),
        lambda t, r, h: t.requests.limited[r] & ~shared(t.helpers.of_branches[h], t.requests.of_branches[r]),
    ),
)


def _lacks(has: U64, wants: U64) -> Bool:
    return shared(wants, ~has)


def _unlike(wanted: I32, is_: I32) -> Bool:
    return np.not_equal(wanted, 0) & np.not_equal(wanted, is_)


def _free(t: Tables, r: I64, h: I64) -> Bool:
    """Where nothing is said against the hours: `_hours`, short of why."""
    out = np.zeros(r.size, dtype=np.bool_)
    for k in range(t.requests.asked.width):
        rows = np.flatnonzero(~out & (t.requests.day[r, k] != UNKNOWN))
        rows = rows[overlap(t, t.helpers.free, r[rows], h[rows], k) >= t.requests.minutes[r[rows]]]
        out[rows] = ~_away(t, r[rows], h[rows], k)
    planned = np.flatnonzero(out & ~t.requests.weekly[r])
    planned = planned[_meets_booked(t, r[planned], h[planned])]
    out[planned] = _fits_between(t, r[planned], h[planned])
    return out


def _hours(t: Tables, r: I64, h: I64) -> Bits:
    """ABSENT, WINDOW and BOOKED. Somebody away all the time is measured against the windows as if she were here, so
    that the reasons do not hide each other.
    """
    hs, rs = t.helpers, t.requests
    asked = rs.day[r] != UNKNOWN
    here = np.zeros(asked.shape, dtype=np.bool_)
    fits = np.zeros(asked.shape, dtype=np.bool_)
    fits_free = np.zeros(asked.shape, dtype=np.bool_)
    for k in range(rs.asked.width):
        rows = np.flatnonzero(asked[:, k])
        pairs = r[rows], h[rows]
        here[rows, k] = ~_away(t, *pairs, k)
        fits[rows, k] = overlap(t, hs.open, *pairs, k) >= rs.minutes[pairs[0]]
        fits_free[rows, k] = overlap(t, hs.free, *pairs, k) >= rs.minutes[pairs[0]]
    # A request all of whose dates are past has no window anybody could be away from.
    absent = ~here.any(axis=1) & asked.any(axis=1)
    counted = here | absent[:, None]
    open_ = (fits & counted).any(axis=1)
    booked = open_ & ~(fits_free & counted).any(axis=1)
    planned = np.flatnonzero(open_ & ~booked & ~absent & ~rs.weekly[r])
    planned = planned[_meets_booked(t, r[planned], h[planned])]
    booked[planned] = ~_fits_between(t, r[planned], h[planned])
    bits = np.zeros(r.size, dtype=np.uint32)
    bits[absent] |= np.uint32(Reason.ABSENT)
    bits[~open_] |= np.uint32(Reason.WINDOW)
    bits[booked] |= np.uint32(Reason.BOOKED)
    return bits


def on_day(t: Tables, r: I64, k: int) -> tuple[I32, I32, I32]:
    """The k-th window asked for and the start of its week, in minutes since day 0."""
    day, start, end = t.requests.day[r, k], t.requests.asked.start[r, k], t.requests.asked.end[r, k]
    # Day 1 of the proleptic calendar was a Monday.
    week = (day - (day - 1) % 7) * DAY_MINUTES
    return week, week + start, week + end


def _meets_booked(t: Tables, r: I64, h: I64) -> Bool:
    """Where a planned visit touches a window asked for."""
    out = np.zeros(r.size, dtype=np.bool_)
    booked = t.helpers.booked
    for b in range(booked.width):  # filled from the left
        some = np.flatnonzero(~out & (booked.end[h, b] > 0))
        from_, until = booked.start[h[some], b], booked.end[h[some], b]
        for k in range(t.requests.asked.width):
            _, start, end = on_day(t, r[some], k)
            out[some] |= (from_ < end) & (start < until) & (t.requests.day[r[some], k] != UNKNOWN)
    return out


def _fits_between(t: Tables, r: I64, h: I64) -> Bool:
    """Is there room for the visit in a window on a day she is here, between the visits planned already?"""
    out = np.zeros(r.size, dtype=np.bool_)
    free, booked = t.helpers.free, t.helpers.booked
    for k in range(t.requests.asked.width):
        here = (t.requests.day[r, k] != UNKNOWN) & ~_away(t, r, h, k)
        week, start, end = on_day(t, r, k)
        for w in range(free.width):
            used = free.end[h, w] > 0
            cursor = np.maximum(start, np.where(used, week + np.where(used, free.start[h, w], 0), end))
            stop = np.minimum(end, week + free.end[h, w])
            longest = np.zeros(r.size, dtype=np.int32)
            for b in range(booked.width):  # sorted by start; one that ends before the cursor moves nothing
                np.maximum(longest, np.minimum(stop, booked.start[h, b]) - cursor, out=longest)
                cursor = np.where(booked.start[h, b] < stop, np.maximum(cursor, booked.end[h, b]), cursor)
            np.maximum(longest, stop - cursor, out=longest)
            out |= here & (longest >= t.requests.minutes[r])
    return out


def overlap(t: Tables, windows: Spans, r: Rows, h: Rows, k: int) -> I32:
    """Minutes of the longest common stretch of the k-th window asked for, ≤ 0 where there is none."""
    best = np.zeros(r.size, dtype=np.int32)
    start, end = t.requests.asked.start[r, k], t.requests.asked.end[r, k]
    for w in range(windows.width):
        # Unused places end at 0 and start last of all: their overlap is negative and cannot wrap around.
        common = np.minimum(end, windows.end[h, w]) - np.maximum(start, windows.start[h, w])
        np.maximum(best, common, out=best)
    return best


def _away(t: Tables, r: I64, h: I64, k: int) -> Bool:
    """Away on the date of the k-th window; if weekly, on too many of its first occurrences."""
    out = np.zeros(r.size, dtype=np.bool_)
    spans = t.helpers.away
    if not spans.width:
        return out
    some = np.flatnonzero(spans.start[h, 0] != NO_LIMIT)
    limits = t.problem.limits
    missed = np.zeros(some.size, dtype=np.int32)
    for week in range(limits.standing_weeks):
        missed += gone(t, h[some], t.requests.day[r[some], k] + 7 * week)
    weekly = (missed > limits.missed_weeks_max) | (missed == limits.standing_weeks)
    once = gone(t, h[some], t.requests.day[r[some], k])
    out[some] = np.where(t.requests.weekly[r[some]], weekly, once)
    return out


def gone(t: Tables, h: Rows, day: I32) -> Bool:
    """Which helpers are away on these days."""
    spans = t.helpers.away
    on = day[:, None]
    during: Bool = np.logical_or.reduce((spans.start[h] <= on) & (on < spans.end[h]), axis=1)
    return during
