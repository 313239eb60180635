"""The most weight of a tiny week by trying every start of every visit by everybody, judged by the checker."""

from collections import defaultdict
from itertools import combinations

from matching import Request
from matching.plan import Slot
from matching.week import Placed, Week, WeekPlan, Worth, check_week


def _plan(week: Week, placed: list[Placed]) -> WeekPlan:
    served = {p.request for p in placed}
    unserved = tuple(r.id for r in week.round.requests if r.id not in served)
    return WeekPlan(tuple(placed), unserved, Worth(0, 0, 0, 0, 0), 10**9, 0)


def allowed(week: Week, placed: list[Placed]) -> bool:
    """Does the checker object to nothing but the stated worth?"""
    return all(v.rule == "worth" for v in check_week(week, _plan(week, placed)))


def most(week: Week) -> int:
    """Every choice of places for each visit that is right by itself, together as the checker allows.

    A part of a plan that breaks a rule other than that of rests stays wrong with more visits in it; of rests too,
    since ways obey the triangle inequality.
    """
    requests = sorted(week.round.requests, key=lambda r: (-r.priority, r.id))
    choices: dict[Request, list[Placed]] = defaultdict(list)
    for r in requests:
        for window in r.dates:
            for start in range(window.start, window.end - r.minutes + 1):
                slot = Slot(window.on, start, r.minutes, weekly=False)
                for helpers in combinations([h.id for h in week.round.helpers], r.demand):
                    choice = Placed(r.id, helpers, slot)
                    if choice not in choices[r] and allowed(week, [choice]):
                        choices[r].append(choice)
    clash: dict[tuple[Placed, Placed], bool] = {}

    def apart(one: Placed, other: Placed) -> bool:
        """May these two stand in one plan?"""
        if not set(one.helpers) & set(other.helpers):
            return True
        if (one, other) not in clash:
            clash[one, other] = allowed(week, [one, other])
        return clash[one, other]

    best = 0
    left = [sum(1 + r.priority for r in requests[i:]) for i in range(len(requests) + 1)]

    def go_on(i: int, placed: list[Placed], weight: int) -> None:
        nonlocal best
        if weight + left[i] <= best:
            return
        if i == len(requests):
            if allowed(week, placed):
                best = weight
            return
        for choice in choices[requests[i]]:
            if all(apart(before, choice) for before in placed):
                go_on(i + 1, [*placed, choice], weight + 1 + requests[i].priority)
        go_on(i + 1, placed, weight)

    go_on(0, [], 0)
    return best
