"""The checker finds what is wrong with a plan that was tampered with."""

from dataclasses import replace

import pytest

from matching import Choice, Plan, Problem, Slot, Value, check, decide
from tests.matching.town import MONDAY, a_helper, a_request, a_round

CLEAN = a_round([a_helper(1), a_helper(2)], [a_request(1), a_request(2), a_request(3)])


def rules(problem: Problem, plan: Plan) -> set[str]:
    return {v.rule for v in check(problem, plan)}


def test_a_plan_as_decided_is_clean() -> None:
    assert rules(CLEAN, decide(CLEAN)) == set()


def test_a_pair_left_out_is_found() -> None:
    plan = decide(CLEAN)
    assert rules(CLEAN, replace(plan, pairs=plan.pairs[1:])) == {"once", "value"}


def test_one_helper_for_two_is_found() -> None:
    plan = decide(CLEAN)
    first, second = plan.pairs
    doubled = replace(plan, pairs=(first, replace(second, helper=first.helper)))
    assert {"visits", "overlap"} <= rules(CLEAN, doubled)


def test_an_ineligible_helper_is_found() -> None:
    plan = decide(CLEAN)
    away = replace(CLEAN, helpers=tuple(replace(h, active=False) for h in CLEAN.helpers))
    assert "eligible" in rules(away, plan)


@pytest.mark.parametrize("start", [0, 721])
def test_a_visit_outside_the_windows_is_found(start: int) -> None:
    plan = decide(CLEAN)
    moved = replace(plan.pairs[0], slot=Slot(MONDAY, start, 60, weekly=True))
    assert "slot" in rules(CLEAN, replace(plan, pairs=(moved, *plan.pairs[1:])))


def test_a_wrong_value_reason_or_pin_is_found() -> None:
    plan = decide(CLEAN)
    assert rules(CLEAN, replace(plan, value=Value(9, 9, 9, 9))) == {"value"}
    missed = plan.unmatched[0]
    wrong = replace(missed, histogram=replace(missed.histogram, eligible=0))
    assert "reasons" in rules(CLEAN, replace(plan, unmatched=(wrong,)))
    pin = Choice(missed.request, CLEAN.helpers[0].id)
    assert "pinned" in rules(replace(CLEAN, pins=frozenset({pin})), plan)
