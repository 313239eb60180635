"""A plan while it is searched: seats can be filled and emptied, and a whole step be undone."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matching.tables import I64
from matching.week.arrays import NO_REST, TOUR_MAX, Arrays
from matching.week.compiled import compiled
from matching.week.tours import FIRST, FREE, NEVER, Labels, blank, ending, follow, way

# Places of `tally`.
WEIGHT, WAY, STEP, CLOCK, TOUCHED, UNFIXED, BROKEN = range(7)


class State(NamedTuple):
    """Every visit has all its seats filled or none. `was_…` is what the step under way has touched, as it was."""

    route: I64  # [tours, TOUR_MAX] pairs in order
    length: I64
    labels: Labels
    seat: I64  # [visits, 2] pairs or -1
    fixed: I64  # of a visit by two: when they come, or FREE
    used_minutes: I64
    used_visits: I64
    way: I64  # [tours]
    version: I64  # [tours], from a clock: what was worked out for a tour holds while it is the same
    cost: I64  # [pairs] of filling this seat at `place`, worked out at version `known`
    place: I64
    known: I64
    tally: I64
    chance: npt.NDArray[np.uint64]
    touched: I64  # tours
    touched_in: I64  # [tours] the step that touched them last
    was_route: I64
    was_length: I64
    was_version: I64
    unfixed: I64  # [many, 2] visits and when they came
    lifted_in: I64  # [visits] the step that took them out last


class Best(NamedTuple):
    """A copy of the best plan so far."""

    route: I64
    length: I64
    fixed: I64
    weight: int
    way: int


def take(s: State, best: Best) -> None:
    """Make it the plan; `resume` does the rest."""
    s.route[:], s.length[:], s.fixed[:] = best.route, best.length, best.fixed
    s.tally[WEIGHT] = best.weight


def empty(a: Arrays, seed: int) -> State:
    tours, visits, pairs, helpers = len(a.tour_helper), len(a.minutes), len(a.pair_visit), len(a.minutes_cap)

    def i64(*shape: int, value: int = 0) -> I64:
        return np.full(shape, value, dtype=np.int64)

    return State(
        route=i64(tours, TOUR_MAX),
        length=i64(tours),
        labels=blank(tours),
        seat=i64(visits, 2, value=-1),
        fixed=i64(visits, value=FREE),
        used_minutes=i64(helpers),
        used_visits=i64(helpers),
        way=i64(tours),
        version=np.arange(tours, dtype=np.int64),
        cost=i64(pairs),
        place=i64(pairs),
        known=i64(pairs, value=-1),
        tally=np.array([0, 0, 0, tours, 0, 0, 0], dtype=np.int64),
        chance=np.array([seed * 2 + 1], dtype=np.uint64),
        touched=i64(tours),
        touched_in=i64(tours, value=-1),
        was_route=i64(tours, TOUR_MAX),
        was_length=i64(tours),
        was_version=i64(tours),
        unfixed=i64(4 * visits + 4, 2),
        lifted_in=i64(visits, value=-1),
    )


@compiled
def draw(s: State, below: int) -> int:
    """A number of 0 … below - 1 (splitmix64)."""
    s.chance[0] += np.uint64(0x9E3779B97F4A7C15)
    x = s.chance[0]
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return int(np.int64((x ^ (x >> np.uint64(31))) >> np.uint64(1)) % below)


@compiled
def touch(s: State, tour: int) -> None:
    """Remember a tour as it is, once in each step."""
    if s.touched_in[tour] == s.tally[STEP]:
        return
    s.touched_in[tour] = s.tally[STEP]
    s.touched[s.tally[TOUCHED]] = tour
    s.tally[TOUCHED] += 1
    for i in range(s.length[tour]):
        s.was_route[tour, i] = s.route[tour, i]
    s.was_length[tour] = s.length[tour]
    s.was_version[tour] = s.version[tour]


@compiled
def fix(s: State, visit: int, start: int) -> None:
    many = s.tally[UNFIXED]
    s.unfixed[many, 0] = visit
    s.unfixed[many, 1] = s.fixed[visit]
    s.tally[UNFIXED] += 1
    s.fixed[visit] = start


@compiled
def refresh(a: Arrays, s: State, tour: int) -> None:
    """Labels, way and version of a tour that has changed."""
    helper = a.tour_helper[tour]
    home = len(a.minutes) + helper
    before, spent, row = home, 0, tour * TOUR_MAX
    for i in range(s.length[tour]):
        pair = s.route[tour, i]
        visit = a.pair_visit[pair]
        step = way(a, before, visit)
        follow(a, s.labels, FIRST if i == 0 else row + i - 1, row + i, step, pair, s.fixed[visit])
        spent += step - a.bonus[pair]
        before = visit
    spent += way(a, before, home)
    s.tally[WAY] += spent - s.way[tour]
    s.way[tour] = spent
    s.tally[CLOCK] += 1
    s.version[tour] = s.tally[CLOCK]
    if s.length[tour] > 0 and ending(a, s.labels, row + s.length[tour] - 1, helper) < 0:
        s.tally[BROKEN] = 1


@compiled
def _use(a: Arrays, s: State, pair: int, sign: int) -> None:
    helper = a.tour_helper[a.pair_tour[pair]]
    s.used_minutes[helper] += sign * a.minutes[a.pair_visit[pair]]
    s.used_visits[helper] += sign


@compiled
def _sit(a: Arrays, s: State, pair: int) -> None:
    visit = a.pair_visit[pair]
    s.seat[visit, 0 if s.seat[visit, 0] < 0 else 1] = pair
    _use(a, s, pair, 1)


@compiled
def _rise(a: Arrays, s: State, pair: int) -> None:
    visit = a.pair_visit[pair]
    s.seat[visit, 0 if s.seat[visit, 0] == pair else 1] = -1
    _use(a, s, pair, -1)


@compiled
def fill(a: Arrays, s: State, pair: int, place: int) -> None:
    """Put a pair's visit at this place of its tour."""
    tour = a.pair_tour[pair]
    touch(s, tour)
    for i in range(s.length[tour], place, -1):
        s.route[tour, i] = s.route[tour, i - 1]
    s.route[tour, place] = pair
    s.length[tour] += 1
    _sit(a, s, pair)
    refresh(a, s, tour)


@compiled
def lift(a: Arrays, s: State, visit: int) -> None:
    """Take a visit out of all tours."""
    if s.seat[visit, 0] < 0 and s.seat[visit, 1] < 0:
        return
    s.tally[WEIGHT] -= a.weight[visit]
    s.lifted_in[visit] = s.tally[STEP]
    if s.fixed[visit] != FREE:
        fix(s, visit, FREE)
    for k in range(2):
        pair = s.seat[visit, k]
        if pair < 0:
            continue
        tour = a.pair_tour[pair]
        touch(s, tour)
        _rise(a, s, pair)
        found = False
        for i in range(s.length[tour]):
            if found:
                s.route[tour, i - 1] = s.route[tour, i]
            elif s.route[tour, i] == pair:
                found = True
        s.length[tour] -= 1
        refresh(a, s, tour)


@compiled
def undo(a: Arrays, s: State) -> None:
    """As it was before the step."""
    for k in range(s.tally[UNFIXED] - 1, -1, -1):
        s.fixed[s.unfixed[k, 0]] = s.unfixed[k, 1]
    for k in range(s.tally[TOUCHED]):
        tour = s.touched[k]
        for i in range(s.length[tour]):
            _rise(a, s, s.route[tour, i])
    for k in range(s.tally[TOUCHED]):
        tour = s.touched[k]
        for i in range(s.was_length[tour]):
            s.route[tour, i] = s.was_route[tour, i]
            _sit(a, s, s.route[tour, i])
        s.length[tour] = s.was_length[tour]
        refresh(a, s, tour)
        s.version[tour] = s.was_version[tour]


@compiled
def resume(a: Arrays, s: State) -> None:
    """Seats, what helpers have used, and labels, from the routes alone."""
    s.seat[:] = -1
    s.used_minutes[:] = 0
    s.used_visits[:] = 0
    for tour in range(len(s.length)):
        for i in range(s.length[tour]):
            _sit(a, s, s.route[tour, i])
        refresh(a, s, tour)


@compiled
def timetable(a: Arrays, s: State, starts: I64) -> None:
    """[tours, TOUR_MAX] when each visit begins, read back from the label with which its day ends first."""
    for tour in range(len(s.length)):
        row = tour * TOUR_MAX + s.length[tour] - 1
        label = ending(a, s.labels, row, a.tour_helper[tour]) if s.length[tour] > 0 else 0
        for i in range(s.length[tour] - 1, -1, -1):
            starts[tour, i] = s.labels.start[row, label]
            label = s.labels.parent[row, label]
            row -= 1


@compiled
def room(a: Arrays, s: State, pair: int) -> bool:
    """Has the helper minutes and visits left in her week?"""
    helper = a.tour_helper[a.pair_tour[pair]]
    minutes = s.used_minutes[helper] + a.minutes[a.pair_visit[pair]]
    return bool(minutes <= a.minutes_cap[helper] and s.used_visits[helper] < a.visits_cap[helper])


@compiled
def _fits(a: Arrays, s: State, pair: int, fixed: int, place: int) -> bool:
    """Could the visit stand at this place of its tour? Leaves its labels in the first row of scratch."""
    tour, visit = a.pair_tour[pair], a.pair_visit[pair]
    helper = a.tour_helper[tour]
    base, row, at = tour * TOUR_MAX, len(s.length) * TOUR_MAX, s.labels
    before, last = len(a.minutes) + helper, FIRST
    if place > 0:
        before, last = a.pair_visit[s.route[tour, place - 1]], base + place - 1
    for i in range(place - 1, s.length[tour]):
        if i >= place:
            pair = s.route[tour, i]
            visit = a.pair_visit[pair]
            fixed = s.fixed[visit]
        follow(a, at, last, row, way(a, before, visit), pair, fixed)
        if at.many[row] == 0:
            return False
        if i >= place and a.rest[helper, 0] == NO_REST and at.end[row, 0] <= at.end[base + i, 0]:
            return True  # from here on nothing is later than it was
        before, last, row = visit, row, row + 1
    return bool(ending(a, at, last, helper) >= 0)


@compiled
def best_place(a: Arrays, s: State, pair: int, fixed: int) -> tuple[int, int]:
    """(the least extra way less what a known face is worth, the place of it), or (NEVER, -1)."""
    tour, visit = a.pair_tour[pair], a.pair_visit[pair]
    home = len(a.minutes) + a.tour_helper[tour]
    length, base, at = s.length[tour], tour * TOUR_MAX, s.labels
    latest = a.last[a.allow_at[pair + 1] - 1] if fixed == FREE else fixed
    best, place, before = NEVER, -1, home
    for i in range(length + 1 if length < TOUR_MAX else 0):
        if i > 0:
            soonest = at.end[base + i - 1, 0]
            for k in range(1, at.many[base + i - 1]):
                soonest = min(soonest, at.end[base + i - 1, k])
            if soonest > latest:
                break
        after = home if i == length else a.pair_visit[s.route[tour, i]]
        extra = way(a, before, visit) + way(a, visit, after) - way(a, before, after)
        if extra < best and _fits(a, s, pair, fixed, i):
            best, place = extra, i
        before = after
    return (best - a.bonus[pair] if place >= 0 else NEVER), place


@compiled
def look(a: Arrays, s: State, pair: int) -> int:
    """What filling this seat would cost, looked up if its tour is as it was."""
    version = s.version[a.pair_tour[pair]]
    if s.known[pair] != version:
        s.cost[pair], s.place[pair] = best_place(a, s, pair, FREE)
        s.known[pair] = version
    return int(s.cost[pair])


@compiled
def soonest(a: Arrays, s: State, pair: int, times: I64) -> int:
    """The earliest starts at each place of its tour, rested before or not, into `times`; and how many there are."""
    tour, many = a.pair_tour[pair], 0
    row = len(s.length) * TOUR_MAX
    for i in range(s.length[tour] + 1 if s.length[tour] < TOUR_MAX else 0):
        if _fits(a, s, pair, FREE, i):
            for k in range(s.labels.many[row]):
                if many < len(times):
                    times[many] = s.labels.start[row, k]
                    many += 1
    return many
