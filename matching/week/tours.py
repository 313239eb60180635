"""One helper's day: may these visits follow one another, and from when to when?

For a given order the earliest start is never worse, unless a rest is due. So each visit of a tour carries labels: when it
can have ended, and what that leaves to do for the rest (minutes worked since the last one; or 1 while the midday
rest is to come). A label both later and with more to do is dropped.
"""

from typing import NamedTuple

import numpy as np

from matching.tables import I32
from matching.week.arrays import MIDDAY, NO_REST, PAUSE, TOUR_MAX, Arrays
from matching.week.compiled import compiled

# With more, the latest found is let go: a day may then seem full, but none that is kept is wrong.
LABELS = 8
NEVER = 1 << 20
# Rows beyond those of the tours, to try things out.
SCRATCH = TOUR_MAX + 2
FREE = -1
FIRST = -1


class Labels(NamedTuple):
    """[rows, LABELS]; a row is a place of a tour, tour × TOUR_MAX + place."""

    many: I32  # [rows]
    end: I32
    due: I32
    start: I32
    parent: I32  # the label of the visit before


def blank(tours: int) -> Labels:
    rows = tours * TOUR_MAX + SCRATCH
    return Labels(
        np.zeros(rows, dtype=np.int32), *(np.zeros((rows, LABELS), dtype=np.int32) for _ in range(4))
    )


@compiled
def way(a: Arrays, here: int, there: int) -> int:
    """Minutes between two places, of which at least one is a visit."""
    if here == there:
        return 0
    # 64 bits wide; without the sum, what takes it would be compiled again for fewer.
    return int(0 + (a.travel[here, there] if here < len(a.travel) else a.travel[there, here]))


@compiled
def earliest(a: Arrays, pair: int, fixed: int, at: int) -> int:
    """The first start allowed at or after `at`; a `fixed` start (of two who come together) is the only one."""
    if fixed != FREE and at > fixed:
        return NEVER
    wanted = at if fixed == FREE else fixed
    for k in range(a.allow_at[pair], a.allow_at[pair + 1]):
        if wanted <= a.last[k]:
            start = max(wanted, a.first[k])
            return start if fixed == FREE or start == fixed else NEVER
    return NEVER


@compiled
def put(at: Labels, row: int, end: int, due: int, start: int, parent: int) -> bool:
    """Keep a label unless another is as early with as little due. False if there are too many."""
    n = at.many[row]
    for i in range(n):
        if at.end[row, i] <= end and at.due[row, i] <= due:
            return True
    kept = 0
    for i in range(n):
        if at.end[row, i] < end or at.due[row, i] < due:
            at.end[row, kept] = at.end[row, i]
            at.due[row, kept] = at.due[row, i]
            at.start[row, kept] = at.start[row, i]
            at.parent[row, kept] = at.parent[row, i]
            kept += 1
    at.many[row] = kept
    if kept == LABELS:
        return False
    at.end[row, kept] = end
    at.due[row, kept] = due
    at.start[row, kept] = start
    at.parent[row, kept] = parent
    at.many[row] = kept + 1
    return True


@compiled
def follow(a: Arrays, at: Labels, before: int, row: int, far: int, pair: int, fixed: int) -> None:
    """Labels of a visit `far` minutes of way after the one at row `before`, or, where that is FIRST, from home.

    She may rest before each visit or not, also both before the way and after it; each label is followed all ways.
    """
    helper, minutes = a.tour_helper[a.pair_tour[pair]], a.minutes[a.pair_visit[pair]]
    kind, long, low, high = a.rest[helper, 0], a.rest[helper, 1], a.rest[helper, 2], a.rest[helper, 3]
    at.many[row] = 0
    for i in range(1 if before == FIRST else at.many[before]):
        end, due = 0, 0
        if before == FIRST:
            due = 1 if kind == MIDDAY else 0
        else:
            end, due = at.end[before, i], at.due[before, i]
        for rested in range(3 if kind == PAUSE else 2 if kind == MIDDAY else 1):
            ready, left = end, due
            if kind == MIDDAY:
                # A rest after the way ends sooner than one before it, but may come too late; at home it comes before.
                if before != FIRST:
                    ready += far
                if rested == 1:
                    left, ready = 0, max(low, ready) + long
                    if due == 0:
                        continue
                    if before == FIRST:
                        ready += far
                    elif ready > high:
                        ready = max(low, end) + long
                        ready = ready + far if ready <= high else NEVER
            elif before != FIRST:
                ready += far
                left += far
                if rested > 0:
                    # After the way, if that still belongs to the stretch before; else before it, or on both sides.
                    if rested == 2 and (left <= low or far > low):
                        continue
                    ready += rested * long
                    left = 0 if left <= low or rested == 2 else far
            if kind == PAUSE:
                left += minutes
                if left > low:
                    continue
            start = earliest(a, pair, fixed, ready)
            if start != NEVER:
                put(at, row, start + minutes, 0 if kind == NO_REST else left, start, i)


@compiled
def ending(a: Arrays, at: Labels, row: int, helper: int) -> int:
    """The label with which a day can end here, the earliest, or -1."""
    kind, long, low, high = a.rest[helper, 0], a.rest[helper, 1], a.rest[helper, 2], a.rest[helper, 3]
    best = -1
    for i in range(at.many[row]):
        late = kind == MIDDAY and at.due[row, i] == 1 and max(low, at.end[row, i]) + long > high
        if not late and (best < 0 or at.end[row, i] < at.end[row, best]):
            best = i
    return best
