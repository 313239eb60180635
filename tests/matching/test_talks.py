"""A talk: a speaker, seats and a minimum of listeners at a fixed time, held only if both are there."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from matching import (
    BadProblem,
    Cause,
    Choice,
    DatedWindow,
    Helper,
    PinsClash,
    Problem,
    Request,
    decide,
    price,
    why_not,
)
from matching.groups import TRIED_ALL_MAX
from tests.matching.deciding import assert_best_of_all, at, decided, helpers_of, rules, same_in_any_order
from tests.matching.town import MONDAY, a_helper, a_request, a_round, uid

SPEAKS = frozenset({"宣讲"})


def a_talk(
    number: int, least: int, seats: int, when: tuple[DatedWindow, ...] = at(9), **told: object
) -> list[Request]:
    """The wish for a speaker (10 × number) and the one for listeners (10 × number + 1)."""
    common = {"dates": when, "link": UUID(int=100 + number), **told}
    return [
        a_request(10 * number, skills=SPEAKS, **common),
        a_request(10 * number + 1, demand=seats, demand_min=least, **common),
    ]


def speakers(*numbers: int, **told: object) -> list[Helper]:
    return [a_helper(n, skills=SPEAKS, **told) for n in numbers]


def listeners(many: int, **told: object) -> list[Helper]:
    return [a_helper(100 + n, **told) for n in range(many)]


# 榕树广场宣讲: under the banyan a retired teacher speaks, if eight at least come to hear him.


@pytest.mark.parametrize(("came", "heard"), [(6, 0), (8, 8), (20, 20), (35, 30)])
def test_it_is_held_if_enough_come_and_no_more_than_there_are_seats(came: int, heard: int) -> None:
    plan = decided(a_round([*speakers(1), *listeners(came)], a_talk(1, 8, 30)))
    told = helpers_of(plan)
    assert len(told.get(11, ())) == heard
    assert told.get(10, set()) == ({1} if heard else set())
    assert len({pair.slot for pair in plan.pairs}) <= 1
    if not heard:
        assert [(u.cause, u.together) for u in plan.unmatched] == [
            (Cause.LINKED, 1),
            (Cause.TOO_FEW, 7),
        ]  # he could listen, too


def test_without_a_speaker_nobody_is_asked_to_come_and_listen() -> None:
    plan = decided(a_round(listeners(20), a_talk(1, 8, 30)))
    assert plan.pairs == ()
    assert [u.cause for u in plan.unmatched] == [Cause.NOBODY, Cause.LINKED]


def test_the_speaker_does_not_fill_a_seat_of_his_own_talk() -> None:
    people = [*speakers(1, visits_left=9), *listeners(2, visits_left=9)]
    assert decided(a_round(people, a_talk(1, 3, 9))).pairs == ()
    assert len(decided(a_round(people, a_talk(1, 2, 9))).pairs) == 3


def test_nobody_sits_in_two_talks_at_once() -> None:
    people = [*speakers(1, 2, visits_left=5), *listeners(6, visits_left=5)]
    plan = decided(a_round(people, [*a_talk(1, 3, 9), *a_talk(2, 3, 9)]))
    assert {n: len(who) for n, who in helpers_of(plan).items()} == {10: 1, 11: 3, 20: 1, 21: 3}
    assert plan.exact
    assert plan.counts.cuts == 0


def test_of_two_talks_at_once_the_more_urgent_is_held_where_both_would_want_listeners() -> None:
    people = [*speakers(1, 2, visits_left=5), *listeners(5, visits_left=5)]
    plan = decided(a_round(people, [*a_talk(1, 3, 9), *a_talk(2, 3, 9, waiting_days=9)]))
    told = helpers_of(plan)
    assert set(told) == {20, 21}
    # Whoever does not speak listens: the other speaker too.
    assert len(told[20] | told[21]) == 7
    assert plan.exact


def test_who_hears_one_talk_may_hear_the_next() -> None:
    people = [*speakers(1, visits_left=5), *listeners(3, visits_left=5)]
    plan = decided(a_round(people, [*a_talk(1, 3, 9), *a_talk(2, 3, 9, at(10))]))
    assert {n: len(who) for n, who in helpers_of(plan).items()} == {10: 1, 11: 3, 20: 1, 21: 3}


def test_speaker_and_listeners_meet_at_a_time_that_suits_both() -> None:
    day = (DatedWindow(MONDAY, 480, 1_080),)
    late = speakers(1, booked=(DatedWindow(MONDAY, 480, 900),))
    plan = decided(a_round([*late, *listeners(3)], a_talk(1, 3, 9, day)))
    assert {(pair.slot.on, pair.slot.start) for pair in plan.pairs} == {(MONDAY, 900)}
    early = listeners(3, booked=(DatedWindow(MONDAY, 900, 1_080),))
    apart = decided(a_round([*late, *early], a_talk(1, 3, 9, day)))
    assert apart.pairs == ()
    assert {u.cause for u in apart.unmatched} == {Cause.TOO_FEW, Cause.LINKED}


def test_who_are_linked_are_asked_for_at_the_same_time() -> None:
    speaker, audience = a_talk(1, 3, 9)
    tuesday = tuple(replace(d, on=d.on + timedelta(days=1)) for d in audience.dates)
    with pytest.raises(BadProblem, match="link"):
        a_round([], [speaker, replace(audience, dates=tuesday)])
    with pytest.raises(BadProblem, match="link"):
        a_round([], [speaker, replace(audience, minutes=30)])


def test_a_pinned_speaker_brings_his_talk_or_clashes() -> None:
    people = [*speakers(1, 2), *listeners(3)]
    first, second = a_talk(1, 3, 3), a_talk(2, 3, 3, waiting_days=50)
    problem = a_round(people, [*first, *second])
    assert set(helpers_of(decided(problem))) == {20, 21}
    pins = frozenset({Choice(first[0].id, uid(2))})
    forced = decided(replace(problem, pins=pins))
    assert helpers_of(forced)[10] == {2}
    assert 11 in helpers_of(forced)
    with pytest.raises(PinsClash):
        decide(a_round(people[:3], first, pins=pins))


def test_why_he_does_not_speak_is_a_price() -> None:
    people = [*speakers(1), *speakers(2, load=9), *listeners(3)]
    problem = a_round(people, a_talk(1, 3, 3))
    plan = decided(problem)
    told = why_not(problem, plan, problem.requests[0].id, uid(2))
    assert told.price is not None
    assert (told.price.served, told.price.load) == (0, 3)
    assert price(plan, plan).extra == 0


def test_the_checker_finds_a_talk_without_its_speaker_and_two_at_different_times() -> None:
    problem = a_round([*speakers(1), *listeners(3)], a_talk(1, 3, 9, (DatedWindow(MONDAY, 480, 720),)))
    plan = decided(problem)
    speaker, *audience = plan.pairs
    assert {"linked", "once"} <= rules(problem, replace(plan, pairs=tuple(audience)))
    later = replace(speaker, slot=replace(speaker.slot, start=600))
    assert "linked" in rules(problem, replace(plan, pairs=(later, *audience)))
    seated = replace(audience[0], helper=speaker.helper)
    assert "overlap" in rules(problem, replace(plan, pairs=(speaker, seated, *audience[1:])))


def test_many_talks_and_one_speaker_are_right_though_not_every_choice_is_tried() -> None:
    talks = [a_talk(n, 2, 4, at(9, day=n % 3)) for n in range(TRIED_ALL_MAX + 3)]
    people = [*speakers(1, visits_left=2), *listeners(6, visits_left=2)]
    plan = decided(a_round(people, [one for talk in talks for one in talk]))
    assert plan.value.served == 4
    assert not plan.exact
    same_in_any_order(a_round(people, [one for talk in talks for one in talk]), plan)


def small(seed: int) -> Problem:
    """A few people, two talks at once or one after the other, and perhaps somebody who wants one."""
    rng = Random(seed)
    helpers = [
        a_helper(
            n,
            skills=SPEAKS if rng.random() < 0.5 else frozenset(),
            visits_left=rng.randint(1, 2),
            load=rng.randint(0, 4),
        )
        for n in range(rng.randint(2, 5))
    ]
    requests: list[Request] = []
    for n in range(rng.randint(1, 2)):
        seats = rng.randint(1, 3)
        when = at(9 + rng.randint(0, 1) * n)
        requests += a_talk(n, rng.randint(1, seats), seats, when, waiting_days=rng.randint(0, 60))
    return a_round(helpers, [*requests, a_request(90, dates=at(9, day=5), priority=rng.randint(0, 2))])


@pytest.mark.parametrize("seed", range(80))
def test_it_is_the_best_of_all_plans_for_a_handful(seed: int) -> None:
    assert_best_of_all(small(seed), seed)
