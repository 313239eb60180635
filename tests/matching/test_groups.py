"""Several helpers for one request: all of them at one time, or nobody; and the best such plan there is."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from matching import (
    Absence,
    Cause,
    Choice,
    DatedWindow,
    PinsClash,
    Position,
    Problem,
    Request,
    Slot,
    check,
    decide,
    digest,
    price,
    why_not,
)
from matching.groups import TRIED_ALL_MAX
from tests.matching.brute import best
from tests.matching.deciding import decided, helpers_of
from tests.matching.town import MONDAY, a_helper, a_request, a_round, hours, uid


def moving(number: int, day: int = 0, at: int = 9, until: int = 10, **told: object) -> Request:
    """An hour on one day, for two unless said otherwise."""
    date = MONDAY + timedelta(days=day)
    return a_request(number, dates=(DatedWindow(date, at * 60, until * 60),), **{"demand": 2, **told})


def test_both_come_or_nobody_does() -> None:
    assert helpers_of(decided(a_round([a_helper(1), a_helper(2)], [moving(1)]))) == {1: {1, 2}}
    plan = decided(a_round([a_helper(1)], [moving(1)]))
    assert plan.pairs == ()
    assert (plan.unmatched[0].cause, plan.unmatched[0].together) == (Cause.TOO_FEW, 1)
    assert decided(a_round([], [moving(1)])).unmatched[0].cause is Cause.NOBODY


def test_one_person_never_fills_two_places() -> None:
    strong = a_helper(1, visits_left=5)
    assert decided(a_round([strong], [moving(1, at=8, until=18)])).pairs == ()


def test_no_request_is_left_half_staffed() -> None:
    three = [a_helper(n) for n in (1, 2, 3)]
    plan = decided(a_round(three, [moving(1), moving(2)]))
    assert (plan.value.served, len(plan.pairs)) == (1, 2)
    assert plan.unmatched[0].cause is Cause.TAKEN
    assert plan.exact


def test_a_place_that_cannot_be_filled_frees_the_others_for_somebody() -> None:
    two = [a_helper(1), a_helper(2)]
    alone = [a_request(1, priority=0), a_request(2, priority=0)]
    plan = decided(a_round(two, [*alone, moving(3, demand=3, priority=9)]))
    assert sorted(helpers_of(plan)) == [1, 2]


def test_two_who_wait_longer_together_go_before_one_for_two() -> None:
    two = [a_helper(1), a_helper(2)]
    singles = [a_request(1, waiting_days=20), a_request(2, waiting_days=20)]
    assert sorted(helpers_of(decided(a_round(two, [*singles, moving(3, waiting_days=30)])))) == [1, 2]
    assert sorted(helpers_of(decided(a_round(two, [*singles, moving(3, waiting_days=60)])))) == [3]


def test_all_come_at_one_time_that_suits_every_one() -> None:
    early, late = a_helper(1, windows=(hours(0, 8, 11),)), a_helper(2, windows=(hours(0, 10, 14),))
    plan = decided(a_round([early, late], [moving(1, at=8, until=18)]))
    assert {pair.slot for pair in plan.pairs} == {Slot(MONDAY, 600, 60, weekly=False)}
    apart = a_helper(2, windows=(hours(0, 11, 14),))
    assert decided(a_round([early, apart], [moving(1, at=8, until=18)])).unmatched[0].together == 1


def test_the_day_is_that_on_which_enough_are_there() -> None:
    tuesday = MONDAY + timedelta(days=1)
    away = a_helper(2, absences=(Absence(MONDAY, tuesday),))
    dates = tuple(DatedWindow(day, 540, 600) for day in (MONDAY, tuesday))
    plan = decided(a_round([a_helper(1), away], [a_request(1, dates=dates, demand=2)]))
    assert {pair.slot.on for pair in plan.pairs} == {tuesday}


def test_a_pin_is_kept_and_others_come_beside_it() -> None:
    three = [a_helper(1), a_helper(2), a_helper(3, load=9)]
    request = moving(1)
    pinned = a_round(three, [request], pins=frozenset({Choice(request.id, uid(3))}))
    assert 3 in helpers_of(decided(pinned))[1]
    both = frozenset(Choice(request.id, uid(n)) for n in (2, 3))
    assert helpers_of(decided(replace(pinned, pins=both))) == {1: {2, 3}}
    with pytest.raises(PinsClash):
        decide(replace(pinned, pins=both | {Choice(request.id, uid(1))}))
    with pytest.raises(PinsClash):
        decide(a_round(three[2:], [request], pins=frozenset({Choice(request.id, uid(3))})))


def test_a_price_names_who_would_come_instead() -> None:
    request = moving(1)
    problem = a_round([a_helper(1), a_helper(2), a_helper(3, load=9)], [request])
    plan = decided(problem)
    answer = why_not(problem, plan, request.id, uid(3))
    assert answer.price is not None
    assert [(move.before, move.after) for move in answer.price.moves] in (
        [(uid(1), uid(3))],
        [(uid(2), uid(3))],
    )
    assert price(plan, plan).moves == ()


def test_the_checker_finds_half_a_staff_twins_and_different_times() -> None:
    problem = a_round([a_helper(1, visits_left=2), a_helper(2)], [moving(1, at=8, until=18)])
    plan = decided(problem)
    one, other = plan.pairs
    for pairs, rule in (
        ((one,), "once"),
        ((one, replace(other, helper=one.helper)), "together"),
        ((one, replace(other, slot=replace(other.slot, start=960))), "together"),
    ):
        assert rule in {v.rule for v in check(problem, replace(plan, pairs=pairs))}


def small(seed: int, groups: int, helpers_max: int = 5) -> Problem:
    """A few helpers, some requests for one, some for several, each on a day of its own so that no two meet."""
    rng = Random(seed)
    helpers = [
        a_helper(
            n,
            skills=frozenset(rng.sample(("搬", "陪", "买"), rng.randint(1, 3))),
            visits_left=rng.randint(1, 2),
            minutes_left=rng.choice((60, 120, 300)),
            load=rng.randint(0, 4),
        )
        for n in range(rng.randint(2, helpers_max))
    ]
    many = groups + rng.randint(0, 2)
    requests = [
        moving(
            n,
            day=n,
            demand=rng.randint(2, 3) if n < groups else 1,
            skills=frozenset({rng.choice(("搬", "陪", "买"))}),
            priority=rng.randint(0, 2),
            waiting_days=rng.randint(0, 60),
            passed_over=rng.choice((0, 0, 4)),
        )
        for n in range(many)
    ]
    return a_round(helpers, requests)


@pytest.mark.parametrize("seed", range(150))
def test_it_is_the_best_of_all_plans_for_a_handful(seed: int) -> None:
    problem = small(seed, groups=1 + seed % 3)
    plan = decided(problem)
    assert plan.value == best(problem)
    assert plan.exact
    assert digest(decide(problem)) == digest(plan)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_with_many_for_several_the_plan_stays_right_and_never_better_than_the_best(seed: int) -> None:
    # With more helpers the plain search of all plans takes minutes.
    problem = small(seed, groups=TRIED_ALL_MAX + 1, helpers_max=3)
    plan = decided(problem)
    assert plan.value.rank <= best(problem).rank
    if plan.exact:
        assert plan.value == best(problem)


def test_a_plan_is_not_called_exact_where_another_choice_lost_by_a_clash() -> None:
    able, here, far = frozenset({"x"}), Position(23.0, 113.9), Position(23.03, 113.9)
    helpers = [
        a_helper(1, position=here, visits_left=2, skills=able),
        a_helper(2, position=here),
        a_helper(3, position=far, load=9),
    ]
    two = moving(1, position=here)
    one = moving(2, demand=1, priority=1, skills=able, position=here)
    plan = decided(a_round(helpers, [two, one]))
    assert (plan.value.served, plan.bound.served, plan.exact) == (1, 2, False)


def test_who_asks_no_more_after_a_clash_holds_up_nobody_else() -> None:
    able = frozenset({"x"})
    first, clashing = (
        a_request(n, dates=(DatedWindow(MONDAY, 540, 600),), skills=able, priority=7 - n) for n in (1, 2)
    )
    event = moving(3, at=11, until=12, skills=able, demand_min=1)
    plan = decided(a_round([a_helper(1, skills=able, visits_left=2)], [first, clashing, event]))
    assert helpers_of(plan) == {1: {1}, 3: {1}}
