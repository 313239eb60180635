"""No helper's day fetches more than `best_day` says, whatever the gains."""

from dataclasses import replace
from random import Random
from uuid import UUID

import numpy as np
import pytest

from matching.week import Bound, Pause, Week, plan_week
from matching.week.arrays import TOUR_MAX, lay_out
from matching.week.compiled import view
from matching.week.day import best_day
from matching.week.tours import blank
from tests.matching.town import uid
from tests.matching.week_brute import most
from tests.matching.weeks import a_helper_free, a_tiny_week, a_visit_at, a_week_of

# The first in a process waits for the compiler.
pytestmark = pytest.mark.slow(90)

MORNING = (480, 720)
ANA = uid(1)


def fetched(week: Week, gains: dict[UUID, int], looked_max: int = 10**6) -> int:
    """On the only day of the only helper."""
    board = lay_out(week)
    if not board.tours:
        return 0
    assert len(board.tours) == 1
    gain = np.array([gains[board.visits[v]] for v in board.arrays.pair_visit], dtype=np.int64)
    chosen = np.zeros(TOUR_MAX, dtype=np.int64)
    most_of_it, length = best_day(view(board.arrays), view(blank(0)), 0, gain, chosen, looked_max)
    assert int(gain[chosen[:length]].sum()) <= most_of_it
    return most_of_it


def a_day_of_one(seed: int) -> Week:
    """The Monday of one helper of a tiny week, to whom all of it comes."""
    week = a_tiny_week(seed)
    helper = replace(week.round.helpers[0], minutes_left=1000, visits_left=9, absences=())
    on = week.round.on
    visits = [
        replace(r, demand=1, skills=frozenset(), dates=tuple(replace(d, on=on) for d in r.dates))
        for r in week.round.requests
    ]
    windows = tuple(
        {replace(w, start=w.start % 1440, end=w.end - w.start // 1440 * 1440) for w in helper.windows}
    )
    return replace(
        week, round=replace(week.round, helpers=(replace(helper, windows=windows),), requests=tuple(visits))
    )


def test_no_order_of_any_visits_fetches_more() -> None:
    same = 0
    for seed in range(300):
        week, rng = a_day_of_one(seed), Random(seed)
        gains = {r.id: rng.choice((-400, -1, 0, 1, 300, 500, 900)) for r in week.round.requests}
        best = most(week, lambda r, gains=gains: gains[r.id])
        assert best <= fetched(week, gains), seed
        assert best <= fetched(week, gains, looked_max=rng.randint(0, 3)), seed
        same += best == fetched(week, gains)
    assert same >= 285


def test_a_rest_may_be_had_at_a_visit_that_fetches_nothing() -> None:
    visits = [
        a_visit_at(n, MORNING, minutes=minutes, at=at)
        for n, minutes, at in ((1, 20, 0), (2, 5, 30), (3, 15, 60))
    ]
    week = a_week_of([a_helper_free(1, MORNING)], visits, {ANA: Pause(50, 10)})
    gains = {v.id: gain for v, gain in zip(visits, (5, 0, 5), strict=True)}
    assert most(week, lambda r: gains[r.id]) == fetched(week, gains) == 10
    # The two alone cannot be.
    alone = replace(week, round=replace(week.round, requests=(visits[0], visits[2])))
    assert most(alone) == 1


def test_the_way_to_a_visit_counts_in_what_its_minutes_fetch() -> None:
    """Three side by side fetch more than one far away, though its minutes are the dearer."""
    day = (480, 494)
    visits = [a_visit_at(n, day, minutes=2, at=at) for n, at in enumerate((0, 0, 0, 10))]
    week = a_week_of([a_helper_free(1, day)], visits)
    gains = {v.id: gain for v, gain in zip(visits, (90, 90, 90, 100), strict=True)}
    assert fetched(week, gains) == most(week, lambda r: gains[r.id]) == 270


def test_a_day_of_more_visits_than_a_tour_holds_is_bounded_too() -> None:
    visits = [a_visit_at(n, (480 + n, 481 + n), minutes=1) for n in range(TOUR_MAX + 1)]
    week = a_week_of([a_helper_free(1, MORNING, visits_left=99)], visits)
    plan = plan_week(week, iterations=50, bound_steps=5)
    assert plan.worth.served == TOUR_MAX
    assert plan.bound == len(visits)
    gains = {v.id: 100 - n for n, v in enumerate(visits)}
    assert fetched(week, gains) == sum(gains.values())


def test_helpers_who_can_come_to_nobody_change_nothing() -> None:
    visits = [a_visit_at(n, MORNING, minutes=100) for n in range(4)]
    idle = [a_helper_free(n, (0, 60), minutes_left=400) for n in (5, 0)]
    alone = a_week_of([a_helper_free(1, MORNING)], visits)
    among = a_week_of([a_helper_free(1, MORNING), *idle], visits)
    assert lay_out(among).helpers == (ANA,)
    assert plan_week(among, iterations=50) == plan_week(alone, iterations=50)
    bound = Bound(lay_out(a_week_of(idle, visits)).arrays)
    bound.improve(5, 0)
    assert bound.value == 0
