"""The most that one helper's day can fetch, if each visit on it fetches a gain.

Visits that fetch nothing are left out. Without them the others are no later, since for places x, y, z the way from x to z
takes no longer than those from x to y and from y to z and the visit to y (see Travel); but a rest may have been taken
at y, in the midst of the way. So here a rest may interrupt a way, as often as needed, and on the first way of a day
home may be anywhere. Whatever a day with all its visits allows, is then allowed to those that are left: labels
(see tours.py) neither end later nor have more to do for the rest, since between two visits x and z work is no less than
the way from x to z, and r rests in it leave no less to count than what was due and that way less r whole stretches.
"""

import numpy as np

from matching.tables import I64, Bool
from matching.week.arrays import MIDDAY, NO_REST, PAUSE, TOUR_MAX, Arrays
from matching.week.compiled import compiled
from matching.week.tours import FIRST, FREE, LABELS, NEVER, Labels, earliest, ending, put, way


@compiled
def best_day(a: Arrays, at: Labels, tour: int, gain: I64, chosen: I64, looked_max: int) -> tuple[int, int]:
    """(at least the most that one order of visits can fetch on a day, how many visits of it stand in `chosen`).

    Depth first through the orders, dearest minutes first; what is left is bounded by filling the time that remains.
    After `looked_max` orders, or where a day might have more than TOUR_MAX visits, that of the whole day is the answer.
    """
    pairs, needs = candidates(a, tour, gain)
    many = len(pairs)
    if many == 0:
        return 0, 0
    whole, ends = whole_day(a, pairs, needs, gain)
    used = np.zeros(many, dtype=np.bool_)
    nxt = np.zeros(TOUR_MAX + 1, dtype=np.int64)
    taken = np.zeros(TOUR_MAX + 1, dtype=np.int64)
    helper = a.tour_helper[tour]
    best, length, fetched, depth, looked = 0, 0, 0, 0, 0
    while depth >= 0:
        k = nxt[depth]
        if k == many:
            depth -= 1
            if depth >= 0:
                used[taken[depth]] = False
                fetched -= gain[pairs[taken[depth]]]
            continue
        nxt[depth] += 1
        if used[k]:
            continue
        pair = pairs[k]
        visit = a.pair_visit[pair]
        before = visit if depth == 0 else a.pair_visit[pairs[taken[depth - 1]]]
        _follow(a, at, FIRST if depth == 0 else depth - 1, depth, way(a, before, visit), pair)
        if at.many[depth] == 0:
            continue
        looked += 1
        if looked > looked_max:
            return max(best, whole), length
        here = fetched + gain[pair]
        if here > best and ending(a, at, depth, helper) >= 0:
            best, length = here, depth + 1
            for j in range(depth):
                chosen[j] = pairs[taken[j]]
            chosen[depth] = pair
        used[k] = True
        free = at.end[depth, 0]
        for i in range(1, at.many[depth]):
            free = min(free, at.end[depth, i])
        if here + _room(a, pairs, needs, gain, used, visit, free, ends - free) > best:
            if depth == TOUR_MAX - 1:
                return max(best, whole), length
            taken[depth], fetched = k, here
            depth += 1
            nxt[depth] = 0
        else:
            used[k] = False
    return best, length


@compiled
def candidates(a: Arrays, tour: int, gain: I64) -> tuple[I64, I64]:
    """The pairs of a tour that fetch something, dearest minutes first; and the minutes that each needs at least behind
    another, its way included.
    """
    low, high = a.tour_at[tour], a.tour_at[tour + 1]
    pairs = np.empty(high - low, dtype=np.int64)
    many = 0
    for k in range(low, high):
        if gain[a.tour_pair[k]] > 0:
            pairs[many] = a.tour_pair[k]
            many += 1
    pairs = pairs[:many]
    needs = np.empty(many, dtype=np.int64)
    density = np.empty(many)
    for k in range(many):
        visit, nearest = a.pair_visit[pairs[k]], NEVER
        for j in range(many):
            if j != k:
                nearest = min(nearest, way(a, a.pair_visit[pairs[j]], visit))
        needs[k] = a.minutes[visit] + (nearest if many > 1 else 0)
        density[k] = -gain[pairs[k]] / needs[k]
    order = np.argsort(density)
    return pairs[order], needs[order]


@compiled
def _follow(a: Arrays, at: Labels, before: int, row: int, far: int, pair: int) -> None:
    """`tours.follow` where a rest may interrupt a way. Where there are too many labels, two become one that is no worse
    than either.
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
        ready, left, rests = end + far, due, 0
        if kind == PAUSE:
            left += far
        while True:
            start = NEVER
            if kind != PAUSE or left + minutes <= low:
                start = earliest(a, pair, FREE, ready)
            if start != NEVER:
                then = 0 if kind == NO_REST else left + minutes if kind == PAUSE else left
                if not put(at, row, start + minutes, then, start, i):
                    at.end[row, LABELS - 1] = min(at.end[row, LABELS - 1], start + minutes)
                    at.due[row, LABELS - 1] = min(at.due[row, LABELS - 1], then)
            if left == 0 or ready >= NEVER:
                break
            rests += 1
            if kind == PAUSE:
                ready, left = ready + long, max(0, left - low)
            elif max(low, end) + long <= high:
                ready, left = max(low, ready) + long, 0
            else:
                break


@compiled
def whole_day(a: Arrays, pairs: I64, needs: I64, gain: I64) -> tuple[int, int]:
    """(at least what any order can fetch, when the last of these visits can end)."""
    begins, ends, spared = NEVER, 0, 0
    for k in range(len(pairs)):
        minutes = a.minutes[a.pair_visit[pairs[k]]]
        begins = min(begins, a.first[a.allow_at[pairs[k]]])
        ends = max(ends, a.last[a.allow_at[pairs[k] + 1] - 1] + minutes)
        spared = max(spared, needs[k] - minutes)  # by the first visit, which needs no way from another
    used = np.zeros(len(pairs), dtype=np.bool_)
    return _room(a, pairs, needs, gain, used, -1, begins, ends - begins + spared), ends


@compiled
def _room(
    a: Arrays, pairs: I64, needs: I64, gain: I64, used: Bool, visit: int, begins: int, left: int
) -> int:
    """At most this much more fits in so many minutes from `begins` on, at `visit`: dearest minutes first, and of the
    last pair a part.
    """
    total = 0
    for k in range(len(pairs)):
        pair = pairs[k]
        if visit >= 0:
            far = way(a, visit, a.pair_visit[pair])
            if used[k] or begins + far > a.last[a.allow_at[pair + 1] - 1]:
                continue
        if needs[k] >= left:
            return int(total + max(0, (gain[pair] * left + needs[k] - 1) // needs[k]))
        total += gain[pair]
        left -= needs[k]
    return int(total)
