"""How many pairs a small change touches, and whether the price told of a pair is what it costs."""

from dataclasses import replace
from random import Random
from uuid import UUID

from matching import Choice, Plan, Problem, Value, check, decide, look, rematch, why_not
from matching.explanation import chosen
from tests.benchmarks.scale import Scale
from tests.matching.town import a_district

FORCED = 40


def measure(scale: Scale) -> dict[str, float]:
    """The share of the other pairs touched where one in a hundred was hit, and the share of prices that are right."""
    few, many = scale.matching
    return {
        "matching.churn_after_1_percent": _churn(_district(many, seed=1)),
        "matching.forced_pair_agreement": _agreement(_district(few, seed=2)),
    }


def _district(size: int, seed: int) -> Problem:
    return a_district(size, size, seed=seed, km=24 * (size / 12_000) ** 0.5)


def _churn(problem: Problem) -> float:
    """One pair in a hundred is hit: by turns the helper falls ill and the request is withdrawn."""
    before = decide(problem)
    hit = Random(1).sample(before.pairs, -(-len(before.pairs) // 100))
    share = _touched(problem, before, {p.helper for p in hit[::2]}, {p.request for p in hit[1::2]})
    # The hardest of it, for comparison only: nobody withdraws, so that each of them must be stood in for.
    _touched(problem, before, {p.helper for p in hit}, set())
    return share


def _touched(problem: Problem, before: Plan, ill: set[UUID], withdrawn: set[UUID]) -> float:
    """The share of the other pairs that get another helper or another hour."""
    after = replace(
        problem,
        helpers=tuple(replace(one, active=one.id not in ill) for one in problem.helpers),
        requests=tuple(one for one in problem.requests if one.id not in withdrawn),
    )
    again, anew = rematch(after, before), decide(after)
    assert not check(replace(after, agreed=after.agreed | chosen(before)), again.plan)
    assert again.plan.value.urgency == anew.value.urgency
    others = {
        Choice(pair.request, pair.helper): pair.slot
        for pair in before.pairs
        if pair.helper not in ill and pair.request not in withdrawn
    }
    afresh = sum(others.get(Choice(pair.request, pair.helper)) == pair.slot for pair in anew.pairs)
    print(
        f"{len(ill)} helpers ill, {len(withdrawn)} requests withdrawn: of {len(others)} other pairs "
        f"{len(others) - again.same_hour} touched, {len(others) - afresh} if decided afresh; "
        f"{again.plan.value.served} served either way",
        flush=True,
    )
    return (len(others) - again.same_hour) / len(others)


def _agreement(problem: Problem) -> float:
    """Each price is told by pinning the pair. It is found again without a pin: the request and its helper's only
    visit are taken out, the rest is decided, and the pair's own worth is added.
    """
    plan = decide(problem)
    rng = Random(2)
    right = asked = 0
    while asked < FORCED:
        request, helper = rng.choice(problem.requests), rng.choice(problem.helpers)
        told = why_not(problem, plan, request.id, helper.id)
        if told.price is None:
            continue
        asked += 1
        rest = decide(
            replace(
                problem,
                helpers=tuple(one for one in problem.helpers if one.id != helper.id),
                requests=tuple(one for one in problem.requests if one.id != request.id),
            )
        ).value
        limits = problem.limits
        forced = Value(
            served=rest.served + 1,
            urgency=rest.urgency + 1 + request.priority * limits.days_per_priority + request.waiting_days,
            load=rest.load + sum(step < helper.load + 1 for step in limits.load_steps),
            score=rest.score + look(problem, request.id, helper.id).score,
        )
        value = plan.value
        cost = (
            value.served - forced.served,
            value.urgency - forced.urgency,
            forced.load - value.load,
            value.score - forced.score,
        )
        price = told.price
        right += cost == (price.served, price.urgency, price.load, price.score)
    print(f"the price of {right} of {asked} pairs is what forcing them costs", flush=True)
    return right / asked
