"""The best plan by trying every plan, with the checker's reading of the rules; for a handful of people only."""

from collections.abc import Sequence
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


def _held(problem: Problem, plan: Sequence[Sequence[Helper]]) -> bool:
    """Is every link served as a whole or not at all?"""
    links: dict[object, set[bool]] = {}
    for r, hs in zip(problem.requests, plan, strict=True):
        links.setdefault(r.link or r.id, set()).add(bool(hs))
    return all(len(answers) == 1 for answers in links.values())


def _in_two_rooms(requests: list[Request]) -> bool:
    """Would she be at two meetings at once?"""
    times = [r.dates[0] for r in requests if r.meets]
    return any(a.on == b.on and a.start < b.end and b.start < a.end for a, b in combinations(times, 2))


def best(problem: Problem) -> Value:
    """The best value, where there is a plan."""
    top = best_if_any(problem)
    assert top is not None
    return top


def best_if_any(problem: Problem) -> Value | None:
    """The best value, where only numbers of visits and minutes bind a helper, and meetings at a set time; no other
    two visits meet. None if no plan keeps the pins.
    """
    able = [[h for h in problem.helpers if not reasons(problem, r, h)] for r in problem.requests]
    options = [
        [(), *(some for many in range(r.least, r.demand + 1) for some in combinations(row, many))]
        for r, row in zip(problem.requests, able, strict=True)
    ]
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
        if not _held(problem, plan) or any(_in_two_rooms(rs) for rs in given.values()):
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
            extra=sum(len(hs) - r.least for r, hs in zip(problem.requests, plan, strict=True) if hs),
        )
        if top is None or value.rank > top.rank:
            top = value
    return top
