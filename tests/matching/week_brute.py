"""The most weight of a tiny week by trying every start of every visit by everybody, judged by the checker."""

from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from uuid import UUID

from matching import Request
from matching.plan import Slot
from matching.week import Placed, Week, WeekPlan, Worth, check_week, weight


def _plan(week: Week, placed: list[Placed]) -> WeekPlan:
    served = {p.request for p in placed}
    unserved = tuple(r.id for r in week.round.requests if r.id not in served)
    return WeekPlan(tuple(placed), unserved, Worth(0, 0, 0, 0, 0), 10**9, 0)


def allowed(week: Week, placed: list[Placed], but: str = "worth") -> bool:
    """Does the checker object to nothing but the stated worth and perhaps one rule more?"""
    return all(v.rule in ("worth", but) for v in check_week(week, _plan(week, placed)))


def most(week: Week, worth: Callable[[Request], int] = weight) -> int:
    """Every choice of places for each visit that is right by itself, together as the checker allows.

    A part of a plan that breaks a rule stays wrong with more visits in it; but for that of rests, which is asked of whole
    plans only: a visit half way may be where a rest can be had.
    """
    requests = sorted(week.round.requests, key=lambda r: (-worth(r), r.id))
    choices: dict[Request, list[Placed]] = defaultdict(list)
    for r in requests:
        for window in r.dates:
            for start in range(window.start, window.end - r.minutes + 1):
                slot = Slot(window.on, start, r.minutes, weekly=False)
                for helpers in combinations([h.id for h in week.round.helpers], r.demand):
                    choice = Placed(r.id, helpers, slot)
                    if choice not in choices[r] and allowed(week, [choice], "rest"):
                        choices[r].append(choice)
    known: dict[tuple[UUID, tuple[Placed, ...], str], bool] = {}

    def hers(who: UUID, placed: list[Placed], but: str) -> bool:
        """May she do what she does of it? Asked once."""
        key = who, tuple(p for p in placed if who in p.helpers), but
        if key not in known:
            found = check_week(week, _plan(week, list(key[1])))
            # Another's rest may be at a visit that is not hers.
            known[key] = all(
                v.rule in ("worth", but) or (v.rule == "rest" and v.subject != who) for v in found
            )
        return known[key]

    best = 0
    left = [sum(max(0, worth(r)) for r in requests[i:]) for i in range(len(requests) + 1)]

    def go_on(i: int, placed: list[Placed], so_far: int) -> None:
        nonlocal best
        if so_far + left[i] <= best:
            return
        if i == len(requests):
            busy = {who for p in placed for who in p.helpers}
            if all(hers(who, placed, "worth") for who in busy) and allowed(week, placed):
                best = so_far
            return
        for choice in choices[requests[i]]:
            if all(hers(who, [*placed, choice], "rest") for who in choice.helpers):
                go_on(i + 1, [*placed, choice], so_far + worth(requests[i]))
        go_on(i + 1, placed, so_far)

    go_on(0, [], 0)
    return best
