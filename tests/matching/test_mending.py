"""Several visits for one helper: what must not be lost when they do not fit together."""

from datetime import timedelta

import pytest

from matching import DatedWindow
from matching.problem import Helper, Request
from tests.matching.deciding import decided
from tests.matching.greedy import greedy
from tests.matching.town import MONDAY, a_district, a_helper, a_request, a_round, hours


def at(number: int, hour: int, **told: object) -> Request:
    return a_request(number, dates=(DatedWindow(MONDAY, hour * 60, hour * 60 + 60),), **told)


def test_those_who_clash_with_one_helper_are_served_by_another() -> None:
    able = frozenset({"做饭", "理发"})
    both, cook = a_helper(1, skills=able, visits_left=3), a_helper(2, skills=frozenset({"做饭"}), load=9)
    requests = [
        at(1, 9, skills=frozenset({"做饭"})),
        at(2, 9, skills=frozenset({"理发"})),
        at(3, 10, skills=frozenset({"做饭"})),
    ]
    plan = decided(a_round([both, cook], requests))
    assert {p.request: p.helper for p in plan.pairs}[requests[1].id] == both.id
    assert len(plan.pairs) == 3


def test_two_short_visits_make_way_for_none_longer_of_the_same_need() -> None:
    helper = a_helper(1, visits_left=3, minutes_left=120)
    requests = [a_request(1, minutes=120), a_request(2, minutes=60), a_request(3, minutes=60)]
    plan = decided(a_round([helper], requests))
    assert len(plan.pairs) >= 1
    assert sum(p.slot.minutes for p in plan.pairs) <= 120


def test_the_most_urgent_is_never_left_for_a_lesser_one_that_clashes_with_it() -> None:
    helper = a_helper(1, visits_left=3)
    plan = decided(a_round([helper], [at(n, 9, priority=n) for n in range(4)]))
    assert [p.request for p in plan.pairs] == [at(3, 9).id]


def test_a_weekly_visit_and_a_single_one_on_its_weekday_do_not_meet() -> None:
    helper = a_helper(1, windows=(hours(0, 9, 11),), visits_left=2)
    next_monday = (DatedWindow(MONDAY + timedelta(days=7), 540, 660),)
    requests = [a_request(1, windows=(hours(0, 9, 11),)), a_request(2, dates=next_monday)]
    plan = decided(a_round([helper], requests))
    assert sorted(p.slot.start for p in plan.pairs) == [540, 600]


def test_a_full_day_of_nine_visits_is_laid_out() -> None:
    helper: Helper = a_helper(1, windows=(hours(0, 8, 17),), visits_left=12)
    plan = decided(a_round([helper], [a_request(n, windows=(hours(0, 8, 17),)) for n in range(10)]))
    assert sorted(p.slot.start for p in plan.pairs) == [hour * 60 for hour in range(8, 17)]


@pytest.mark.slow
def test_a_contended_district_serves_more_than_greedy_does() -> None:
    problem = a_district(250, 300, km=4)
    plan = decided(problem)
    assert plan.exact
    assert plan.value.served > greedy(problem)[1].size
