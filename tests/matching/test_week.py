"""The week plan: right, near its bound, the best where every plan can be tried, and the same again."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from matching import BadProblem, Choice, Mode, Request, Tie
from matching.week import Midday, Pause, Search, Travel, Week, WeekPlan, check_week, plan_week
from tests.matching.town import MONDAY, a_request, uid
from tests.matching.week_brute import most
from tests.matching.weeks import a_busy_week, a_helper_free, a_tiny_week, a_visit_at, a_week_of

# The first in a process waits for the compiler.
pytestmark = pytest.mark.slow(90)

HOUR = 60
MORNING = (8 * HOUR, 12 * HOUR)
ANA, BEA = uid(1), uid(2)


def planned(week: Week, iterations: int = 300, bound_steps: int = 30) -> WeekPlan:
    plan = plan_week(week, iterations=iterations, bound_steps=bound_steps)
    assert check_week(week, plan) == ()
    return plan


def test_tiny_weeks_are_planned_at_most_at_their_best_nearly_always_at_it_and_the_best_at_most_at_the_bound() -> (
    None
):
    short = Counter[int]()
    for seed in range(400):
        week = a_tiny_week(seed)
        plan, best = planned(week), most(week)
        assert plan.worth.weight <= best <= plan.bound, seed
        short[best - plan.worth.weight] += 1
    assert short[0] >= 390


def test_a_contended_week_is_near_its_bound() -> None:
    plan = planned(a_busy_week(120).week, 4_000, bound_steps=300)
    assert plan.unserved
    assert plan.worth.weight >= 0.96 * plan.bound


def test_the_same_count_gives_the_same_plan_in_one_call_or_many() -> None:
    week = a_busy_week(60).week
    whole = Search(week, seed=7)
    whole.improve(1_000)
    pieces = Search(week, seed=7)
    for count in (1, 99, 250, 650):
        pieces.improve(count)
    assert whole.plan(0) == pieces.plan(0)
    assert whole.iterations == 1_000


def test_a_search_that_is_stopped_says_how_far_it_came_and_can_be_repeated() -> None:
    week = a_busy_week(60).week
    asked = iter([False, False, False, True])
    stopped = Search(week)
    stopped.improve(10**9, lambda: next(asked))
    again = Search(week)
    again.improve(stopped.iterations)
    assert stopped.iterations == 300
    assert stopped.plan(0) == again.plan(0)


def test_the_bound_is_worked_on_though_the_search_was_stopped_and_stops_by_itself() -> None:
    week = a_busy_week(60).week
    asked = iter([False, False, True])
    plan = plan_week(week, iterations=10**9, bound_steps=200, stop_search=lambda: next(asked))
    assert plan.iterations == 200
    stopped = plan_week(week, iterations=200, bound_steps=10**9, stop_bound=lambda: True)
    assert stopped.placed == plan.placed
    assert plan.worth.weight <= plan.bound < stopped.bound


def test_the_order_of_input_does_not_matter() -> None:
    week = a_busy_week(40).week
    turned = replace(
        week,
        round=replace(week.round, helpers=week.round.helpers[::-1], requests=week.round.requests[::-1]),
    )
    assert planned(week, 400) == planned(turned, 400)


def test_longer_is_never_worse() -> None:
    search = Search(a_busy_week(80).week)
    ranks = []
    for _ in range(8):
        search.improve(200)
        ranks.append(search.plan(10**6).worth.rank)
    assert ranks == sorted(ranks)
    assert ranks[0] < ranks[-1]


def test_an_urgent_visit_goes_before_two_of_no_urgency() -> None:
    visits = [a_visit_at(1, MORNING, minutes=200, priority=2), *(a_visit_at(n, MORNING) for n in (2, 3))]
    plan = planned(a_week_of([a_helper_free(1, MORNING)], visits))
    assert [p.request for p in plan.placed] == [visits[0].id]
    assert plan.bound == 3


def test_two_come_at_the_same_time_or_neither() -> None:
    both = a_visit_at(1, MORNING, demand=2)
    helpers = [a_helper_free(1, MORNING), a_helper_free(2, (10 * HOUR, 12 * HOUR))]
    plan = planned(a_week_of(helpers, [both]))
    assert plan.placed[0].helpers == (ANA, BEA)
    assert plan.placed[0].slot.start >= 10 * HOUR
    apart = [a_helper_free(1, (8 * HOUR, 10 * HOUR)), a_helper_free(2, (10 * HOUR, 12 * HOUR))]
    assert planned(a_week_of(apart, [both])).placed == ()
    assert planned(a_week_of(helpers[:1], [both])).bound == 0


def test_a_known_face_is_worth_half_an_hour_of_way() -> None:
    def comes(minutes: int) -> object:
        one = a_visit_at(1, MORNING)
        helpers = [a_helper_free(1, MORNING, at=minutes), a_helper_free(2, MORNING)]
        week = a_week_of(helpers, [one], standing=frozenset({Tie(ANA, one.recipient)}))
        return planned(week).placed[0].helpers

    assert comes(14) == (ANA,)
    assert comes(16) == (BEA,)


def test_whoever_needs_a_rest_gets_it() -> None:
    visits = [a_visit_at(n, (8 * HOUR, 12 * HOUR), minutes=55) for n in range(4)]
    free = planned(a_week_of([a_helper_free(1, MORNING)], visits))
    assert free.worth.served == free.bound == 4
    for rest in (Pause(110, 30), Midday(11 * HOUR, 14 * HOUR, 120)):
        rested = planned(a_week_of([a_helper_free(1, MORNING)], visits, {ANA: rest}))
        assert rested.worth.served == (3 if isinstance(rest, Pause) else 4)
    none = planned(a_week_of([a_helper_free(1, MORNING)], visits, {ANA: Midday(9 * HOUR, 11 * HOUR, 60)}))
    assert none.worth.served == none.bound == 3


def test_a_long_wait_is_a_rest_on_both_sides_of_a_way() -> None:
    visits = [a_visit_at(1, (480, 540)), a_visit_at(2, (570, 640), at=10)]
    helper = a_helper_free(1, (480, 720))
    for stretch, served in ((69, 2), (59, 0)):
        assert planned(a_week_of([helper], visits, {ANA: Pause(stretch, 15)})).worth.served == served


def test_ways_bind_a_day() -> None:
    visits = [a_visit_at(n, MORNING, minutes=60, at=0 if n % 2 else 40) for n in range(4)]
    plan = planned(a_week_of([a_helper_free(1, MORNING)], visits))
    # 4 hours are four visits side by side, but two here and one over there, or the other way round.
    assert plan.worth.served == plan.bound == 3


def test_an_empty_week_is_planned() -> None:
    assert planned(a_week_of([], [a_visit_at(1, MORNING)])).unserved == (a_visit_at(1, MORNING).id,)
    assert planned(a_week_of([a_helper_free(1, MORNING)], [])).bound == 0


@pytest.mark.parametrize(
    "visit",
    [
        a_request(1, position=a_visit_at(1, MORNING).position),
        a_visit_at(1, MORNING, position=None),
        replace(
            a_visit_at(1, MORNING),
            dates=tuple(replace(d, on=MONDAY + timedelta(days=7)) for d in a_visit_at(1, MORNING).dates),
        ),
    ],
    ids=["weekly", "nowhere", "next week"],
)
def test_what_is_no_visit_of_a_week_is_refused(visit: Request) -> None:
    with pytest.raises(BadProblem):
        a_week_of([], [visit])


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("demand", {"demand": 3}),
        ("demand_min", {"demand": 2, "demand_min": 1}),
        ("together", {"demand": 2, "together": False}),
        ("link", {"link": uid(9)}),
    ],
)
def test_a_shape_that_a_week_does_not_know_is_refused(field: str, told: dict[str, object]) -> None:
    one = a_visit_at(1, MORNING, **told)
    with pytest.raises(BadProblem, match=f"{field} of {one.id}"):
        a_week_of([], [one])


def test_what_a_shape_says_that_changes_nothing_is_taken() -> None:
    visits = [a_visit_at(1, MORNING, together=False), a_visit_at(2, MORNING, demand=2, demand_min=2)]
    assert planned(a_week_of([a_helper_free(n, MORNING) for n in (1, 2)], visits)).worth.served == 2


def test_pins_the_stable_mode_and_strange_ways_are_refused() -> None:
    one = a_visit_at(1, MORNING)
    with pytest.raises(BadProblem, match="pins"):
        a_week_of([], [], pins=frozenset({Choice(one.id, ANA)}))
    with pytest.raises(BadProblem, match="mode of week: 'stable' is not 'best'"):
        a_week_of([], [one], mode=Mode.STABLE)
    with pytest.raises(BadProblem, match="position"):
        a_week_of([a_helper_free(1, MORNING, position=None)], [])
    for wrong in (
        lambda: Travel(0),
        lambda: Travel(9),
        lambda: Travel(70, 99),
        lambda: Travel(70, 1001),
        lambda: Pause(0, 1),
        lambda: Midday(600, 620, 30),
    ):
        with pytest.raises(BadProblem):
            wrong()
