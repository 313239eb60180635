"""The week plan: timed visits, the ways between them, two at once, rests and weekly caps.

Apart from the rest of the package, since numba comes with it: `from matching import week`.
"""

from collections.abc import Callable

from matching.week.bound import Bound
from matching.week.check import check_week
from matching.week.plan import Placed, WeekPlan, Worth
from matching.week.problem import Midday, Pause, Rest, Travel, Week, weight
from matching.week.search import Search

__all__ = [
    "Bound",
    "Midday",
    "Pause",
    "Placed",
    "Rest",
    "Search",
    "Travel",
    "Week",
    "WeekPlan",
    "Worth",
    "check_week",
    "plan_week",
    "weight",
]


def plan_week(
    week: Week,
    *,
    seed: int = 1,
    iterations: int = 20_000,
    bound_steps: int = 100,
    stop_search: Callable[[], bool] = lambda: False,
    stop_bound: Callable[[], bool] = lambda: False,
) -> WeekPlan:
    """Search for so many iterations, then bound the best in so many steps.

    `stop_search` is asked now and then; once it says so, what was found until then is the plan, and its `iterations`
    make the same one again. `stop_bound` is asked before each step of the bound, which holds whenever it stops. Raises
    BadProblem where there are too many pairs of a visit and a helper.
    """
    search = Search(week, seed)
    search.improve(iterations, stop_search)
    bound = Bound(search.board.arrays)
    bound.improve(bound_steps, search.weight, stop_bound)
    return search.plan(bound.value)
