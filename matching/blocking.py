"""Would two who are not paired rather have each other? For plans that call themselves stable."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from uuid import UUID

from matching.plain import may, points, room, visits_before
from matching.plan import Pair, Plan
from matching.problem import Helper, Problem, Request, Tie

Rank = tuple[int, int, int]


def blocking(problem: Problem, plan: Plan) -> Iterator[tuple[Request, Helper]]:
    """Every eligible pair that the plan parts, though both would gain.

    The request is unserved or ranks her before its helper; she has room beside those she ranks before it, as
    they lie in the plan. What is pinned is not let go. Reads every pair there is: some 10,000 in a second.
    """
    requests = {r.id: r for r in problem.requests}
    serves: dict[UUID, list[Pair]] = defaultdict(list)
    for one in plan.pairs:
        serves[one.helper].append(one)
    helpers, met = {h.id: h for h in problem.helpers}, visits_before(problem)
    served = {one.request: one for one in plan.pairs}
    for r in problem.requests:
        pair = served.get(r.id)
        if pair is not None and pair.pinned:
            continue
        now = None if pair is None else rank_for_request(problem, r, helpers[pair.helper], met)
        for h in problem.helpers:
            if pair is not None and pair.helper == h.id:
                continue
            if now is not None and _place(r.prefers, h.id) > now[0]:
                continue
            if not may(problem, r, h) or (now is not None and rank_for_request(problem, r, h, met) >= now):
                continue
            mine = rank_for_helper(problem, h, r, met)
            kept = [
                p
                for p in serves[h.id]
                if p.pinned or rank_for_helper(problem, h, requests[p.request], met) < mine
            ]
            if _takes(problem, r, h, kept):
                yield r, h


def rank_for_request(problem: Problem, r: Request, h: Helper, met: Mapping[Tie, int]) -> Rank:
    """How far down a helper stands with a request, the least is best: named in order, then by points, then by id."""
    return _rank(r.prefers, h.id, points(problem, r, h, met).total, h.id)


def rank_for_helper(problem: Problem, h: Helper, r: Request, met: Mapping[Tie, int]) -> Rank:
    """How far down a request stands with a helper."""
    return _rank(h.prefers, r.recipient, points(problem, r, h, met).total, r.id)


def _rank(named: tuple[UUID, ...], who: UUID, total: int, one: UUID) -> Rank:
    return (_place(named, who), -total, one.int)


def _place(named: tuple[UUID, ...], who: UUID) -> int:
    return named.index(who) if who in named else len(named)


def _takes(problem: Problem, r: Request, h: Helper, kept: list[Pair]) -> bool:
    spent = sum(p.slot.minutes for p in kept)
    return (
        len(kept) < h.visits_left
        and spent + r.minutes <= h.minutes_left
        and room(problem, r, h, (p.slot for p in kept))
    )
