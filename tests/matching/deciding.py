"""Plans that the checker found nothing wrong with, and who comes where."""

from dataclasses import replace
from random import Random

from matching import DatedWindow, Plan, Problem, check, decide, digest
from tests.matching.brute import best
from tests.matching.town import MONDAY


def decided(problem: Problem) -> Plan:
    plan = decide(problem)
    assert check(problem, plan) == ()
    return plan


def helpers_of(plan: Plan) -> dict[int, set[int]]:
    """Request number → helper numbers."""
    found: dict[int, set[int]] = {}
    for pair in plan.pairs:
        found.setdefault(pair.request.int - 11_000, set()).add(pair.helper.int - 1_000)
    return found


def rules(problem: Problem, plan: Plan) -> set[str]:
    return {violation.rule for violation in check(problem, plan)}


def same_in_any_order(problem: Problem, plan: Plan, seed: int = 1) -> None:
    """The order in which a problem is told changes no byte of its plan."""
    helpers, requests = list(problem.helpers), list(problem.requests)
    Random(seed).shuffle(helpers)
    Random(seed + 1).shuffle(requests)
    shuffled = replace(problem, helpers=tuple(helpers), requests=tuple(requests))
    assert digest(decide(shuffled)) == digest(plan)


def assert_best_of_all(problem: Problem, seed: int) -> None:
    """No plan there can be is worth more, the plan says so, and the order it is told in changes nothing."""
    plan = decided(problem)
    assert plan.value == best(problem)
    assert plan.exact
    same_in_any_order(problem, plan, seed)


def at(hour: int, day: int = 0) -> tuple[DatedWindow, ...]:
    """One hour on one day."""
    when = MONDAY.fromordinal(MONDAY.toordinal() + day)
    return (DatedWindow(when, hour * 60, hour * 60 + 60),)
