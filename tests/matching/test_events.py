"""An event with a head count: at least so many or nobody, and as many more as there are places."""

import json
from dataclasses import replace
from random import Random

import pytest

from matching import (
    BadProblem,
    Cause,
    Choice,
    Limits,
    Plan,
    Position,
    Problem,
    Request,
    from_json,
    to_json,
    why_not,
)
from tests.matching.deciding import assert_best_of_all, at, decided, helpers_of, rules
from tests.matching.town import a_helper, a_request, a_round, uid


def an_event(number: int, least: int, most: int, *, day: int = 0, **told: object) -> Request:
    """An hour in the morning of a day."""
    return a_request(number, dates=at(9, day), demand=most, demand_min=least, **told)


# 行走顺德，美化家园: a morning in the park, four at least, eight tools.


@pytest.mark.parametrize(("members", "come"), [(3, 0), (4, 4), (6, 6), (8, 8), (11, 8)])
def test_so_many_at_least_or_nobody_and_no_more_than_there_are_tools(members: int, come: int) -> None:
    plan = decided(a_round([a_helper(n) for n in range(members)], [an_event(1, 4, 8)]))
    assert len(plan.pairs) == come
    assert len({pair.helper for pair in plan.pairs}) == come
    assert len({pair.slot for pair in plan.pairs}) <= 1
    assert plan.value.extra == max(0, come - 4)
    assert plan.exact
    if not come:
        assert (plan.unmatched[0].cause, plan.unmatched[0].together) == (Cause.TOO_FEW, 3)


def test_nobody_is_taken_from_one_who_waits_to_make_an_event_larger() -> None:
    four = [a_helper(n) for n in range(4)]
    alone = [a_request(n, dates=at(9, day=n)) for n in (2, 3)]
    plan = decided(a_round(four, [an_event(1, 2, 4, priority=9, waiting_days=90), *alone]))
    assert plan.value.served == 3
    assert {n: len(who) for n, who in helpers_of(plan).items()} == {1: 2, 2: 1, 3: 1}


def test_the_least_of_every_event_comes_before_the_extra_places_of_any() -> None:
    five = [a_helper(n) for n in range(5)]
    plan = decided(a_round(five, [an_event(1, 2, 5, priority=5), an_event(2, 2, 5)]))
    assert sorted(len(who) for who in helpers_of(plan).values()) == [2, 3]


def test_an_extra_place_is_filled_before_load_is_spared() -> None:
    worn = [a_helper(n, load=12) for n in range(3)]
    assert len(decided(a_round(worn, [an_event(1, 1, 3)])).pairs) == 3


def test_many_events_for_whoever_comes_are_exact_without_trying_any_choice() -> None:
    helpers = [a_helper(n, visits_left=7) for n in range(3)]
    plan = decided(a_round(helpers, [an_event(n, 1, 3, day=n) for n in range(9)]))
    assert (plan.value.served, plan.value.extra, plan.exact) == (9, 12, True)


def test_an_event_with_many_places_is_not_left_with_the_few_who_live_nearest() -> None:
    limits = Limits(candidates_min=4, candidates_total=1)
    helpers = [a_helper(n, position=Position(23.0 + n / 2_000, 113.9)) for n in range(60)]
    event = an_event(1, 5, 40, position=Position(23.0, 113.9))
    plan = decided(a_round(helpers, [event, a_request(2, position=event.position)], limits=limits))
    assert (plan.value.served, plan.value.extra) == (2, 35)


def test_who_is_pinned_counts_towards_the_least() -> None:
    three = [a_helper(1), a_helper(2), a_helper(3, load=9)]
    event = an_event(1, 2, 2)
    pins = frozenset({Choice(event.id, uid(3))})
    assert 3 in helpers_of(decided(a_round(three, [event], pins=pins)))[1]
    four = an_event(1, 2, 4)
    plan = decided(a_round(three, [four], pins=frozenset(Choice(four.id, h.id) for h in three)))
    assert plan.value.extra == 1


def test_a_price_tells_of_the_place_that_stays_empty() -> None:
    able, cook = a_helper(1, skills=frozenset({"做饭"})), a_helper(2, skills=frozenset({"做饭"}))
    meal = a_request(2, skills=frozenset({"做饭"}), dates=at(9, day=1))
    event = an_event(1, 1, 2)
    problem = a_round([able, replace(cook, active=False), a_helper(3)], [event, meal])
    plan = decided(problem)
    assert helpers_of(plan) == {1: {3}, 2: {1}}
    told = why_not(problem, plan, event.id, able.id)
    assert told.price is not None
    assert (told.price.served, told.price.extra) == (1, -1)


def test_the_checker_counts_heads() -> None:
    problem = a_round([a_helper(n) for n in range(6)], [an_event(1, 3, 5)])
    plan = decided(problem)
    assert len(plan.pairs) == 5
    assert {"once", "value"} <= rules(problem, replace(plan, pairs=plan.pairs[:2]))
    assert rules(problem, replace(plan, pairs=plan.pairs[:4])) == {"value"}
    (left,) = {h.id for h in problem.helpers} - {pair.helper for pair in plan.pairs}
    sixth = replace(plan.pairs[0], helper=left)
    assert "once" in rules(problem, replace(plan, pairs=(*plan.pairs, sixth)))
    assert "value" in rules(problem, replace(plan, value=replace(plan.value, extra=1)))


@pytest.mark.parametrize("least", [0, 3, -1])
def test_a_least_that_is_none_or_more_than_the_places_is_refused(least: int) -> None:
    with pytest.raises(BadProblem, match="demand_min"):
        an_event(1, least, 2)


def test_what_was_kept_before_there_were_head_counts_reads_as_it_was_meant() -> None:
    new = {
        "helpers": ("asks",),
        "requests": ("demand_min", "together", "link", "two_way", "gives", "helper_branches"),
    }
    problem = a_round([a_helper(1), a_helper(2)], [a_request(1, dates=at(9), demand=2)])
    plain = json.loads(to_json(problem))
    for kind, names in new.items():
        for one in plain[kind]:
            for name in names:
                del one[name]
    assert from_json(Problem, json.dumps(plain)) == problem
    plan = decided(problem)
    kept = json.loads(to_json(plan))
    del kept["value"]["extra"], kept["bound"]["extra"]
    assert from_json(Plan, json.dumps(kept)) == plan


def small(seed: int) -> Problem:
    """A few helpers, two or three events and perhaps somebody who wants one; each on a day of its own."""
    rng = Random(seed)
    helpers = [
        a_helper(
            n,
            skills=frozenset(rng.sample(("种树", "扫地"), rng.randint(1, 2))),
            visits_left=rng.randint(1, 2),
            minutes_left=rng.choice((60, 120, 300)),
            load=rng.randint(0, 4),
        )
        for n in range(rng.randint(2, 5))
    ]
    requests = []
    for n in range(rng.randint(2, 4)):
        most = rng.randint(1, 3)
        requests.append(
            an_event(
                n,
                rng.randint(1, most),
                most,
                day=n,
                skills=frozenset({rng.choice(("种树", "扫地"))}),
                priority=rng.randint(0, 2),
                waiting_days=rng.randint(0, 60),
            )
        )
    return a_round(helpers, requests)


@pytest.mark.parametrize("seed", range(60))
def test_it_is_the_best_of_all_plans_for_a_handful(seed: int) -> None:
    assert_best_of_all(small(seed), seed)
