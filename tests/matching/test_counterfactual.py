"""What would help an unmatched request: every answer given is applied, and the round decided again."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import assume, given, settings

from matching import (
    Absence,
    Change,
    ChangeKind,
    Choice,
    DatedWindow,
    Gender,
    Help,
    Limits,
    PinsClash,
    Plan,
    Position,
    Problem,
    changed,
    check,
    decide,
    what_would_help,
)
from matching.check import reasons
from tests.matching.deciding import at
from tests.matching.test_round import QUICK, small_rounds
from tests.matching.test_shapes_together import mixed
from tests.matching.test_stable import small as mentors
from tests.matching.town import MONDAY, a_helper, a_request, a_round, a_town, hours


def helps(problem: Problem, **told: object) -> dict[int, list[Help]]:
    """Request number → what would help it."""
    found = what_would_help(problem, decide(problem), **told)
    return {request.int - 11_000: list(answers) for request, answers in found.items()}


def kinds(answers: list[Help]) -> set[ChangeKind]:
    return {answer.change.kind for answer in answers}


def every_answer_holds(problem: Problem, plan: Plan, answers: dict[object, tuple[Help, ...]]) -> int:
    """Each is applied by itself, decided, and checked by the checker, which shares no code with any of this."""
    for said in (one for each in answers.values() for one in each):
        other = changed(problem, said.change)
        after = decide(other)
        assert check(other, after) == ()
        served = {pair.request: pair.helper for pair in after.pairs}
        request = next(r for r in other.requests if r.id == said.change.request)
        assert said.by == tuple(sorted(p.helper for p in after.pairs if p.request == request.id))
        assert request.least <= len(said.by) <= request.demand
        assert said.could == sum(not reasons(other, request, h) for h in other.helpers)
        assert set(said.unserved) == {p.request for p in plan.pairs} - served.keys()
        assert all(
            served.get(move.request) == move.after for move in said.moves if alone(problem, move.request)
        )
        assert request.id not in {move.request for move in said.moves}
    return sum(map(len, answers.values()))


def alone(problem: Problem, request: object) -> bool:
    return next(r.demand for r in problem.requests if r.id == request) == 1


# What is found.


def test_an_hour_longer_lets_three_come() -> None:
    late = [a_helper(n, windows=(hours(0, 12, 18),)) for n in range(3)]
    problem = a_round(late, [a_request(1, windows=(hours(0, 8, 12),))])
    (later, *_) = helps(problem)[1]
    assert (later.change.kind, later.could, later.unserved) == (ChangeKind.LATER, 3, ())
    assert later.by[0] in {helper.id for helper in late}


def test_an_hour_more_is_not_said_to_help_where_everyone_it_lets_in_is_needed_by_others() -> None:
    late = a_helper(1, windows=(hours(0, 12, 18),))
    taken = a_request(1, windows=(hours(0, 12, 18),), priority=5)
    missed = a_request(2, windows=(hours(0, 8, 12),))
    answers = helps(a_round([late], [taken, missed]))
    assert kinds(answers[2]).isdisjoint({ChangeKind.LATER, ChangeKind.DAY})
    # A visit more would, and costs nobody.
    assert all(not answer.unserved for answer in answers[2])


def test_whom_it_costs_is_said() -> None:
    late = a_helper(1, windows=(hours(0, 12, 13),))
    taken = a_request(1, windows=(hours(0, 12, 18),))
    missed = a_request(2, windows=(hours(0, 8, 12),), priority=5)
    later = next(a for a in helps(a_round([late], [taken, missed]))[2] if a.change.kind is ChangeKind.LATER)
    assert later.unserved == (taken.id,)
    assert [(move.before, move.after) for move in later.moves] == [(late.id, None)]


def test_another_day_of_the_week_and_another_date() -> None:
    thursday = a_helper(1, windows=(hours(3, 8, 12),))
    weekly = helps(a_round([thursday], [a_request(1, windows=(hours(0, 8, 12),))]))[1]
    assert [(a.change.kind, a.change.weekday) for a in weekly if not a.change.helper] == [(ChangeKind.DAY, 3)]
    once = a_request(1, dates=(DatedWindow(MONDAY, 480, 720),))
    dated = helps(a_round([thursday], [once]))[1]
    day = next(a.change for a in dated if a.change.kind is ChangeKind.DAY)
    assert day.on == MONDAY + timedelta(days=3)


def test_a_wish_dropped() -> None:
    man = a_helper(1, gender=Gender.MALE, dialects=frozenset({"粤语"}))
    woman = a_request(1, helper_gender=Gender.FEMALE)
    assert kinds(helps(a_round([man], [woman]))[1]) == {ChangeKind.GENDER}
    hakka = a_request(1, dialects=frozenset({"客家话"}), dialect_required=True)
    assert kinds(helps(a_round([man], [hakka]))[1]) == {ChangeKind.DIALECT}
    both = replace(hakka, helper_gender=Gender.FEMALE)
    assert helps(a_round([man], [both]))[1] == []


def test_a_skill_that_is_the_very_thing_asked_for_is_never_dropped() -> None:
    helper = a_helper(1, skills=frozenset({"陪诊"}))
    request = a_request(1, skills=frozenset({"陪诊", "轮椅"}))
    problem = a_round([helper], [request])
    assert [a.change.skill for a in helps(problem)[1]] == ["轮椅"]
    assert helps(problem, needed=frozenset({"轮椅"}))[1] == []


def test_a_wider_reach_and_no_wider_than_the_round() -> None:
    near, far = Position(23.0, 113.9), Position(23.03, 113.9)
    problem = a_round([a_helper(1, position=far)], [a_request(1, position=near, reach_m=2_000)])
    assert kinds(helps(problem)[1]) == {ChangeKind.REACH}
    assert helps(replace(problem, limits=Limits(radius_m=3_000)))[1] == []


def test_a_visit_more_of_a_helper_whose_week_is_full() -> None:
    helper = a_helper(1, visits_left=0, minutes_left=0)
    (week,) = helps(a_round([helper], [a_request(1)]))[1]
    assert (week.change, week.by) == (
        Change(ChangeKind.WEEK, a_request(1).id, helper=helper.id),
        (helper.id,),
    )


def test_an_absence_ended() -> None:
    away = (Absence(MONDAY - timedelta(days=30), MONDAY + timedelta(days=300)),)
    helper = a_helper(1, absences=away)
    (back,) = helps(a_round([helper], [a_request(1)]))[1]
    assert (back.change.kind, back.change.helper) == (ChangeKind.BACK, helper.id)


def test_who_declined_could_be_asked_again_and_a_helper_fewer_would_do() -> None:
    helper, request = a_helper(1), a_request(1)
    declined = frozenset({Choice(request.id, helper.id)})
    assert kinds(helps(a_round([helper], [request], declined=declined))[1]) == {ChangeKind.AGAIN}
    two = a_request(1, dates=(DatedWindow(MONDAY, 480, 720),), demand=2)
    assert kinds(helps(a_round([helper], [two]))[1]) == {ChangeKind.FEWER}


def test_nothing_helps_where_there_is_nobody() -> None:
    assert helps(a_round([], [a_request(1)])) == {1: []}


def test_no_more_rounds_are_decided_than_allowed() -> None:
    late = a_helper(1, windows=(hours(0, 12, 18),))
    problem = a_round([late], [a_request(n, windows=(hours(0, 8, 12),)) for n in (1, 2)])
    assert [len(answers) for answers in helps(problem, solves=1).values()] in ([1, 0], [0, 1])
    assert helps(problem, solves=0) == {1: [], 2: []}


# It is true.


@pytest.mark.slow
@settings(QUICK, max_examples=40)
@given(small_rounds(visits=3))
def test_every_answer_holds_in_many_small_rounds(problem: Problem) -> None:
    plan = decide(problem)
    every_answer_holds(problem, plan, what_would_help(problem, plan))


@pytest.mark.slow
@settings(QUICK, max_examples=100)
@given(mixed())
def test_every_answer_holds_whatever_is_asked_for(problem: Problem) -> None:
    try:
        plan = decide(problem)
    except PinsClash:
        assume(condition=False)
    every_answer_holds(problem, plan, what_would_help(problem, plan))


@pytest.mark.slow
def test_every_answer_holds_where_both_sides_prefer() -> None:
    given = 0
    for seed in range(60):
        problem = mentors(seed)
        plan = decide(problem)
        given += every_answer_holds(problem, plan, what_would_help(problem, plan))
    assert given > 50


def test_of_those_who_meet_all_are_asked_for_another_hour() -> None:
    talk = {"dates": at(9), "link": UUID(int=77)}
    speaker, listener = a_request(1, skills=frozenset({"讲"}), **talk), a_request(2, **talk)
    late = a_helper(1, skills=frozenset({"讲"}), windows=(hours(0, 10, 11),))
    problem = a_round([late, a_helper(2)], [speaker, listener])
    found = helps(problem)
    assert found.keys() == {1, 2}
    for (answer,) in found.values():
        assert answer.change.kind is ChangeKind.LATER
        assert len({r.dates for r in changed(problem, answer.change).requests}) == 1


def test_an_event_that_lacks_one_needs_one_fewer() -> None:
    people = [a_helper(n) for n in range(2)]
    problem = a_round(people, [a_request(1, dates=at(9), demand=5, demand_min=3)])
    (answer,) = helps(problem)[1]
    assert (answer.change.kind, len(answer.by)) == (ChangeKind.FEWER, 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_answer_holds_in_a_town(seed: int) -> None:
    problem = a_town(60, 30, seed=seed)
    plan = decide(problem)
    answers = what_would_help(problem, plan, solves=24)
    assert every_answer_holds(problem, plan, answers) > 3
    assert answers.keys() == {missed.request for missed in plan.unmatched}
    assert what_would_help(problem, plan, solves=24) == answers


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_every_answer_holds_where_some_are_wanted_several_at_once(seed: int) -> None:
    town = a_town(40, 20, seed=seed)
    wishes = [replace(r, demand=2) if r.dates and n % 4 == 0 else r for n, r in enumerate(town.requests)]
    problem = replace(town, requests=tuple(wishes), declined=frozenset(), agreed=frozenset())
    plan = decide(problem)
    assert every_answer_holds(problem, plan, what_would_help(problem, plan)) > 3


@pytest.mark.slow
def test_every_answer_holds_where_the_search_stops_early() -> None:
    town = a_town(100, 30, seed=7)
    problem = replace(town, limits=replace(town.limits, candidates_min=4, candidates_total=1))
    plan = decide(problem)
    assert plan.counts.truncated or plan.counts.curtailed
    assert every_answer_holds(problem, plan, what_would_help(problem, plan, solves=12)) > 3
