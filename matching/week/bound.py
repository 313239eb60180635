"""No plan of this week has more weight than … : a bound from prices.

Take any week's plan, and any prices that are not negative: `seat[v]` for each place of a visit v, `minute[h]` and
`turn[h]` for each minute and each visit of a helper h's week. With y[v] = 1 where v is served, the places filled are
demand[v] · y[v], so

    Σ weight[v]·y[v] = Σ (weight[v] - demand[v]·seat[v])·y[v] + Σ seat[v] over all filled places.

The first sum is at most that of its positive terms. In the second, what one helper's places fetch is, since she
keeps within her caps, at most

    minutes_cap[h]·minute[h] + visits_cap[h]·turn[h] + Σ over her days of Σ (seat[v] - minute[h]·minutes[v] - turn[h]),

and each day is one order of visits with its ways, windows and rests, so no better than the best such order, than which
what `best_day` finds is never less. Nothing else was used of the plan. All
prices are whole numbers of 1/SCALE, so the sum is exact, and weights are whole numbers, so it may be rounded down.

The least such bound is the optimum of a linear program: the time-indexed one (a visit begins here at this minute or not,
one thing at a time) with each helper's day replaced by the convex hull of its feasible days, which is tighter. Prices approach
it by subgradient steps (Held, Wolfe and Crowder 1974) towards the best plan known; whatever step they stop at, they prove
their bound. What it leaves out: that two come at the same time, that caps are filled by whole visits, and that a visit
with dates on several days is done by one helper only once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matching.tables import F64, I64
from matching.week.arrays import TOUR_MAX, Arrays
from matching.week.compiled import compiled, view
from matching.week.day import best_day
from matching.week.tours import Labels, blank

SCALE = 1_000_000
# Orders of one day looked at before the bound of it is taken instead: few while prices are still far off.
LOOKED_MAX, LOOKED_FIRST, FIRST_STEPS = 2_000, 200, 100
# A step goes this far of what would reach the target if all were linear; shorter after so many steps in vain.
REACH = 1.0
VAIN = 8
# How much of the last direction a step keeps.
KEPT = 0.6


@compiled
def sweep(
    a: Arrays,
    at: Labels,
    seat: I64,
    minute: I64,
    turn: I64,
    seats: I64,
    minutes: I64,
    visits: I64,
    looked_max: int,
) -> int:
    """What the best days fetch together; counts their places of each visit and their minutes and visits of each helper."""
    gain = np.empty(len(a.pair_visit), dtype=np.int64)
    for pair in range(len(gain)):
        visit, helper = a.pair_visit[pair], a.tour_helper[a.pair_tour[pair]]
        gain[pair] = seat[visit] - minute[helper] * a.minutes[visit] - turn[helper]
    chosen = np.empty(TOUR_MAX, dtype=np.int64)
    total = 0
    for tour in range(len(a.tour_helper)):
        fetched, length = best_day(a, at, tour, gain, chosen, looked_max)
        total += fetched
        for k in range(length):
            visit, helper = a.pair_visit[chosen[k]], a.tour_helper[tour]
            seats[visit] += 1
            minutes[helper] += a.minutes[visit]
            visits[helper] += 1
    return total


@dataclass(frozen=True, slots=True)
class Prices:
    """In whole units of 1/SCALE of a weight, none negative."""

    seat: I64
    minute: I64
    turn: I64


class Bound:
    """A bound that falls the longer it is worked on, and is true at any time."""

    def __init__(self, a: Arrays) -> None:
        self._a, self._views = a, (view(a), view(blank(0)))
        enough = np.diff(_first_of_tours(a)) >= a.demand
        self._weight = np.where(enough, a.weight, 0).astype(np.int64)
        self.value = int(self._weight.sum())
        self.steps = 0
        # In weights; those of helpers for an hour and for a visit.
        self._least = float("inf")
        self._seat: F64 = self._weight / a.demand
        self._hour: F64 = np.zeros(len(a.minutes_cap))
        self._turn: F64 = np.zeros(len(a.minutes_cap))
        self._way: tuple[F64, F64, F64] = (self._seat * 0, self._hour * 0, self._turn * 0)
        self._reach, self._vain = REACH, 0

    def improve(self, steps: int, target: int, stop: Callable[[], bool] = lambda: False) -> None:
        """So many steps towards the weight of a plan; fewer if `stop` says so, or if the target is reached."""
        for _ in range(steps):
            if self.value <= target or stop():
                return
            self._step(target)

    def _step(self, target: int) -> None:
        a = self._a
        prices = Prices(_whole(self._seat), _whole(self._hour / 60), _whole(self._turn))
        seats = np.zeros(len(a.minutes), dtype=np.int64)
        minutes, visits = np.zeros((2, len(a.minutes_cap)), dtype=np.int64)
        looked = LOOKED_FIRST if self.steps < FIRST_STEPS else LOOKED_MAX
        total = sweep(*self._views, prices.seat, prices.minute, prices.turn, seats, minutes, visits, looked)
        spare = self._weight * SCALE - a.demand * prices.seat
        total += int(np.maximum(spare, 0).sum())
        total += int((a.minutes_cap * prices.minute).sum() + (a.visits_cap * prices.turn).sum())
        self.steps += 1
        self._vain += 1
        self.value = min(self.value, total // SCALE)
        if total < self._least:
            self._least, self._vain = total, 0
        if self._vain >= VAIN:
            self._reach, self._vain = self._reach / 1.5, 0
        # Where the bound rises with a price.
        slopes = (
            seats - a.demand * (spare > 0),
            (a.minutes_cap - minutes) / 60.0,
            (a.visits_cap - visits).astype(np.float64),
        )
        held = [(p <= 0) & (g > 0) for p, g in zip((self._seat, self._hour, self._turn), slopes, strict=True)]
        way = [np.where(h, 0.0, g + KEPT * w) for g, w, h in zip(slopes, self._way, held, strict=True)]
        square = sum(float((w * w).sum()) for w in way)
        if square == 0:
            return
        length = self._reach * max(1.0, total / SCALE - target) / square
        self._way = (way[0], way[1], way[2])
        self._seat = np.clip(self._seat - length * way[0], 0, self._weight / a.demand)
        self._hour = np.maximum(self._hour - length * way[1], 0)
        self._turn = np.maximum(self._turn - length * way[2], 0)


def _whole(prices: F64) -> I64:
    return np.rint(prices * SCALE).astype(np.int64)


def _first_of_tours(a: Arrays) -> I64:
    """Where each visit's helpers would begin if every helper were counted once, [visits + 1]."""
    helper = a.tour_helper[a.pair_tour]
    new = np.ones(len(helper), dtype=np.int64)
    new[1:] = (helper[1:] != helper[:-1]) | (a.pair_visit[1:] != a.pair_visit[:-1])
    return np.concatenate([[0], np.cumsum(new)])[a.visit_at]
