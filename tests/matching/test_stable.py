"""Mentor pairs by two-sided preferences: nobody who is parted would rather have each other."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from random import Random
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import (
    BadProblem,
    Cause,
    Choice,
    DatedWindow,
    Helper,
    Mode,
    Plan,
    Position,
    Preferred,
    Problem,
    Reason,
    Request,
    Side,
    Tie,
    check,
    decide,
    from_json,
    to_json,
    why_not,
)
from matching.blocking import rank_for_helper, rank_for_request
from matching.check import reasons
from matching.eligibility import eligible
from matching.plain import points, visits_before
from matching.plan import Terms
from matching.scoring import terms
from matching.tables import tabulate
from tests.matching.deciding import at, decided, rules, same_in_any_order
from tests.matching.test_round import QUICK
from tests.matching.town import MONDAY, a_helper, a_request, a_round, a_town, hours, uid

Matching = Mapping[UUID, UUID | None]


def stable(helpers: list[Helper], requests: list[Request], **told: object) -> Problem:
    return a_round(helpers, requests, mode=Mode.STABLE, **told)


def mentor(number: int, *prefers: int, **told: object) -> Helper:
    """A retiree and the young people she would like best to lead, by the numbers of their requests."""
    return a_helper(number, prefers=tuple(uid(20_000 + n) for n in prefers), **told)


def young(number: int, *prefers: int, **told: object) -> Request:
    """Somebody who would like to be led, best by these retirees."""
    return a_request(number, prefers=tuple(uid(n) for n in prefers), **told)


def led_by(plan: Plan) -> dict[int, int]:
    return {pair.request.int - 11_000: pair.helper.int - 1_000 for pair in plan.pairs}


# 青蓝工作室: the old lead the new.


def test_where_tastes_cross_the_young_have_their_way() -> None:
    mentors = [mentor(1, 2, 1), mentor(2, 1, 2)]
    plan = decided(stable(mentors, [young(1, 1, 2), young(2, 2, 1)]))
    assert led_by(plan) == {1: 1, 2: 2}
    assert plan.exact


def test_one_whom_nobody_would_swap_for_stays_without() -> None:
    mentors = [mentor(1, 1, 2, 3), mentor(2, 1, 2, 3)]
    plan = decided(stable(mentors, [young(1, 1, 2), young(2, 1, 2), young(3, 1, 2)]))
    assert led_by(plan) == {1: 1, 2: 2}
    assert plan.unmatched[0].cause is Cause.TAKEN


def test_a_stable_plan_may_serve_fewer_than_the_best_one() -> None:
    painter, writer = frozenset({"画"}), frozenset({"写"})
    mentors = [mentor(1, 1, skills=painter | writer), mentor(2, skills=writer)]
    wishes = [young(1, 1, 2, skills=writer), young(2, skills=painter)]
    settled = stable(mentors, wishes)
    assert led_by(decided(settled)) == {1: 1}
    assert led_by(decided(replace(settled, mode=Mode.BEST))) == {1: 2, 2: 1}


def test_a_mentor_takes_as_many_as_she_has_visits_left_and_the_dearest_of_them() -> None:
    mentors = [mentor(1, 4, 2, visits_left=2), mentor(2)]
    plan = decided(stable(mentors, [young(n, 1) for n in range(1, 5)]))
    assert {n for n, who in led_by(plan).items() if who == 1} == {2, 4}
    assert len({(pair.slot.on, pair.slot.start) for pair in plan.pairs if pair.helper == uid(1)}) == 2


def test_what_is_not_named_goes_by_score_and_then_by_the_smaller_id() -> None:
    here = Position(23.0, 113.9)
    near, far = mentor(2, position=here), mentor(1, position=Position(23.01, 113.9))
    assert led_by(decided(stable([near, far], [young(1, position=here)]))) == {1: 2}
    named = young(1, 1, position=here)
    assert led_by(decided(stable([near, far], [named]))) == {1: 1}
    alike = [mentor(n) for n in (3, 1, 2)]
    assert led_by(decided(stable(alike, [young(2), young(1)]))) == {1: 1, 2: 2}


def test_nobody_is_led_by_one_who_may_not_however_dear() -> None:
    apart = frozenset({Tie(uid(1), uid(20_001))})
    problem = stable([mentor(1, 1), mentor(2)], [young(1, 1)], do_not_pair=apart)
    plan = decided(problem)
    assert led_by(plan) == {1: 2}
    told = why_not(problem, plan, problem.requests[0].id, uid(1))
    assert (told.look.reasons, told.preferred) == (Reason.DO_NOT_PAIR, None)


def test_why_not_her_says_who_prefers_what() -> None:
    problem = stable([mentor(1, 2, 1), mentor(2)], [young(1, 1, 2), young(2, 1, 2), young(3)])
    plan = decided(problem)
    assert led_by(plan) == {1: 2, 2: 1}
    first, second, _ = problem.requests
    assert why_not(problem, plan, first.id, uid(1)).preferred == Preferred(Side.HELPER, (second.id,))
    assert why_not(problem, plan, second.id, uid(2)).preferred == Preferred(Side.REQUEST, (uid(1),))
    told = why_not(problem, plan, first.id, uid(1)).price
    assert told is not None
    assert {(move.request, move.after) for move in told.moves} == {(first.id, uid(1)), (second.id, uid(2))}
    assert why_not(replace(problem, mode=Mode.BEST), plan, first.id, uid(1)).preferred is None


def test_a_pin_is_kept_against_everybodys_taste() -> None:
    mentors, wishes = [mentor(1, 1), mentor(2, 2)], [young(1, 1), young(2, 2)]
    pin = Choice(wishes[0].id, uid(2))
    plan = decided(stable(mentors, wishes, pins=frozenset({pin})))
    assert led_by(plan) == {1: 2, 2: 1}
    assert [pair.pinned for pair in plan.pairs] == [True, False]


def test_where_her_hours_hold_only_one_she_keeps_the_dearer() -> None:
    one_hour = (hours(0, 9, 10),)
    mentors = [mentor(1, 2, 1, visits_left=2, windows=one_hour), mentor(2)]
    plan = decided(stable(mentors, [young(1, 1), young(2, 1)]))
    assert led_by(plan) == {1: 2, 2: 1}
    assert (plan.exact, plan.counts.cuts) == (True, 1)


def test_one_sent_away_for_want_of_a_time_comes_back_when_there_is_one() -> None:
    # The long visit drives out the third and is itself driven out by the first: then the third fits again.
    nine_to_eleven = (DatedWindow(MONDAY, 540, 660),)
    narrow = mentor(1, 1, 2, 3, visits_left=3, windows=(hours(0, 9, 11),))
    wishes = [
        young(1, 1, dates=at(9)),
        young(2, 1, dates=nine_to_eleven, minutes=120),
        young(3, 1, dates=at(10)),
    ]
    for numbers in ((1, 2, 3), (3, 2, 1)):
        # Whoever asks first: ids set the order of asking.
        renamed = [
            replace(wish_, id=uid(10_000 + number), recipient=uid(20_000 + n))
            for n, (number, wish_) in enumerate(zip(numbers, wishes, strict=True), 1)
        ]
        plan = decided(stable([narrow], renamed))
        assert plan.exact
        assert sorted(pair.slot.start for pair in plan.pairs) == [540, 600]


def test_a_plan_that_hours_leave_unstable_says_so() -> None:
    # No stable matching exists: the long visit with the first mentor brings back the one it drove out.
    nine_to_eleven = (DatedWindow(MONDAY, 540, 660),)
    mentors = [
        mentor(1, 1, 3, 2, visits_left=3, windows=(hours(0, 9, 11),)),
        mentor(2, 2, 1, windows=(hours(0, 9, 10),)),
    ]
    wishes = [
        young(1, 2, 1, dates=nine_to_eleven),
        young(2, 1, 2, dates=nine_to_eleven),
        young(3, 1, dates=nine_to_eleven, minutes=120),
    ]
    plan = decided(stable(mentors, wishes))
    assert not plan.exact
    assert plan.pairs
    assert "stable" in rules(stable(mentors, wishes), replace(plan, exact=True))


def test_several_for_one_have_no_place_in_it() -> None:
    with pytest.raises(BadProblem, match="mode"):
        decide(stable([], [young(1, dates=at(9), demand=2)]))
    with pytest.raises(BadProblem, match="mode"):
        decide(stable([], [young(1, dates=at(9), link=uid(5))]))
    with pytest.raises(BadProblem, match="prefers"):
        mentor(1, 2, 2)


def test_it_is_written_down_and_read_again() -> None:
    problem = stable([mentor(1, 2, 1)], [young(1, 1), young(2)])
    again = from_json(Problem, to_json(problem))
    assert again == problem
    assert again.helpers[0].prefers == (uid(20_002), uid(20_001))


def test_the_checker_finds_two_who_would_rather_have_each_other() -> None:
    mentors = [mentor(1, 1, 2), mentor(2, 2, 1)]
    problem = stable(mentors, [young(1, 1, 2), young(2, 2, 1)])
    plan = decided(problem)
    one, two = plan.pairs
    swapped = (replace(one, helper=two.helper), replace(two, helper=one.helper))
    assert rules(problem, replace(plan, pairs=swapped)) == {"stable"}
    assert rules(replace(problem, mode=Mode.BEST), replace(plan, pairs=swapped)) == set()


def test_an_empty_round_is_stable() -> None:
    assert decided(stable([], [])).pairs == ()
    assert decided(stable([], [young(1)])).unmatched[0].cause is Cause.NOBODY


# Every stable matching there is.


def small(seed: int) -> Problem:
    """A few mentors and young people with lists, some of them short, and rules between them."""
    rng = Random(seed)
    mentors, wishes = range(rng.randint(1, 4)), range(rng.randint(1, 5))

    def some(of: range) -> list[int]:
        return rng.sample(of, rng.randint(0, len(of)))

    helpers = [
        mentor(n, *some(wishes), load=rng.randint(0, 4), visits_left=rng.randint(1, 2), skills=skills)
        for n in mentors
        for skills in [frozenset(rng.sample(("书法", "手机"), rng.randint(1, 2)))]
    ]
    requests = [young(n, *some(mentors), skills=frozenset({rng.choice(("书法", "手机"))})) for n in wishes]
    return stable(helpers, requests)


def every_stable(problem: Problem) -> Iterator[Matching]:
    """All stable matchings by trying all matchings; only numbers of visits bind a mentor."""
    met = visits_before(problem)
    able = {r.id: {h.id for h in problem.helpers if not reasons(problem, r, h)} for r in problem.requests}
    wishes = {
        (r.id, h.id): rank_for_request(problem, r, h, met) for r in problem.requests for h in problem.helpers
    }
    likes = {
        (r.id, h.id): rank_for_helper(problem, h, r, met) for r in problem.requests for h in problem.helpers
    }
    ids = [r.id for r in problem.requests]

    def leaves(matching: Matching, request: UUID, helper: Helper) -> bool:
        now = matching[request]
        if helper.id not in able[request] or now == helper.id:
            return False
        if now is not None and wishes[request, now] < wishes[request, helper.id]:
            return False
        hers = [likes[one, helper.id] for one, who in matching.items() if who == helper.id]
        return len(hers) < helper.visits_left or likes[request, helper.id] < max(hers)

    for row in product(*([None, *sorted(able[one])] for one in ids)):
        matching = dict(zip(ids, row, strict=True))
        taken = Counter(who for who in row if who is not None)
        if all(taken[h.id] <= h.visits_left for h in problem.helpers) and not any(
            leaves(matching, one, h) for one in ids for h in problem.helpers
        ):
            yield matching


def best_of_the_stable(problem: Problem) -> None:
    plan = decided(problem)
    assert plan.exact
    mine = {r.id: None for r in problem.requests} | {pair.request: pair.helper for pair in plan.pairs}
    found = list(every_stable(problem))
    assert mine in found
    met = visits_before(problem)
    helpers = {h.id: h for h in problem.helpers}
    for r in problem.requests:
        partners = [who for matching in found if (who := matching[r.id]) is not None]
        dearest = min(partners, key=lambda who: rank_for_request(problem, r, helpers[who], met), default=None)
        assert mine[r.id] == dearest
    # Rural hospitals: who is served, and how many each leads, is the same in all of them.
    assert {frozenset(one for one, who in m.items() if who is not None) for m in found} == {
        frozenset(pair.request for pair in plan.pairs)
    }
    assert all(Counter(m.values()) == Counter(mine.values()) for m in found)


@pytest.mark.parametrize("seed", range(60))
def test_it_is_the_one_best_for_the_young_of_all_stable_matchings(seed: int) -> None:
    problem = small(seed)
    best_of_the_stable(problem)
    same_in_any_order(problem, decide(problem), seed)


@st.composite
def crossed(draw: st.DrawFn) -> Problem:
    """Full lists of three mentors and three young people: the rounds that have most stable matchings."""
    order = st.permutations(range(3))
    return stable([mentor(n, *draw(order)) for n in range(3)], [young(n, *draw(order)) for n in range(3)])


@pytest.mark.slow
@given(crossed())
@QUICK
def test_crossed_lists_of_three_end_with_the_best_for_the_young(problem: Problem) -> None:
    best_of_the_stable(problem)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_town_with_every_rule_is_settled_and_nobody_would_leave(seed: int) -> None:
    problem = replace(a_town(60, 40, seed=seed), mode=Mode.STABLE)
    plan = decide(problem)
    assert check(problem, plan) == ()
    assert len(plan.pairs) > 10
    same_in_any_order(problem, plan, seed)


@pytest.mark.parametrize("seed", range(2))
def test_the_plain_points_of_the_checker_agree(seed: int) -> None:
    problem = a_town(60, 60, seed=seed)
    t = tabulate(problem)
    rng = Random(seed)
    r = np.array([rng.randrange(60) for _ in range(400)], dtype=np.int32)
    h = np.array([rng.randrange(60) for _ in range(400)], dtype=np.int32)
    told, met = terms(t, r, h).tolist(), visits_before(problem)
    for i in range(400):
        assert Terms(*told[i]) == points(problem, problem.requests[r[i]], problem.helpers[h[i]], met)
    assert eligible(t, r, h).any()
