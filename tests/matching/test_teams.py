"""A care team: several different helpers, each at a time of her own, all of them or nobody."""

from dataclasses import replace
from random import Random
from uuid import UUID

import pytest

from matching import Absence, Cause, Choice, DemandUnsupported, Problem, Request, decide, why_not
from tests.matching.deciding import assert_best_of_all, at, decided, helpers_of, rules
from tests.matching.town import MONDAY, a_helper, a_request, a_round, hours, uid


def a_team(number: int, demand: int = 3, **told: object) -> Request:
    """So many, an hour each, on any morning of the week, every week."""
    return a_request(number, demand=demand, together=False, **told)


# 一人一策: three neighbours look after one old man, each on a morning that suits her.


def test_each_comes_on_a_morning_of_her_own_every_week() -> None:
    team = [a_helper(n, windows=(hours(day, 8, 10),)) for n, day in enumerate((0, 2, 4))]
    plan = decided(a_round(team, [a_team(1)]))
    assert [(pair.slot.on.weekday(), pair.slot.weekly) for pair in plan.pairs] == [
        (0, True),
        (2, True),
        (4, True),
    ]


def test_all_of_the_team_or_nobody() -> None:
    plan = decided(a_round([a_helper(1, visits_left=3), a_helper(2)], [a_team(1)]))
    assert plan.pairs == ()
    assert (plan.unmatched[0].cause, plan.unmatched[0].together) == (Cause.TOO_FEW, 2)


def test_a_team_may_be_content_with_fewer() -> None:
    plan = decided(a_round([a_helper(1), a_helper(2)], [a_team(1, demand_min=2)]))
    assert helpers_of(plan) == {1: {1, 2}}
    assert plan.value.extra == 0


def test_a_team_that_came_together_every_week_is_refused_by_name() -> None:
    with pytest.raises(DemandUnsupported):
        decide(a_round([a_helper(1)], [replace(a_team(1), together=True)]))


def test_who_is_of_a_team_may_still_help_another_at_another_time() -> None:
    one_morning = (hours(0, 8, 10),)
    team = [a_helper(n, windows=one_morning, visits_left=2) for n in range(2)]
    plan = decided(a_round(team, [a_team(1, demand=2), a_request(2)]))
    assert plan.value.served == 2
    assert len({(pair.helper, pair.slot) for pair in plan.pairs}) == 3


def test_the_team_holds_when_one_is_at_sea_for_a_season() -> None:
    away = Absence(MONDAY, MONDAY.replace(year=MONDAY.year + 1))
    people = [a_helper(n) for n in range(3)] + [a_helper(3, absences=(away,))]
    assert helpers_of(decided(a_round(people, [a_team(1)]))) == {1: {0, 1, 2}}
    assert decided(a_round(people[1:], [a_team(1)])).unmatched[0].together == 2


def test_a_team_of_different_skills_is_several_requests_of_one_link() -> None:
    link = UUID(int=7)
    skills = ("做饭", "理发", "陪诊")
    people = [a_helper(n, skills=frozenset({skill})) for n, skill in enumerate(skills)]
    wishes = [
        a_request(n, skills=frozenset({skill}), link=link, together=False) for n, skill in enumerate(skills)
    ]
    assert helpers_of(decided(a_round(people, wishes))) == {0: {0}, 1: {1}, 2: {2}}
    plan = decided(a_round(people[1:], wishes))
    assert [u.cause for u in plan.unmatched] == [Cause.NOBODY, Cause.LINKED, Cause.LINKED]


# 五进五送: the red volunteers bring five services to five kinds of place on one day.


def test_a_team_brings_five_services_to_five_places_and_nobody_else_comes() -> None:
    red = UUID(int=55)
    services = ("政策", "健康", "文艺", "法律", "手机")
    volunteers = [
        a_helper(n, branch=red, skills=frozenset({services[n % 5], services[(n + 1) % 5]})) for n in range(12)
    ]
    others = [a_helper(50 + n, skills=frozenset(services)) for n in range(5)]
    places = [
        a_request(
            n,
            dates=at(9 + n % 2),
            skills=frozenset({service}),
            demand=3,
            demand_min=2,
            helper_branches=frozenset({red}),
            link=UUID(int=56),
            together=False,
        )
        for n, service in enumerate(services)
    ]
    plan = decided(a_round([*volunteers, *others], places))
    assert sorted(len(who) for who in helpers_of(plan).values()) == [2, 2, 2, 3, 3]
    assert len(set().union(*helpers_of(plan).values())) == 12
    assert max(set().union(*helpers_of(plan).values())) < 12
    few = decided(a_round([*volunteers[:9], *others], places))
    assert few.pairs == ()


def test_why_not_her_names_whom_she_would_replace() -> None:
    people = [a_helper(n, load=n) for n in range(4)]
    problem = a_round(people, [a_team(1)])
    plan = decided(problem)
    told = why_not(problem, plan, problem.requests[0].id, uid(3))
    assert told.price is not None
    assert [move.after for move in told.price.moves] == [uid(3)]


def test_the_checker_finds_twins_and_half_a_team_and_lets_times_differ() -> None:
    problem = a_round([a_helper(n, visits_left=2) for n in range(3)], [a_team(1)])
    plan = decided(problem)
    one, two, three = plan.pairs
    later = replace(three, slot=replace(three.slot, start=three.slot.start + 60))
    assert rules(problem, replace(plan, pairs=(one, two, later))) == set()
    assert "once" in rules(problem, replace(plan, pairs=(one, two)))
    assert "together" in rules(problem, replace(plan, pairs=(one, two, replace(three, helper=one.helper))))


def small(seed: int) -> Problem:
    """A few helpers, a team or two, a link of two skills, somebody who wants one; each on days of its own."""
    rng = Random(seed)
    skills = ("做饭", "理发")
    helpers = [
        a_helper(
            n,
            skills=frozenset(rng.sample(skills, rng.randint(1, 2))),
            visits_left=rng.randint(1, 3),
            load=rng.randint(0, 4),
        )
        for n in range(rng.randint(2, 5))
    ]
    requests = [
        a_team(
            n,
            demand=rng.randint(1, 3),
            windows=(hours(n, 8, 12),),
            skills=frozenset({rng.choice(skills)}),
            waiting_days=rng.randint(0, 60),
        )
        for n in range(rng.randint(1, 2))
    ]
    requests += [
        a_request(
            10 + n,
            dates=at(9, day=10 + n),
            skills=frozenset({skill}),
            link=UUID(int=7),
            together=False,
            priority=rng.randint(0, 2),
        )
        for n, skill in enumerate(skills)
    ]
    return a_round(helpers, [*requests, a_request(20, dates=at(9, day=5), waiting_days=30)])


@pytest.mark.parametrize("seed", range(60))
def test_it_is_the_best_of_all_plans_for_a_handful(seed: int) -> None:
    assert_best_of_all(small(seed), seed)


def test_a_pin_brings_the_whole_team() -> None:
    people = [a_helper(n) for n in range(3)] + [a_helper(9, load=12)]
    team = a_team(1)
    single = [a_request(n, priority=9) for n in (2, 3, 4)]
    plan = decided(a_round(people, [team, *single], pins=frozenset({Choice(team.id, uid(9))})))
    assert len(helpers_of(plan)[1]) == 3
