"""The earliest time of a visit, for many pairs at once: what `timing` finds for one."""

from datetime import date

import numpy as np

from matching.eligibility import gone, on_day
from matching.plan import Slot
from matching.problem import DAY_MINUTES, WEEK_MINUTES
from matching.tables import I32, I64, UNKNOWN, Bool, Tables

NEVER = np.iinfo(np.int64).max


def first_slots(t: Tables, request: I32, helper: I32) -> list[Slot | None]:
    """The slot of each visit if it is the only one its helper is given, None where there is no time for it."""
    r, h = request.astype(np.int64), helper.astype(np.int64)
    begin = np.full(r.size, NEVER, dtype=np.int64)
    for k in range(t.requests.asked.width):
        np.minimum(begin, _earliest(t, r, h, k), out=begin)
    minutes, weekly = t.requests.minutes[r], t.requests.weekly[r]
    repeated = np.flatnonzero(weekly & (begin < NEVER))
    begin[repeated] = _clear(t, h[repeated], begin[repeated], minutes[repeated])
    day, start = np.divmod(begin, DAY_MINUTES)
    return [
        None if found == NEVER else Slot(date.fromordinal(on), at, length, often)
        for found, on, at, length, often in zip(
            begin.tolist(), day.tolist(), start.tolist(), minutes.tolist(), weekly.tolist(), strict=True
        )
    ]


def _earliest(t: Tables, r: I64, h: I64, k: int) -> I64:
    """When the visit can begin in the k-th window asked for, in minutes since day 0; NEVER if it cannot."""
    free, booked = t.helpers.free, t.helpers.booked
    minutes, once = t.requests.minutes[r], ~t.requests.weekly[r]
    late = _days_until_there(t, r, h, k)
    possible = late != UNKNOWN
    week, start, end = (time.astype(np.int64) + late * DAY_MINUTES for time in on_day(t, r, k))
    best = np.full(r.size, NEVER, dtype=np.int64)
    for w in range(free.width):
        cursor = np.maximum(start, week + free.start[h, w])
        stop = np.minimum(end, week + free.end[h, w])
        for b in range(booked.width):  # sorted by start
            before = np.minimum(stop, booked.start[h, b])
            ends = possible & once & (before - cursor >= minutes)
            np.minimum(best, np.where(ends, cursor, NEVER), out=best)
            meets = once & (booked.start[h, b] < stop)
            cursor = np.where(meets, np.maximum(cursor, booked.end[h, b]), cursor)
        np.minimum(best, np.where(possible & (stop - cursor >= minutes), cursor, NEVER), out=best)
    return best


def _days_until_there(t: Tables, r: I64, h: I64, k: int) -> I64:
    """Days from the k-th window to its first occurrence with her there: 0 if it is not weekly; UNKNOWN if there is
    none, or she misses too many of the first.
    """
    day, limits = t.requests.day[r, k], t.problem.limits
    late = np.where(day == UNKNOWN, UNKNOWN, 0).astype(np.int64)
    if not t.helpers.away.width:
        return late
    some = np.flatnonzero((day != UNKNOWN) & (t.helpers.away.end[h, 0] > 0))
    there = np.stack([~gone(t, h[some], day[some] + 7 * week) for week in range(limits.standing_weeks)])
    weekly = t.requests.weekly[r[some]]
    enough: Bool = there.any(axis=0) & ((~there).sum(axis=0) <= limits.missed_weeks_max)
    late[some] = np.where(
        weekly, np.where(enough, 7 * there.argmax(axis=0), UNKNOWN), np.where(there[0], 0, UNKNOWN)
    )
    return late


def _clear(t: Tables, h: I64, begin: I64, minutes: I32) -> I64:
    """`timing.first_clear`: the first week in which she is there and no single visit is planned over it."""
    out, open_ = begin.copy(), np.ones(h.size, dtype=np.bool_)
    booked = t.helpers.booked
    for week in range(t.problem.limits.standing_weeks):
        at = begin + week * WEEK_MINUTES
        met = np.zeros(h.size, dtype=np.bool_)
        for b in range(booked.width):
            met |= (booked.start[h, b] < at + minutes) & (at < booked.end[h, b])
        if t.helpers.away.width:
            met |= gone(t, h, (at // DAY_MINUTES).astype(np.int32))
        out = np.where(open_ & ~met, at, out)
        open_ &= met
    return out
