"""Ruin and recreate: take some visits out of a plan, then seat whoever is out, in one order or another.

Adaptive large neighbourhood search (Ropke and Pisinger 2006) with the blinks of Christiaens and Vanden Berghe (2020).
"""

import numpy as np

from matching.tables import I64
from matching.week.arrays import TOUR_MAX, Arrays
from matching.week.compiled import compiled
from matching.week.state import (
    STEP,
    WEIGHT,
    State,
    best_place,
    draw,
    fill,
    fix,
    lift,
    look,
    room,
    soonest,
)
from matching.week.tours import NEVER, way

RANDOM, RELATED, WORST, HELPER, CROWDED = range(5)
RUINS = 5
ANY, WEIGHTY, DENSE, REGRET = range(4)
ORDERS = 4

TRIES = 8
TAKEN_MAX = 20


@compiled
def ruin(a: Arrays, s: State, kind: int, wanted: int) -> None:
    """Take out about so many visits."""
    visits = len(a.minutes)
    if kind == RANDOM:
        for _ in range(wanted):
            lift(a, s, draw(s, visits))
    elif kind == RELATED:
        _related(a, s, draw(s, visits), wanted)
    elif kind == WORST:
        for _ in range(wanted):
            _worst(a, s)
    elif kind == HELPER:
        seed = draw(s, visits)
        for _ in range(1 + wanted // 8):
            _helper(a, s, seed)
    else:
        _crowded(a, s, 1 + wanted // 5)


@compiled
def _related(a: Arrays, s: State, seed: int, wanted: int) -> None:
    """A visit and those nearest to it, some left out."""
    many = 1 if s.seat[seed, 0] >= 0 else 0
    lift(a, s, seed)
    for k in range(a.near.shape[1]):
        if many >= wanted:
            return
        other = a.near[seed, k]
        if s.seat[other, 0] >= 0 and draw(s, 4) > 0:
            lift(a, s, other)
            many += 1


@compiled
def _worst(a: Arrays, s: State) -> None:
    """Of a few visits the one that costs most way for each of its minutes."""
    best, worst = -1, -1
    for _ in range(6):
        visit = draw(s, len(a.minutes))
        pair = s.seat[visit, 0]
        if pair < 0:
            continue
        tour = a.pair_tour[pair]
        home = len(a.minutes) + a.tour_helper[tour]
        for i in range(s.length[tour]):
            if s.route[tour, i] == pair:
                before = home if i == 0 else a.pair_visit[s.route[tour, i - 1]]
                after = home if i + 1 == s.length[tour] else a.pair_visit[s.route[tour, i + 1]]
                saved = way(a, before, visit) + way(a, visit, after) - way(a, before, after)
                if saved > best:
                    best, worst = saved, visit
    if worst >= 0:
        lift(a, s, worst)


@compiled
def _helper(a: Arrays, s: State, seed: int) -> None:
    """The whole week of somebody who could come to the seed."""
    many = a.visit_at[seed + 1] - a.visit_at[seed]
    if many == 0:
        return
    helper = a.tour_helper[a.pair_tour[a.visit_at[seed] + draw(s, many)]]
    for tour in range(a.helper_tour_at[helper], a.helper_tour_at[helper + 1]):
        for i in range(s.length[tour] - 1, -1, -1):
            lift(a, s, a.pair_visit[s.route[tour, i]])


@compiled
def _crowded(a: Arrays, s: State, tours: int) -> None:
    """For somebody unserved: some visits in a row from tours where she would like to be, or from others of that week."""
    seed = -1
    for _ in range(200):
        visit = draw(s, len(a.minutes))
        if s.seat[visit, 0] < 0 and a.visit_at[visit + 1] > a.visit_at[visit]:
            seed = visit
            break
    if seed < 0:
        return
    many = a.visit_at[seed + 1] - a.visit_at[seed]
    for _ in range(tours):
        pair = a.visit_at[seed] + draw(s, many)
        tour = a.pair_tour[pair]
        if not room(a, s, pair) and draw(s, 2) == 0:
            helper = a.tour_helper[tour]
            from_, to = a.helper_tour_at[helper], a.helper_tour_at[helper + 1]
            tour = from_ + draw(s, to - from_)
        length = s.length[tour]
        if length == 0:
            continue
        run = 1 + draw(s, min(3, length))
        low = draw(s, length - run + 1)
        for i in range(low + run - 1, low - 1, -1):
            lift(a, s, a.pair_visit[s.route[tour, i]])


@compiled
def recreate(a: Arrays, s: State, order: int, noise: int, blink: int, pool: I64) -> None:
    """Seat whoever is out, one after the other; `blink` of 1,000 seats are overlooked."""
    many = 0
    for visit in range(len(a.minutes)):
        if s.seat[visit, 0] >= 0:
            continue
        # Two at once cost much to try; those who have long been out wait for a later step.
        if a.demand[visit] == 1 or s.lifted_in[visit] == s.tally[STEP] or draw(s, 6) == 0:
            pool[many] = visit
            many += 1
    keys = np.empty(many, dtype=np.int64)
    for k in range(many):
        keys[k] = _key(a, s, order, pool[k])
    for k in np.argsort(keys):
        visit = pool[k]
        if a.demand[visit] == 1:
            _seat(a, s, visit, noise, blink)
        else:
            _seat_two(a, s, visit)


@compiled
def _key(a: Arrays, s: State, order: int, visit: int) -> int:
    """Who is seated first has the least."""
    low = draw(s, 1 << 20)
    if order == WEIGHTY:
        return int(low - (a.weight[visit] << 20))
    if order == DENSE:
        return int(low - a.weight[visit] * (60 << 20) // (a.minutes[visit] * a.demand[visit]))
    if order == REGRET:
        best, second = NEVER, NEVER
        for pair in range(a.visit_at[visit], a.visit_at[visit + 1]):
            if room(a, s, pair):
                cost = look(a, s, pair)
                if cost < best:
                    best, second = cost, best
                else:
                    second = min(second, cost)
        # Nowhere to go now: perhaps later. One way only: at once.
        return 0 if best == NEVER else -(second - best + a.weight[visit])
    return low


@compiled
def _seat(a: Arrays, s: State, visit: int, noise: int, blink: int) -> None:
    best, chosen = NEVER, -1
    for pair in range(a.visit_at[visit], a.visit_at[visit + 1]):
        if not room(a, s, pair):
            continue
        cost = look(a, s, pair)
        if cost == NEVER or (blink > 0 and draw(s, 1000) < blink):
            continue
        if noise > 0:
            cost += draw(s, noise)
        if cost < best:
            best, chosen = cost, pair
    if chosen >= 0:
        fill(a, s, chosen, s.place[chosen])
        s.tally[WEIGHT] += a.weight[visit]


@compiled
def _seat_two(a: Arrays, s: State, visit: int) -> None:
    """Both places or neither. They can meet when the later of the two first has time somewhere in her tour: try some
    such times.
    """
    low, high = a.visit_at[visit], a.visit_at[visit + 1]
    who = np.empty(high - low, dtype=np.int64)
    first_at = np.empty(high - low, dtype=np.int64)
    times = np.empty((high - low) * (TOUR_MAX + 1) + 1, dtype=np.int64)
    days = np.empty(len(times), dtype=np.int64)
    many, met = 0, 0
    for pair in range(low, high):
        if not room(a, s, pair) or look(a, s, pair) == NEVER:
            continue
        who[many] = pair
        until = met + soonest(a, s, pair, times[met:])
        first_at[many] = NEVER
        while met < until:
            first_at[many] = min(first_at[many], times[met])
            days[met] = a.tour_day[a.pair_tour[pair]]
            met += 1
        many += 1
    best, start = 2 * NEVER, -1
    chosen = np.full(2, -1, dtype=np.int64)
    for attempt in range(min(met, TRIES) if many > 1 else 0):
        k = attempt if met <= TRIES else draw(s, met)
        first, second, one, other = NEVER, NEVER, -1, -1
        for j in range(many):
            if a.tour_day[a.pair_tour[who[j]]] != days[k] or first_at[j] > times[k]:
                continue
            cost, _ = best_place(a, s, who[j], times[k])
            if cost < first:
                first, second, one, other = cost, first, who[j], one
            elif cost < second:
                second, other = cost, who[j]
        if other >= 0 and first + second < best:
            best, start = first + second, times[k]
            chosen[0], chosen[1] = one, other
    if start < 0:
        return
    fix(s, visit, start)
    for k in range(2):
        _, place = best_place(a, s, chosen[k], start)
        fill(a, s, chosen[k], place)
    s.tally[WEIGHT] += a.weight[visit]
