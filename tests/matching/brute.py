"""The best plan by trying every plan, with the checker's reading of the rules; for a handful of people only."""

from itertools import combinations, product

from matching import Problem, Value, look
from matching.check import reasons
from matching.problem import Helper, Request, urgency


def loads(problem: Problem, given: dict[Helper, list[Request]]) -> int:
    return sum(
        sum(step < helper.load + j for step in problem.limits.load_steps)
        for helper, requests in given.items()
        for j in range(1, len(requests) + 1)
    )


def best(problem: Problem, *, within_minutes: bool = True) -> Value:
    """The best value, where only numbers of visits and minutes bind a helper (no two visits meet in time)."""
    able = [[h for h in problem.helpers if not reasons(problem, r, h)] for r in problem.requests]
    options = [[(), *combinations(row, r.demand)] for r, row in zip(problem.requests, able, strict=True)]
    score = {
        (r.id, h.id): look(problem, r.id, h.id).score
        for r, row in zip(problem.requests, able, strict=True)
        for h in row
    }
    pins = {(p.request, p.helper) for p in problem.pins}
    top: Value | None = None
    for plan in product(*options):
        given: dict[Helper, list[Request]] = {}
        for r, hs in zip(problem.requests, plan, strict=True):
            for h in hs:
                given.setdefault(h, []).append(r)
        if any(
            len(rs) > h.visits_left or sum(r.minutes for r in rs) > h.minutes_left for h, rs in given.items()
        ):
            continue
        chosen = {(r.id, h.id) for r, hs in zip(problem.requests, plan, strict=True) for h in hs}
        if not pins <= chosen:
            continue
        served = [r for r, hs in zip(problem.requests, plan, strict=True) if hs]
        value = Value(
            served=len(served),
            urgency=sum(urgency(r, problem.limits) for r in served),
            load=loads(problem, given),
            score=sum(score[pair] for pair in chosen),
        )
        if top is None or value.rank > top.rank:
            top = value
    assert top is not None
    return top
