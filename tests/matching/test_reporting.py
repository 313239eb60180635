"""What a round came to, beside its rival and its bound."""

from dataclasses import replace

import pytest

from matching import DatedWindow, Position, decide, report
from tests.matching.town import MONDAY, a_district, a_helper, a_request, a_round, a_town


def test_a_round_in_numbers() -> None:
    here, near, far = Position(23.0, 113.9), Position(23.001, 113.9), Position(23.01, 113.9)
    cook, both = frozenset({"做饭"}), frozenset({"做饭", "理发"})
    helpers = [
        a_helper(1, position=near, skills=both),
        a_helper(2, position=far, skills=cook),
        a_helper(3, position=far, skills=cook, load=3),
        a_helper(4),
    ]
    requests = [
        a_request(1, position=here, skills=cook, priority=1),
        a_request(2, position=here, skills=frozenset({"理发"})),
        a_request(3, position=here, skills=frozenset({"陪诊"}), waiting_days=9),
    ]
    problem = a_round(helpers, requests)
    found = report(problem, decide(problem))
    assert (found.served, found.waiting, found.longest_wait_days) == (2, 1, 9)
    assert (found.metres_median, found.metres_most) == (111, 1112)
    assert (found.asked, found.most_visits, found.load) == (2, 1, 0)
    # One by one the nearest cook goes first, and nobody is left to cut hair.
    assert (found.greedy, found.bound) == (1, 2)
    # The fourth could have helped nobody, and the third has done her share.
    assert (found.left_out, found.greedy_left_out) == (0, 1)


def test_a_round_of_nobody_has_no_metres_and_nobody_waits_in_one_without_requests() -> None:
    empty = a_round([a_helper(1)], [])
    found = report(empty, decide(empty))
    assert (found.served, found.waiting, found.longest_wait_days, found.metres_median) == (0, 0, None, None)


def test_one_by_one_half_of_a_crew_is_nobody() -> None:
    two = a_request(1, dates=(DatedWindow(MONDAY, 480, 720),), demand=2)
    problem = a_round([a_helper(1)], [two])
    assert report(problem, decide(problem)).greedy == 0
    problem = a_round([a_helper(1), a_helper(2)], [two])
    assert report(problem, decide(problem)).greedy == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_greedy_and_served_stay_under_the_bound(seed: int) -> None:
    # With one visit each the rival breaks no rule either, so that it cannot serve more than the best plan.
    for town in (a_district(200, 200, seed=seed, km=4), a_town(150, 80, seed=seed)):
        problem = replace(
            town, helpers=tuple(replace(h, visits_left=min(1, h.visits_left)) for h in town.helpers)
        )
        found = report(problem, decide(problem))
        assert found.greedy <= found.served <= found.bound
        assert found.served + found.waiting == len(problem.requests)


def test_the_bound_bounds_rounds_in_which_one_crew_goes_before_two_who_are_alone() -> None:
    nine = (DatedWindow(MONDAY, 540, 600),)
    crew = a_request(1, dates=nine, demand=2, priority=9)
    problem = a_round([a_helper(1), a_helper(2)], [crew, a_request(2), a_request(3)])
    found = report(problem, decide(problem))
    assert (found.served, found.bound) == (1, 2)


@pytest.mark.slow
def test_the_rival_sees_everybody_however_few_are_kept_for_us() -> None:
    town = a_district(200, 200, seed=3, km=4)
    few = replace(town, limits=replace(town.limits, candidates_min=4, candidates_total=1))
    whole, narrow = (report(problem, decide(problem)) for problem in (town, few))
    assert (narrow.greedy, narrow.greedy_left_out, narrow.bound) == (
        whole.greedy,
        whole.greedy_left_out,
        whole.bound,
    )
