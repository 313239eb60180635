"""Why this pair, why not her, why nobody: each answer true when tried."""

from dataclasses import replace
from uuid import NAMESPACE_OID, uuid5

import pytest
from hypothesis import given, settings

from matching import (
    BadProblem,
    Choice,
    Past,
    Position,
    Problem,
    Reason,
    decide,
    look,
    looks,
    why_nobody,
    why_not,
    why_pair,
)
from tests.matching.brute import best
from tests.matching.test_round import QUICK, small_rounds
from tests.matching.town import a_helper, a_request, a_round, a_town


def test_why_this_pair_names_its_points_and_what_the_runner_up_does() -> None:
    here = Position(23.0, 113.9)
    first, second = a_helper(1, position=here), a_helper(2, position=Position(23.005, 113.9))
    requests = [a_request(1, position=here), a_request(2, position=here, priority=1)]
    problem = a_round([first, second], requests, past=(Past(first.id, requests[0].recipient, 9),))
    plan = decide(problem)
    told = why_pair(problem, plan, requests[0].id)
    assert told is not None
    assert (told.pair.helper, told.pair.terms.distance, told.pair.terms.continuity) == (first.id, 300, 200)
    assert told.runner_up is not None
    assert (told.runner_up.helper, told.runner_up_serves) == (second.id, requests[1].id)
    assert told.runner_up.score == told.pair.runner_up_score


def test_an_unmatched_request_has_no_pair_to_explain() -> None:
    problem = a_round([], [a_request(1)])
    assert why_pair(problem, decide(problem), problem.requests[0].id) is None


def test_why_not_her_is_a_reason_where_a_rule_refuses() -> None:
    helper, request = a_helper(1, visits_left=0), a_request(1, skills=frozenset({"理发"}))
    problem = a_round([helper], [request])
    told = why_not(problem, decide(problem), request.id, helper.id)
    assert told.look.reasons == Reason.SKILL | Reason.WEEK_FULL
    assert told.look.reasons.names == ("SKILL", "WEEK_FULL")
    assert told.price is None


def test_many_looks_at_once_are_the_same_as_one_by_one() -> None:
    helpers = [a_helper(n, visits_left=n % 2) for n in range(4)]
    problem = a_round(helpers, [a_request(1), a_request(2, skills=frozenset({"理发"}))])
    choices = [Choice(r.id, h.id) for r in problem.requests for h in problem.helpers]
    assert looks(problem, choices) == tuple(look(problem, c.request, c.helper) for c in choices)


def test_why_not_her_is_a_price_where_she_serves_somebody_else() -> None:
    both, cook = a_helper(1, skills=frozenset({"做饭", "理发"})), a_helper(2, skills=frozenset({"做饭"}))
    meal, haircut = a_request(1, skills=frozenset({"做饭"})), a_request(2, skills=frozenset({"理发"}))
    problem = a_round([both, cook], [meal, haircut])
    told = why_not(problem, decide(problem), meal.id, both.id)
    assert told.price is not None
    assert told.price.served == 1
    assert {(m.request, m.before, m.after) for m in told.price.moves} == {
        (meal.id, cook.id, both.id),
        (haircut.id, both.id, None),
    }


def test_a_pin_that_bars_her_is_named() -> None:
    helper, requests = a_helper(1), [a_request(1), a_request(2)]
    problem = a_round([helper], requests, pins=frozenset({Choice(requests[0].id, helper.id)}))
    told = why_not(problem, decide(problem), requests[1].id, helper.id)
    assert told.price is None
    assert told.clash


@pytest.mark.slow
@settings(QUICK, max_examples=6)
@given(small_rounds(visits=1))
def test_every_price_is_what_forcing_the_pair_costs_the_best_plan(problem: Problem) -> None:
    every_price_is_right(problem)


@pytest.mark.slow(8)
@settings(QUICK, max_examples=100)
@given(small_rounds(visits=1))
def test_every_price_is_right_in_many_rounds(problem: Problem) -> None:
    every_price_is_right(problem)


def every_price_is_right(problem: Problem) -> None:
    plan = decide(problem)
    for request in problem.requests:
        for helper in problem.helpers:
            told = why_not(problem, plan, request.id, helper.id)
            if told.price is None:
                assert told.look.reasons or told.chosen == helper.id
                continue
            forced = best(replace(problem, pins=frozenset({Choice(request.id, helper.id)})))
            assert told.price.after == forced
            assert plan.value.rank >= forced.rank
            worse = (told.price.urgency, told.price.extra, told.price.load, told.price.score)
            assert worse == tuple(a - b for a, b in zip(plan.value.rank, forced.rank, strict=True))


@pytest.mark.slow(12)
def test_no_forced_pair_of_a_town_makes_the_round_better() -> None:
    problem = a_town(120, 60, seed=3)
    problem = replace(
        problem, helpers=tuple(replace(h, visits_left=min(1, h.visits_left)) for h in problem.helpers)
    )
    plan = decide(problem)
    asked = 0
    for request in problem.requests[:12]:
        for helper in problem.helpers:
            told = why_not(problem, plan, request.id, helper.id)
            if told.price is not None:
                asked += 1
                assert told.price.before.rank >= told.price.after.rank
    assert asked > 10


@pytest.mark.slow
def test_why_nobody_agrees_with_the_plan() -> None:
    problem = a_town(150, 80, seed=5)
    plan = decide(problem)
    assert plan.unmatched
    for missed in plan.unmatched:
        assert why_nobody(problem, missed.request) == missed.histogram


def test_an_unknown_id_is_named() -> None:
    problem = a_round([a_helper(1)], [a_request(1)])
    with pytest.raises(BadProblem, match="helper"):
        look(problem, problem.requests[0].id, uuid5(NAMESPACE_OID, "nobody"))
