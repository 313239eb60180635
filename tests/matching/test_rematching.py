"""Something changed: as much is served as by the best plan, and nobody is disturbed without need."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Absence, Choice, DatedWindow, Plan, Problem, check, decide, rematch
from matching.check import reasons
from matching.explanation import chosen, look
from matching.problem import Helper, Request, urgency
from tests.matching.brute import loads
from tests.matching.test_round import QUICK, small_rounds
from tests.matching.town import MONDAY, a_district, a_helper, a_request, a_round, a_town, hours

Rank = tuple[int, int, int, int]


def checked(problem: Problem, before: Plan, plan: Plan) -> None:
    agreed = replace(problem, agreed=problem.agreed | chosen(before))
    assert check(agreed, plan) == ()


def best_rank(problem: Problem, before: frozenset[Choice]) -> Rank:
    """Urgency, pairs kept, load, score of the best plan, by trying every plan."""
    able = [[h for h in problem.helpers if not reasons(problem, r, h)] for r in problem.requests]
    score = {
        Choice(r.id, h.id): look(problem, r.id, h.id).score
        for r, row in zip(problem.requests, able, strict=True)
        for h in row
    }
    options = [[(), *combinations(row, r.demand)] for r, row in zip(problem.requests, able, strict=True)]
    ranks = []
    for plan in product(*options):
        given: dict[Helper, list[Request]] = {}
        for r, hs in zip(problem.requests, plan, strict=True):
            for h in hs:
                given.setdefault(h, []).append(r)
        if all(
            len(rs) <= h.visits_left and sum(r.minutes for r in rs) <= h.minutes_left
            for h, rs in given.items()
        ):
            pairs = {Choice(r.id, h.id) for r, hs in zip(problem.requests, plan, strict=True) for h in hs}
            urgent = sum(
                urgency(r, problem.limits) for r, hs in zip(problem.requests, plan, strict=True) if hs
            )
            ranks.append(
                (urgent, len(pairs & before), -loads(problem, given), sum(score[pair] for pair in pairs))
            )
    return max(ranks)


@st.composite
def changed_rounds(draw: st.DrawFn, visits: int) -> tuple[Problem, Plan]:
    """A small round after something happened: somebody fell ill, a request was withdrawn, another was moved up."""
    problem = draw(small_rounds(visits=visits))
    before = decide(problem)
    ill = draw(st.sets(st.sampled_from(problem.helpers), max_size=1)) if problem.helpers else set()
    gone = draw(st.sets(st.sampled_from(problem.requests), max_size=1)) if problem.requests else set()
    after = replace(
        problem,
        helpers=tuple(replace(h, active=h not in ill) for h in problem.helpers),
        requests=tuple(
            replace(r, priority=draw(st.integers(0, 2))) for r in problem.requests if r not in gone
        ),
        weights=replace(problem.weights, distance=draw(st.sampled_from((0, 300)))),
    )
    return after, before


def no_plan_disturbs_less(problem: Problem, before: Plan) -> None:
    again = rematch(problem, before)
    checked(problem, before, again.plan)
    value = again.plan.value
    found = (value.urgency, again.kept, -value.load, value.score)
    top = best_rank(replace(problem, agreed=problem.agreed | chosen(before)), chosen(before))
    if again.plan.exact:
        assert found == top
    assert found[0] >= decide(problem).value.urgency


@pytest.mark.slow
@settings(QUICK, max_examples=50)
@given(changed_rounds(visits=1))
def test_no_plan_that_serves_as_much_changes_fewer_pairs(told: tuple[Problem, Plan]) -> None:
    no_plan_disturbs_less(*told)


@pytest.mark.slow
@settings(QUICK, max_examples=25)
@given(changed_rounds(visits=3))
def test_no_plan_changes_fewer_pairs_where_helpers_have_several_visits(told: tuple[Problem, Plan]) -> None:
    no_plan_disturbs_less(*told)


@pytest.mark.slow
def test_nothing_changed_changes_nothing() -> None:
    problem = a_town(60, 30, seed=2)
    before = decide(problem)
    again = rematch(problem, before)
    assert again.moves == ()
    assert again.kept == again.same_hour == len(before.pairs)


def test_a_better_score_and_less_load_do_not_part_a_pair() -> None:
    worn, request = a_helper(1, load=9), a_request(1)
    before = decide(a_round([worn], [request]))
    fresh = a_helper(2)
    assert decide(a_round([worn, fresh], [request])).pairs[0].helper == fresh.id
    assert rematch(a_round([worn, fresh], [request]), before).moves == ()


def test_a_pair_parts_where_one_more_can_be_served() -> None:
    both, cook = a_helper(1, skills=frozenset({"做饭", "理发"})), a_helper(2, skills=frozenset({"做饭"}))
    meal, haircut = a_request(1, skills=frozenset({"做饭"})), a_request(2, skills=frozenset({"理发"}))
    before = decide(a_round([both], [meal]))
    again = rematch(a_round([both, cook], [meal, haircut]), before)
    assert again.plan.value.served == 2
    assert again.kept == 0


def test_who_falls_ill_is_stood_in_for_and_the_others_stay() -> None:
    helpers, requests = [a_helper(n) for n in range(4)], [a_request(n) for n in range(3)]
    before = decide(a_round(helpers, requests))
    first = before.pairs[0]
    ill = [
        replace(h, absences=(Absence(MONDAY, MONDAY.replace(year=2027)),)) if h.id == first.helper else h
        for h in helpers
    ]
    again = rematch(a_round(ill, requests), before)
    assert [(m.request, m.before) for m in again.moves] == [(first.request, first.helper)]
    assert (again.kept, again.plan.value.served) == (2, 3)


def test_a_visit_kept_keeps_its_hour_where_another_comes_beside_it() -> None:
    helper = a_helper(1, windows=(hours(0, 9, 11),), visits_left=2)
    day = (DatedWindow(MONDAY, 540, 660),)
    second, first = a_request(2, dates=day), a_request(1, dates=day)
    before = decide(a_round([helper], [second]))
    assert before.pairs[0].slot.start == 540
    again = rematch(a_round([helper], [first, second]), before)
    assert {p.request: p.slot.start for p in again.plan.pairs} == {second.id: 540, first.id: 600}
    assert again.same_hour == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_in_a_town_as_much_is_served_and_no_more_pairs_change_than_by_deciding_anew(seed: int) -> None:
    town = a_town(120, 80, seed=seed)
    before = decide(town)
    rng = Random(seed)
    ill = set(rng.sample([h.id for h in town.helpers], 2))
    after = replace(
        town, helpers=tuple(replace(h, active=h.id not in ill and h.active) for h in town.helpers)
    )
    again, anew = rematch(after, before), decide(after)
    checked(after, before, again.plan)
    assert again.plan.value.urgency >= anew.value.urgency
    assert again.kept >= len(chosen(before) & chosen(anew))
    assert rematch(after, before) == again


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_in_a_district_where_one_pair_in_a_hundred_is_hit_few_others_are_touched(seed: int) -> None:
    district = a_district(400, 400, seed=seed, km=24 * (400 / 12_000) ** 0.5)
    before = decide(district)
    ill, withdrawn = before.pairs[::200], before.pairs[100::200]
    sick, gone = {pair.helper for pair in ill}, {pair.request for pair in withdrawn}
    after = replace(
        district,
        helpers=tuple(replace(h, active=h.id not in sick) for h in district.helpers),
        requests=tuple(r for r in district.requests if r.id not in gone),
    )
    again = rematch(after, before)
    others = len(before.pairs) - len(ill) - len(withdrawn)
    assert again.plan.value.urgency == decide(after).value.urgency
    assert others - again.kept <= others // 100


def at_nine_or_eleven(**told: object) -> Request:
    either = (DatedWindow(MONDAY, 540, 600), DatedWindow(MONDAY, 660, 720))
    return a_request(1, dates=either, **told)


def early_and_late(early: int, late: int) -> list[Helper]:
    """So many who are free at nine, and so many others at eleven."""
    return [a_helper(n, windows=(hours(0, 9, 10),)) for n in range(early)] + [
        a_helper(10 + n, windows=(hours(0, 11, 12),)) for n in range(late)
    ]


@pytest.mark.parametrize("later", [3, 6])
def test_those_who_meet_keep_their_hour_though_more_could_come_at_another(later: int) -> None:
    helpers, request = early_and_late(3, 2), at_nine_or_eleven(demand=2)
    before = decide(a_round(helpers, [request]))
    ill = before.pairs[0].helper
    left = [replace(h, active=h.id != ill) for h in early_and_late(3, later)]
    again = rematch(a_round(left, [request]), before)
    assert (again.kept, again.same_hour, len(again.moves)) == (1, 1, 1)


def test_an_hour_kept_costs_nobody_who_meets_a_visit() -> None:
    event = at_nine_or_eleven(demand=2)
    before = decide(a_round(early_and_late(2, 0), [event]))
    urgent = a_request(2, dates=(DatedWindow(MONDAY, 540, 600),), priority=9)
    again = rematch(a_round(early_and_late(2, 3), [event, urgent]), before)
    assert again.plan.value.served == 2


def test_one_hour_that_must_change_changes_no_other() -> None:
    helper = a_helper(1, visits_left=3, windows=(hours(0, 9, 13),))
    until_noon, until_one = (
        a_request(n, dates=(DatedWindow(MONDAY, 540, end),)) for n, end in ((3, 720), (2, 780))
    )
    before = decide(a_round([helper], [until_noon, until_one]))
    at_nine = a_request(1, dates=(DatedWindow(MONDAY, 540, 600),))
    again = rematch(a_round([helper], [until_noon, until_one, at_nine]), before)
    assert (again.plan.value.served, again.kept, again.same_hour) == (3, 2, 1)


def test_a_weekly_visit_at_its_hour_is_at_the_same_hour_a_week_later() -> None:
    problem = a_round([a_helper(1)], [a_request(1)])
    again = rematch(replace(problem, on=MONDAY + timedelta(days=7)), decide(problem))
    assert (again.kept, again.same_hour) == (1, 1)
