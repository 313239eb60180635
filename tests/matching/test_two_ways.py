"""Help that goes both ways, and help between branches: who may come, told rule by rule and as a story."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from matching import (
    Absence,
    Cause,
    DatedWindow,
    Limits,
    Plan,
    Problem,
    Reason,
    look,
    why_nobody,
)
from matching.check import reasons
from tests.matching.deciding import assert_best_of_all, decided
from tests.matching.town import MONDAY, a_helper, a_request, a_round, uid

SEA = uid(501)
SCHOOL = uid(502)


def who_helps(plan: Plan) -> dict[int, int]:
    return {pair.request.int - 11_000: pair.helper.int - 1_000 for pair in plan.pairs}


# 银发系扣子: a retiree mentors a young person, and the young serve the elders back.


def test_the_young_help_an_elder_who_teaches_what_they_would_like_to_learn() -> None:
    young = [a_helper(n, asks=frozenset({topic})) for n, topic in enumerate(("书法", "家史", "太极"))]
    elders = [
        a_request(n, two_way=True, gives=frozenset({topic})) for n, topic in enumerate(("家史", "书法"))
    ]
    plan = decided(a_round(young, elders))
    assert who_helps(plan) == {0: 1, 1: 0}


@pytest.mark.parametrize(
    ("asks", "gives", "two_way", "expected"),
    [
        ({"书法"}, {"书法", "太极"}, True, Reason.NONE),
        ({"书法", "手机"}, {"书法"}, True, Reason.NONE),  # any one of what she asks
        ({"手机"}, {"书法"}, True, Reason.EXCHANGE),
        (set(), {"书法"}, True, Reason.EXCHANGE),  # nothing comes back, so it is no exchange
        ({"手机"}, set(), False, Reason.NONE),
    ],
)
def test_what_comes_back_must_be_what_she_asks_for(
    asks: set[str], gives: set[str], two_way: bool, expected: Reason
) -> None:
    helper = a_helper(1, asks=frozenset(asks))
    request = a_request(1, two_way=two_way, gives=frozenset(gives))
    problem = a_round([helper], [request])
    assert look(problem, request.id, helper.id).reasons is expected
    assert reasons(problem, request, helper) is expected


def test_who_finds_no_exchange_is_told_so_in_numbers() -> None:
    young = [a_helper(n, asks=frozenset({"手机"})) for n in range(3)] + [a_helper(9, active=False)]
    request = a_request(1, two_way=True, gives=frozenset({"书法"}))
    told = why_nobody(a_round(young, [request]), request.id)
    assert {c.reason: c.helpers for c in told.first} == {Reason.STATUS: 1, Reason.EXCHANGE: 3}
    plan = decided(a_round(young, [request]))
    assert plan.unmatched[0].cause is Cause.NOBODY


# 海上送学 + 岸上补学: 23 members of one branch and 75 of another, of whom 32 are at sea eight months a year.

BACK = MONDAY + timedelta(weeks=2)


def shatian(*, visits_left: int, steps: tuple[int, ...]) -> Problem:
    """The 23 with the 75: weekly for those ashore, a make-up visit in the days ashore for the 32 who live aboard.

    Others of the town are free, next door and have done nothing lately, and are not to come.
    """
    members = [a_helper(n, branch=SCHOOL, visits_left=visits_left) for n in range(23)]
    others = [a_helper(100 + n, branch=SEA if n % 2 else None, visits_left=9) for n in range(20)]
    only = {"branch": SEA, "helper_branches": frozenset({SCHOOL})}
    ashore = [a_request(n, **only) for n in range(43)]
    aboard = [
        a_request(
            43 + n,
            dates=tuple(DatedWindow(BACK + timedelta(days=day), 480, 1_080) for day in range(5)),
            **only,
        )
        for n in range(32)
    ]
    return a_round([*members, *others], [*ashore, *aboard], limits=Limits(load_steps=steps))


@pytest.mark.parametrize(("visits_left", "steps"), [(4, (1, 3, 6, 10)), (9, tuple(range(1, 12)))])
def test_each_of_75_gets_somebody_of_the_other_branch_and_each_of_23_has_three_or_four(
    visits_left: int, steps: tuple[int, ...]
) -> None:
    problem = shatian(visits_left=visits_left, steps=steps)
    plan = decided(problem)
    assert len(plan.pairs) == 75
    load = Counter(pair.helper for pair in plan.pairs)
    assert set(load) == {uid(n) for n in range(23)}
    assert sorted(load.values()) == [3] * 17 + [4] * 6
    assert plan.exact


def test_who_is_at_sea_is_not_sent_and_the_others_carry_it_evenly() -> None:
    problem = shatian(visits_left=5, steps=tuple(range(1, 12)))
    gone = Absence(MONDAY - timedelta(days=30), MONDAY + timedelta(days=210))
    crew = {uid(n) for n in range(5)}
    at_sea = replace(
        problem,
        helpers=tuple(replace(h, absences=(gone,)) if h.id in crew else h for h in problem.helpers),
    )
    load = Counter(pair.helper for pair in decided(at_sea).pairs)
    assert not crew & load.keys()
    assert sorted(load.values()) == [4] * 15 + [5] * 3


def test_nobody_of_another_branch_comes_however_near() -> None:
    request = a_request(1, helper_branches=frozenset({SCHOOL, uid(503)}))
    helpers = [a_helper(1), a_helper(2, branch=SEA), a_helper(3, branch=uid(503), load=12)]
    problem = a_round(helpers, [request])
    assert who_helps(decided(problem)) == {1: 3}
    assert why_nobody(problem, request.id).first[0].reason is Reason.BRANCH
    assert look(problem, request.id, uid(2)).reasons is Reason.BRANCH


def test_more_than_64_branches_are_told_apart() -> None:
    branches = [UUID(int=900_000 + n) for n in range(130)]
    helpers = [a_helper(n, branch=branch) for n, branch in enumerate(branches)]
    requests = [a_request(n, helper_branches=frozenset({branch})) for n, branch in enumerate(branches)]
    assert who_helps(decided(a_round(helpers, requests))) == {n: n for n in range(130)}


def small(seed: int) -> Problem:
    """A few young people and elders of three branches, each elder with topics to give."""
    rng = Random(seed)
    topics = ("书法", "手机", "太极")
    branches = (SEA, SCHOOL, None)

    def some() -> frozenset[str]:
        return frozenset(rng.sample(topics, rng.randint(0, 2)))

    helpers = [
        a_helper(
            n,
            asks=some(),
            branch=rng.choice(branches),
            visits_left=rng.randint(1, 2),
            load=rng.randint(0, 4),
        )
        for n in range(rng.randint(1, 5))
    ]
    requests = [
        a_request(
            n,
            two_way=rng.random() < 0.5,
            gives=some(),
            helper_branches=frozenset(rng.sample((SEA, SCHOOL), rng.randint(0, 2))),
            waiting_days=rng.randint(0, 40),
        )
        for n in range(rng.randint(1, 5))
    ]
    return a_round(helpers, requests)


@pytest.mark.parametrize("seed", range(60))
def test_it_is_the_best_of_all_plans_for_a_handful(seed: int) -> None:
    assert_best_of_all(small(seed), seed)
