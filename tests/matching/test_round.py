"""A whole round: who is served, how the load is spread, what comes of pins, and that it is the best there is."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching import (
    Absence,
    BadProblem,
    Cause,
    Choice,
    DatedWindow,
    DemandUnsupported,
    Limits,
    Past,
    PinRefused,
    PinsClash,
    Plan,
    Position,
    Problem,
    Reason,
    ScoresTooLarge,
    Slot,
    Tie,
    Weights,
    decide,
    digest,
    to_json,
)
from tests.matching.brute import best
from tests.matching.deciding import decided
from tests.matching.town import MONDAY, a_helper, a_request, a_round, a_town, hours, uid


def served(plan: Plan) -> dict[int, int]:
    """Request number → helper number."""
    return {p.request.int - 11_000: p.helper.int - 1_000 for p in plan.pairs}


# Who is served.


def test_a_round_without_anybody_is_an_empty_plan() -> None:
    assert decided(a_round([], [])).pairs == ()
    assert decided(a_round([a_helper(1)], [])).pairs == ()
    alone = decided(a_round([], [a_request(1)]))
    assert alone.unmatched[0].cause is Cause.NOBODY


def test_everybody_is_served_where_choosing_the_nearest_first_would_leave_one_out() -> None:
    both, cook = a_helper(1, skills=frozenset({"做饭", "理发"})), a_helper(2, skills=frozenset({"做饭"}))
    meal, haircut = a_request(1, skills=frozenset({"做饭"})), a_request(2, skills=frozenset({"理发"}))
    assert served(decided(a_round([both, cook], [meal, haircut]))) == {1: 2, 2: 1}


def test_the_greater_need_is_served_first() -> None:
    plan = decided(a_round([a_helper(1)], [a_request(1), a_request(2, priority=1)]))
    assert served(plan) == {2: 1}
    assert plan.unmatched[0].cause is Cause.TAKEN


def test_long_waiting_overtakes_priority() -> None:
    urgent, old = a_request(1, priority=1, waiting_days=1), a_request(2, waiting_days=30)
    assert served(decided(a_round([a_helper(1)], [urgent, old]))) == {2: 1}


def test_whoever_was_passed_over_four_times_goes_before_every_priority() -> None:
    urgent, patient = a_request(1, priority=9, passed_over=3), a_request(2, passed_over=4)
    assert served(decided(a_round([a_helper(1)], [urgent, patient]))) == {2: 1}


def test_the_most_are_served_even_if_an_urgent_one_costs_a_detour() -> None:
    near = [a_helper(1, position=Position(23.0, 113.9)), a_helper(2, position=Position(23.02, 113.9))]
    requests = [
        a_request(1, priority=3, position=Position(23.0, 113.9)),
        a_request(2, position=Position(23.0, 113.9), reach_m=100),
    ]
    assert served(decided(a_round(near, requests))) == {1: 2, 2: 1}


# Load.


def test_the_load_is_spread_before_distance_is_looked_at() -> None:
    near = a_helper(1, position=Position(23.0, 113.9), visits_left=5)
    far = a_helper(2, position=Position(23.03, 113.9), visits_left=5)
    requests = [a_request(n, position=Position(23.0, 113.9)) for n in (1, 2)]
    assert sorted(served(decided(a_round([near, far], requests))).values()) == [1, 2]


def test_somebody_who_never_helped_is_asked_before_somebody_worn_out() -> None:
    worn, fresh = a_helper(1, load=9), a_helper(2, load=0)
    assert served(decided(a_round([worn, fresh], [a_request(1)]))) == {1: 2}


def test_without_load_steps_the_nearest_is_asked_again() -> None:
    worn = a_helper(1, load=9, position=Position(23.0, 113.9))
    fresh = a_helper(2, load=0, position=Position(23.03, 113.9))
    request = a_request(1, position=Position(23.0, 113.9))
    assert served(decided(a_round([worn, fresh], [request], limits=Limits(load_steps=())))) == {1: 1}


def test_a_helper_takes_several_visits_side_by_side_within_her_minutes() -> None:
    helper = a_helper(1, windows=(hours(0, 8, 12),), visits_left=5, minutes_left=180)
    requests = [a_request(n, windows=(hours(0, 8, 12),), minutes=60) for n in range(4)]
    plan = decided(a_round([helper], requests))
    assert sorted(p.slot for p in plan.pairs) == [
        Slot(MONDAY, start * 60, 60, weekly=True) for start in (8, 9, 10)
    ]
    assert plan.exact


def test_two_visits_at_the_same_hour_do_not_go_to_one_helper() -> None:
    helper = a_helper(1, visits_left=2)
    monday_nine = tuple(DatedWindow(MONDAY, 540, 600) for _ in range(1))
    plan = decided(
        a_round([helper], [a_request(1, dates=monday_nine), a_request(2, dates=monday_nine, priority=1)])
    )
    assert served(plan) == {2: 1}
    assert plan.counts.cuts == 1
    assert not plan.exact
    assert plan.bound.served == 2


# Scores.


def test_a_past_helper_and_the_same_branch_weigh_more_than_a_short_way() -> None:
    branch = uid(77)
    known = a_helper(1, position=Position(23.01, 113.9), branch=branch)
    near = a_helper(2, position=Position(23.0, 113.9))
    request = a_request(1, position=Position(23.0, 113.9), branch=branch)
    plan = decided(a_round([known, near], [request], past=(Past(known.id, request.recipient, 5),)))
    (pair,) = plan.pairs
    assert pair.helper == known.id
    assert (pair.terms.continuity, pair.terms.branch, pair.metres) == (200, 120, 1112)
    assert (pair.runner_up, pair.terms.total) == (near.id, pair.score)


def test_a_pair_already_agreed_is_kept_against_a_slightly_better_one() -> None:
    agreed = a_helper(1, position=Position(23.002, 113.9))
    better = a_helper(2, position=Position(23.0, 113.9))
    request = a_request(1, position=Position(23.0, 113.9))
    problem = a_round([agreed, better], [request])
    assert served(decided(problem)) == {1: 2}
    assert served(decided(replace(problem, agreed=frozenset({Choice(request.id, agreed.id)})))) == {1: 1}


def test_a_standing_partner_beyond_the_nearest_is_always_considered() -> None:
    here = Position(23.0, 113.9)
    crowd = [a_helper(n, position=here) for n in range(200)]
    partner = a_helper(999, position=Position(23.015, 113.9))
    request = a_request(1, position=here)
    limits = Limits(candidates_min=4, candidates_total=1)
    plan = decided(
        a_round(
            [*crowd, partner],
            [request],
            standing=frozenset({Tie(partner.id, request.recipient)}),
            limits=limits,
        )
    )
    assert plan.pairs[0].helper == partner.id
    assert plan.counts.curtailed == 1


@pytest.mark.slow
def test_nobody_is_called_unmatched_while_an_eligible_helper_was_never_looked_at() -> None:
    here, there = Position(23.0, 113.9), Position(23.05, 113.9)
    crowd = [a_helper(n, position=here) for n in range(100)]
    one_far = a_helper(500, position=there)
    requests = [a_request(n, position=here) for n in range(101)]
    limits = Limits(candidates_min=1, candidates_total=1)
    plan = decided(a_round([*crowd, one_far], requests, limits=limits))
    assert plan.counts.widened > 0
    assert len(plan.pairs) == 101


def test_people_without_a_position_find_each_other_in_their_community() -> None:
    other = uid(5)
    helpers = [a_helper(n, community=other) for n in range(50)] + [a_helper(100), a_helper(101)]
    requests = [a_request(1), a_request(2, community=other)]
    plan = decided(a_round(helpers, requests, limits=Limits(candidates_min=1, candidates_total=1)))
    assert [p.terms.community for p in plan.pairs] == [80, 80]
    assert [p.metres for p in plan.pairs] == [None, None]


# When.


def test_a_weekly_visit_begins_on_its_first_day() -> None:
    request = a_request(1, windows=(hours(2, 9, 12),), starts_on=MONDAY + timedelta(days=3))
    (pair,) = decided(a_round([a_helper(1)], [request])).pairs
    assert pair.slot == Slot(MONDAY + timedelta(days=9), 540, 60, weekly=True)


def test_a_weekly_visit_begins_when_she_is_back_and_nothing_is_planned_over_it() -> None:
    away = Absence(MONDAY, MONDAY + timedelta(days=3))
    planned = DatedWindow(MONDAY + timedelta(days=7), 600, 660)
    helper = a_helper(1, absences=(away,), booked=(planned,))
    (pair,) = decided(a_round([helper], [a_request(1, windows=(hours(0, 10, 11),))])).pairs
    assert pair.slot == Slot(MONDAY + timedelta(days=14), 600, 60, weekly=True)


# Pins and bad input.


def test_a_pin_is_kept_and_the_rest_is_best_around_it() -> None:
    helpers, requests = [a_helper(1), a_helper(2)], [a_request(1, priority=5), a_request(2)]
    problem = a_round(helpers, requests, pins=frozenset({Choice(requests[1].id, helpers[0].id)}))
    plan = decided(problem)
    assert served(plan) == {1: 2, 2: 1}
    assert [p.pinned for p in plan.pairs] == [False, True]


def test_pins_that_cannot_hold_are_refused_by_name() -> None:
    helper, request, other = a_helper(1), a_request(1, skills=frozenset({"理发"})), a_request(2)
    pin = Choice(request.id, helper.id)
    with pytest.raises(PinRefused) as refused:
        decide(a_round([helper], [request], pins=frozenset({pin})))
    assert refused.value.reasons is Reason.SKILL
    with pytest.raises(PinsClash):
        decide(
            a_round(
                [helper, a_helper(2)],
                [other],
                pins=frozenset({Choice(other.id, uid(1)), Choice(other.id, uid(2))}),
            )
        )
    two = [a_request(n) for n in (3, 4)]
    with pytest.raises(PinsClash):
        decide(a_round([helper], two, pins=frozenset(Choice(r.id, helper.id) for r in two)))
    with pytest.raises(BadProblem, match="pins"):
        decide(a_round([helper], [other], pins=frozenset({Choice(other.id, uid(9))})))


def test_pins_of_one_helper_at_the_same_hour_clash() -> None:
    nine = (DatedWindow(MONDAY, 540, 600),)
    helper, two = a_helper(1, visits_left=2), [a_request(n, dates=nine) for n in (1, 2)]
    with pytest.raises(PinsClash):
        decide(a_round([helper], two, pins=frozenset(Choice(r.id, helper.id) for r in two)))


def test_several_helpers_week_after_week_are_refused() -> None:
    with pytest.raises(DemandUnsupported):
        decide(a_round([a_helper(1)], [a_request(1, demand=2)]))


def test_bad_values_name_their_field() -> None:
    with pytest.raises(BadProblem, match="minutes"):
        a_request(1, minutes=0)
    with pytest.raises(BadProblem, match="windows"):
        a_request(1, windows=())
    with pytest.raises(BadProblem, match="helpers"):
        a_round([a_helper(1), a_helper(1)], [])
    with pytest.raises(BadProblem, match="load"):
        a_helper(1, load=-1)
    with pytest.raises(BadProblem, match="position"):
        Position(113.9, 23.0 + 180)


def test_weights_too_large_for_64_bits_are_refused_rather_than_wrapped() -> None:
    with pytest.raises((ScoresTooLarge, BadProblem)):
        decide(a_round([a_helper(1, load=5)], [a_request(1)], weights=Weights(distance=10**6 + 1)))


# The best there is.


@st.composite
def small_rounds(draw: st.DrawFn, visits: int) -> Problem:
    def words() -> st.SearchStrategy[frozenset[str]]:
        return st.frozensets(st.sampled_from(("a", "b", "c")), max_size=3)

    def spot() -> st.SearchStrategy[Position | None]:
        grid = st.integers(0, 8).map(lambda n: Position(23.0 + n / 200, 113.9))
        return st.none() | grid

    helpers = [
        a_helper(
            n,
            skills=draw(words()),
            position=draw(spot()),
            load=draw(st.integers(0, 7)),
            visits_left=draw(st.integers(0, visits)),
            minutes_left=draw(st.sampled_from((60, 90, 120, 10_080))),
        )
        for n in range(draw(st.integers(0, 5)))
    ]
    requests = [
        a_request(
            n,
            skills=draw(st.frozensets(st.sampled_from(("a", "b", "c")), max_size=2)),
            position=draw(spot()),
            minutes=draw(st.sampled_from((30, 60, 90))),
            priority=draw(st.integers(0, 2)),
            waiting_days=draw(st.sampled_from((0, 7, 28))),
            passed_over=draw(st.sampled_from((0, 4))),
        )
        for n in range(draw(st.integers(0, 5)))
    ]
    every = [Choice(r.id, h.id) for r in requests for h in helpers]
    agreed = draw(st.frozensets(st.sampled_from(every), max_size=2)) if every else frozenset()
    steps = draw(st.sampled_from(((), (1,), (1, 3, 6, 10))))
    return a_round(helpers, requests, agreed=agreed, limits=Limits(radius_m=3000, load_steps=steps))


QUICK = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def no_plan_is_better(problem: Problem) -> None:
    plan = decided(problem)
    assert plan.exact
    assert plan.value == best(problem)


def the_best_plan_lies_between_value_and_bound(problem: Problem) -> None:
    plan = decided(problem)
    top = best(problem)
    assert plan.value.rank <= top.rank <= plan.bound.rank
    if plan.exact:
        assert plan.value == top


@pytest.mark.slow
@settings(QUICK, max_examples=25)
@given(small_rounds(visits=1))
def test_with_one_visit_each_no_plan_is_better(problem: Problem) -> None:
    no_plan_is_better(problem)


@pytest.mark.slow
@settings(QUICK, max_examples=25)
@given(small_rounds(visits=3))
def test_with_several_visits_each_the_best_plan_lies_between_value_and_bound(problem: Problem) -> None:
    the_best_plan_lies_between_value_and_bound(problem)


@pytest.mark.slow(10)
@settings(QUICK, max_examples=200)
@given(small_rounds(visits=1))
def test_with_one_visit_each_no_plan_is_better_in_many_rounds(problem: Problem) -> None:
    no_plan_is_better(problem)


@pytest.mark.slow(15)
@settings(QUICK, max_examples=200)
@given(small_rounds(visits=3))
def test_the_best_plan_lies_between_value_and_bound_in_many_rounds(problem: Problem) -> None:
    the_best_plan_lies_between_value_and_bound(problem)


@pytest.mark.slow
@settings(QUICK, max_examples=10)
@given(small_rounds(visits=1), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_change_a_byte(problem: Problem, rng: Random) -> None:
    helpers, requests = list(problem.helpers), list(problem.requests)
    rng.shuffle(helpers)
    rng.shuffle(requests)
    shuffled = replace(problem, helpers=tuple(helpers), requests=tuple(requests))
    assert to_json(decide(shuffled)) == to_json(decide(problem))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_town_is_decided_without_a_violation_and_again_the_same(seed: int) -> None:
    problem = a_town(250, 120, seed=seed)
    plan = decided(problem)
    assert plan.problem == digest(problem)
    assert digest(decide(a_town(250, 120, seed=seed))) == digest(plan)
    assert 0 < len(plan.pairs) < 120


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_search_that_stops_early_serves_as_many_as_a_look_at_everybody(seed: int) -> None:
    whole = a_town(400, 200, seed=seed)
    narrow = replace(whole, limits=replace(whole.limits, candidates_min=6, candidates_total=1))
    full, short = decided(whole), decided(narrow)
    assert short.counts.candidates < full.counts.candidates
    assert short.value.served >= full.value.served - 1
