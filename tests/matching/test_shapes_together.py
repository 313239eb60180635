"""Every shape beside every other in one round, with pins: the best of all plans, whatever is asked for."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Choice, PinsClash, Problem, Request, check, decide
from matching.check import reasons
from tests.matching.brute import best_if_any
from tests.matching.deciding import at, same_in_any_order
from tests.matching.test_round import QUICK
from tests.matching.town import a_helper, a_request, a_round, hours, uid

WORDS = ("甲", "乙")
BRANCHES = (uid(501), uid(502))


def words(most: int = 2) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(WORDS), max_size=most)


@st.composite
def one_shape(draw: st.DrawFn, number: int) -> list[Request]:
    """A request of any shape on a day of its own, a talk as the two requests that it is."""
    common: dict[str, object] = {
        "skills": draw(words(1)),
        "priority": draw(st.integers(0, 2)),
        "waiting_days": draw(st.sampled_from((0, 7, 28, 60))),
        "passed_over": draw(st.sampled_from((0, 0, 4))),
    }
    most = draw(st.integers(1, 3))
    least = draw(st.integers(1, most))
    day = at(9, day=number)
    shape = draw(st.sampled_from(("one", "event", "team", "two ways", "branches", "talk")))
    match shape:
        case "event":
            return [a_request(number, dates=day, demand=most, demand_min=least, **common)]
        case "team":
            windows = (hours(number, 8, 12),)
            told = {"windows": windows, "demand": most, "demand_min": least, "together": False}
            return [a_request(number, **told, **common)]
        case "two ways":
            return [a_request(number, dates=day, two_way=True, gives=draw(words()), **common)]
        case "branches":
            of = draw(st.frozensets(st.sampled_from(BRANCHES), min_size=1))
            return [a_request(number, dates=day, helper_branches=of, **common)]
        case "talk":
            # Two talks of a round are at the same hour.
            held = {"dates": at(9, day=6), "link": UUID(int=900 + number)}
            seats = {"demand": most, "demand_min": least}
            return [a_request(number, **held, **common), a_request(100 + number, **held, **seats)]
        case _:
            return [a_request(number, dates=day, **common)]


@st.composite
def mixed(draw: st.DrawFn) -> Problem:
    helpers = [
        a_helper(
            n,
            skills=draw(words()),
            asks=draw(words()),
            branch=draw(st.sampled_from((None, *BRANCHES))),
            visits_left=draw(st.integers(1, 3)),
            load=draw(st.integers(0, 4)),
        )
        for n in range(draw(st.integers(1, 4)))
    ]
    requests = [one for n in range(draw(st.integers(1, 3))) for one in draw(one_shape(n))]
    problem = a_round(helpers, requests)
    able = [
        Choice(r.id, h.id) for r in problem.requests for h in problem.helpers if not reasons(problem, r, h)
    ]
    pins = draw(st.frozensets(st.sampled_from(able), max_size=2)) if able else frozenset()
    return replace(problem, pins=pins)


def the_best_there_is(problem: Problem) -> None:
    top = best_if_any(problem)
    if top is None:
        with pytest.raises(PinsClash):
            decide(problem)
        return
    plan = decide(problem)
    assert check(problem, plan) == ()
    assert plan.value == top
    assert plan.exact
    same_in_any_order(problem, plan)


@pytest.mark.slow
@settings(QUICK, max_examples=30)
@given(mixed())
def test_whatever_is_asked_for_no_plan_is_better(problem: Problem) -> None:
    the_best_there_is(problem)


@pytest.mark.slow(30)
@settings(QUICK, max_examples=400)
@given(mixed())
def test_whatever_is_asked_for_no_plan_is_better_in_many_rounds(problem: Problem) -> None:
    the_best_there_is(problem)
