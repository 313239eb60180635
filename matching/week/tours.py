"""One helper's day: may these visits follow one another, and from when to when?

For a given order the earliest start is never worse, unless a rest is due. So each visit of a tour carries labels: when it
can have ended, and what that leaves to do for the rest (minutes worked since the last one; or 1 while the midday
rest is to come). A label both later and with more to do is dropped: of those rested last at the same place the earliest
is left, so that a tour of n visits has at most n.
"""

from typing import NamedTuple

import numpy as np

from matching.tables import I32
from matching.week.arrays import MIDDAY, NO_REST, PAUSE, TOUR_MAX, Arrays
from matching.week.compiled import compiled

# One for each place of the last rest, so that none is ever dropped.
LABELS = TOUR_MAX
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
def _put(at: Labels, row: int, end: int, due: int, start: int, parent: int) -> None:
    """Keep a label unless another is as early with as little due."""
    n = at.many[row]
    for i in range(n):
        if at.end[row, i] <= end and at.due[row, i] <= due:
            return
    kept = 0
    for i in range(n):
        if at.end[row, i] < end or at.due[row, i] < due:
            at.end[row, kept] = at.end[row, i]
            at.due[row, kept] = at.due[row, i]
            at.start[row, kept] = at.start[row, i]
            at.parent[row, kept] = at.parent[row, i]
            kept += 1
    at.end[row, kept] = end
    at.due[row, kept] = due
    at.start[row, kept] = start
    at.parent[row, kept] = parent
    at.many[row] = kept + 1


@compiled
def follow(a: Arrays, at: Labels, before: int, row: int, way: int, pair: int, fixed: int) -> None:
    """Labels of a visit `way` minutes after the one at row `before`, or, where that is FIRST, from home.

    She may rest before each visit or not, and each label is followed both ways.
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
        for rested in range(2 if kind != NO_REST else 1):
            ready, left = end, due
            if kind == MIDDAY:
                # A rest after the way ends sooner than one before it, but may come too late; at home it comes before.
                if before != FIRST:
                    ready += way
                if rested == 1:
                    left, ready = 0, max(low, ready) + long
                    if due == 0:
                        continue
                    if before == FIRST:
                        ready += way
                    elif ready > high:
                        ready = max(low, end) + long
                        ready = ready + way if ready <= high else NEVER
            elif before != FIRST:
                ready += way
                left += way
                if rested == 1:
                    # After the way, if that still belongs to the stretch before; else before it.
                    ready += long
                    left = 0 if left <= low else way
            if kind == PAUSE:
                left += minutes
                if left > low:
                    continue
            start = earliest(a, pair, fixed, ready)
            if start != NEVER:
                _put(at, row, start + minutes, 0 if kind == NO_REST else left, start, i)


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
