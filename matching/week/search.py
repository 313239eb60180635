"""The best week found so far: seats filled one by one, then ruined and recreated for as long as the caller likes."""

from collections.abc import Callable

import numpy as np

from matching.plan import Slot
from matching.tables import I64
from matching.week.arrays import lay_out
from matching.week.compiled import view
from matching.week.moves import ORDERS, REGRET, RUINS, TAKEN_MAX, recreate, ruin
from matching.week.plan import Placed, WeekPlan, Worth
from matching.week.problem import Week
from matching.week.state import (
    BROKEN,
    STEP,
    TOUCHED,
    UNFIXED,
    WAY,
    WEIGHT,
    Best,
    draw,
    empty,
    resume,
    take,
    timetable,
    undo,
)

# In a step's score a unit of weight is worth more minutes than any way saved for it.
UNIT = 2_000
# A step may lose up to a random part of the heat. It falls by an eighth each period; once cold, the search goes on from the
# best plan with periods half as long again. None of it depends on how long the search will be.
HOT, COLD = 2 * UNIT, 3
PERIOD = 400
BLINK = 10
NOISE = 8
# Iterations between two questions whether to stop.
STRIDE = 100
ASSESSED = 256
REWARD_BEST, REWARD_BETTER, REWARD_TAKEN = 16, 6, 2


class Search:
    """A plan that is right at any time and better the longer it is searched.

    The same week, seed and number of iterations give the same plan, in however many calls.
    """

    def __init__(self, week: Week, seed: int = 1) -> None:
        self.board = lay_out(week)
        self._state = empty(self.board.arrays, seed)
        self._views = view(self.board.arrays), view(self._state)
        self._pool: I64 = np.zeros(len(self.board.visits), dtype=np.int64)
        self.iterations = 0
        self._heat, self._period, self._cooled = HOT, PERIOD, 0
        # How often each way to ruin and each order is chosen, what it earned of late and in how many uses.
        self._shares = [32] * (RUINS + ORDERS)
        self._earned, self._used = [0] * (RUINS + ORDERS), [0] * (RUINS + ORDERS)
        recreate(*self._views, REGRET, 0, 0, self._pool)
        self._keep()

    @property
    def weight(self) -> int:
        return self._best.weight

    def improve(self, iterations: int, stop: Callable[[], bool] = lambda: False) -> None:
        """So many iterations more; fewer if `stop` says so, asked every STRIDE; none without visits."""
        if not self.board.visits:
            return
        for done in range(iterations):
            if done % STRIDE == 0 and stop():
                return
            self._step()

    def _step(self) -> None:
        """Ruin, recreate, and keep it or not."""
        s, tally = self._state, self._state.tally
        self.iterations += 1
        tally[STEP] = self.iterations
        tally[TOUCHED] = tally[UNFIXED] = tally[BROKEN] = 0
        weight, way = int(tally[WEIGHT]), int(tally[WAY])
        kind, order = self._choose(0, RUINS), self._choose(RUINS, RUINS + ORDERS)
        ruin(*self._views, kind, 1 + self._draw(TAKEN_MAX))
        recreate(*self._views, order - RUINS, NOISE * self._draw(2), BLINK, self._pool)
        gain = UNIT * (int(tally[WEIGHT]) - weight) - (int(tally[WAY]) - way)
        reward = 0
        if tally[BROKEN] or gain < -self._draw(self._heat):
            undo(*self._views)
            tally[WEIGHT] = weight
        elif (s.tally[WEIGHT], -s.tally[WAY]) > (self._best.weight, -self._best.way):
            self._keep()
            reward = REWARD_BEST
        elif gain:
            reward = REWARD_BETTER if gain > 0 else REWARD_TAKEN
        for k in (kind, order):
            self._used[k] += 1
            self._earned[k] += reward
        if self.iterations % ASSESSED == 0:
            self._assess()
        if self.iterations - self._cooled >= self._period:
            self._cool()

    def _draw(self, below: int) -> int:
        return draw(self._views[1], below)

    def _choose(self, low: int, high: int) -> int:
        left = self._draw(sum(self._shares[low:high]))
        for k in range(low, high):
            left -= self._shares[k]
            if left < 0:
                return k
        return high - 1

    def _assess(self) -> None:
        """Shares follow what was earned in each use, slowly, and none dies out."""
        for k, used in enumerate(self._used):
            if used:
                self._shares[k] = max(6, (3 * self._shares[k] + 32 * self._earned[k] // used) // 4)
            self._earned[k] = self._used[k] = 0

    def _cool(self) -> None:
        self._cooled = self.iterations
        self._heat -= max(1, self._heat // 8)
        if self._heat < COLD:
            self._heat = HOT
            self._period += self._period // 2
            take(self._state, self._best)
            resume(*self._views)

    def _keep(self) -> None:
        s = self._state
        self._best = Best(
            s.route.copy(), s.length.copy(), s.fixed.copy(), int(s.tally[WEIGHT]), int(s.tally[WAY])
        )

    def plan(self, bound: int) -> WeekPlan:
        """The best plan so far, with a bound found elsewhere."""
        board, best = self.board, self._best
        a = board.arrays
        s = empty(a, 1)
        take(s, best)
        seen = view(s)
        resume(self._views[0], seen)
        starts = np.zeros_like(s.route)
        timetable(self._views[0], seen, starts)
        seats: dict[int, list[int]] = {}
        slots: dict[int, Slot] = {}
        travel = known = 0
        for tour, (helper, on) in enumerate(board.tours):
            pairs = s.route[tour, : s.length[tour]]
            legs = a.travel[a.pair_visit[pairs]]
            home = len(a.minutes) + helper
            travel += sum(int(leg[there]) for leg, there in zip(legs, a.pair_visit[pairs][1:], strict=False))
            travel += sum(int(leg[home]) for leg in (*legs[:1], *legs[-1:]))
            for pair, start in zip(pairs.tolist(), starts[tour].tolist(), strict=False):
                visit = int(a.pair_visit[pair])
                seats.setdefault(visit, []).append(helper)
                slots[visit] = Slot(on, start, int(a.minutes[visit]), weekly=False)
                known += int(a.bonus[pair] > 0)
        worth = Worth(
            served=len(seats),
            weight=int(a.weight[list(seats)].sum()),
            known=known,
            travel_minutes=travel,
            way=best.way,
        )
        placed = tuple(
            Placed(board.visits[v], tuple(board.helpers[h] for h in sorted(seats[v])), slots[v])
            for v in sorted(seats)
        )
        unserved = tuple(one for v, one in enumerate(board.visits) if v not in seats)
        return WeekPlan(placed, unserved, worth, bound, self.iterations)
