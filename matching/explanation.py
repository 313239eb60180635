"""Why this pair, why not her, why nobody: answers a coordinator can check."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest
from uuid import UUID

import numpy as np

from matching.eligibility import refusals, sweep
from matching.errors import BadProblem, PinsClash
from matching.plan import Histogram, Pair, Plan, Terms, Value
from matching.problem import Choice, Mode, Problem
from matching.reasons import Reason
from matching.round import decide
from matching.scoring import terms
from matching.stable import standing
from matching.tables import UNKNOWN, Tables, metres, tabulate


@dataclass(frozen=True, slots=True)
class Look:
    """One helper against one request, whether chosen or not. The points of an ineligible one are what-ifs."""

    request: UUID
    helper: UUID
    reasons: Reason
    metres: int | None
    score: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class WhyPair:
    """`runner_up` is the next best for this request by score, and `runner_up_serves` what she does instead."""

    pair: Pair
    runner_up: Look | None
    runner_up_serves: UUID | None


@dataclass(frozen=True, slots=True)
class Move:
    """A request whose helper would change; None is nobody."""

    request: UUID
    before: UUID | None
    after: UUID | None


@dataclass(frozen=True, slots=True)
class Price:
    """What the round loses if the pair is forced: `before` less `after`, and who would be served by whom instead.

    The first of `urgency`, `extra`, `load`, `score` that is not 0 says how much worse the round would be.
    """

    before: Value
    after: Value
    served: int
    urgency: int
    load: int
    score: int
    moves: tuple[Move, ...]
    extra: int = 0


class Side(StrEnum):
    REQUEST = "request"
    HELPER = "helper"


@dataclass(frozen=True, slots=True)
class Preferred:
    """In the stable mode: which side has something it likes better, the request `to` its helper or she `to` requests."""

    side: Side
    to: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Either `look.reasons` refuse her, or `clash` says why a pin bars her, or `price` is what choosing her costs.

    In the stable mode `preferred` says who would not have it; the price may then be a gain.
    """

    look: Look
    chosen: UUID | None
    clash: str | None
    price: Price | None
    preferred: Preferred | None = None


def why_pair(problem: Problem, plan: Plan, request: UUID) -> WhyPair | None:
    """Why the request goes to her, or None if it is unmatched."""
    pair = next((p for p in plan.pairs if p.request == request), None)
    if pair is None:
        return None
    if pair.runner_up is None:
        return WhyPair(pair, None, None)
    serves = next((p.request for p in plan.pairs if p.helper == pair.runner_up), None)
    return WhyPair(pair, look(problem, request, pair.runner_up), serves)


def why_not(problem: Problem, plan: Plan, request: UUID, helper: UUID) -> WhyNot:
    """Why the request does not go to this helper. The price is found by forcing the pair and solving again."""
    seen = look(problem, request, helper)
    having = [p.helper for p in plan.pairs if p.request == request]
    chosen = helper if helper in having else next(iter(having), None)
    if seen.reasons or chosen == helper:
        return WhyNot(seen, chosen, None, None)
    try:
        forced = decide(replace(problem, pins=problem.pins | {Choice(request, helper)}))
    except PinsClash as clash:
        return WhyNot(seen, chosen, clash.why, None, _preferred(problem, plan, seen))
    return WhyNot(seen, chosen, None, price(plan, forced), _preferred(problem, plan, seen))


def _preferred(problem: Problem, plan: Plan, seen: Look) -> Preferred | None:
    if problem.mode is not Mode.STABLE:
        return None
    request = next(r for r in problem.requests if r.id == seen.request)
    helper = next(h for h in problem.helpers if h.id == seen.helper)
    recipients = {r.id: r.recipient for r in problem.requests}
    mine = standing(request.prefers, helper.id, seen.score, helper.id)
    for pair in plan.pairs:
        if (
            pair.request == request.id
            and standing(request.prefers, pair.helper, pair.score, pair.helper) < mine
        ):
            return Preferred(Side.REQUEST, (pair.helper,))
    here = standing(helper.prefers, request.recipient, seen.score, request.id)
    hers = [
        pair.request
        for pair in plan.pairs
        if pair.helper == helper.id
        and standing(helper.prefers, recipients[pair.request], pair.score, pair.request) < here
    ]
    return Preferred(Side.HELPER, tuple(hers)) if hers else None


def why_nobody(problem: Problem, request: UUID) -> Histogram:
    """Every helper of the round counted under what refuses her."""
    t = tabulate(problem)
    return sweep(t, _row(t.requests.ids, request, "request"))[0]


def price(before: Plan, after: Plan) -> Price:
    """What `after` is worse by, and the requests whose helper differs."""
    return Price(
        before=before.value,
        after=after.value,
        served=before.value.served - after.value.served,
        urgency=before.value.urgency - after.value.urgency,
        load=after.value.load - before.value.load,
        score=before.value.score - after.value.score,
        moves=moves(chosen(before), chosen(after)),
        extra=before.value.extra - after.value.extra,
    )


def chosen(plan: Plan) -> frozenset[Choice]:
    """The pairs of a plan, without their times."""
    return frozenset(Choice(pair.request, pair.helper) for pair in plan.pairs)


def moves(before: Iterable[Choice], after: Iterable[Choice]) -> tuple[Move, ...]:
    """The requests whose helpers differ, in order; who goes and who comes are told side by side."""
    was, is_ = _helpers(before), _helpers(after)
    return tuple(
        Move(r, gone, come)
        for r in sorted(was.keys() | is_.keys())
        for gone, come in zip_longest(sorted(was[r] - is_[r]), sorted(is_[r] - was[r]))
    )


def _helpers(choices: Iterable[Choice]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for choice in choices:
        found[choice.request].add(choice.helper)
    return found


def look(problem: Problem, request: UUID, helper: UUID) -> Look:
    """Reasons, distance and points of one helper for one request."""
    t = tabulate(problem)
    return _look(t, _row(t.requests.ids, request, "request"), _row(t.helpers.ids, helper, "helper"))


def looks(problem: Problem, choices: Iterable[Choice]) -> tuple[Look, ...]:
    """Many looks at once, in the order asked."""
    t = tabulate(problem)
    request_row = {one: row for row, one in enumerate(t.requests.ids)}
    helper_row = {one: row for row, one in enumerate(t.helpers.ids)}
    rows = [(request_row[c.request], helper_row[c.helper]) for c in choices]
    return _looks(t, [r for r, _ in rows], [h for _, h in rows])


def _look(t: Tables, request: int, helper: int) -> Look:
    return _looks(t, [request], [helper])[0]


def _looks(t: Tables, requests: Sequence[int], helpers: Sequence[int]) -> tuple[Look, ...]:
    r, h = np.array(requests, dtype=np.int32), np.array(helpers, dtype=np.int32)
    points = [Terms(*row) for row in terms(t, r, h).tolist()]
    return tuple(
        Look(
            request=t.requests.ids[requests[i]],
            helper=t.helpers.ids[helpers[i]],
            reasons=Reason(bits),
            metres=None if far == UNKNOWN else far,
            score=points[i].total,
            terms=points[i],
        )
        for i, (bits, far) in enumerate(
            zip(refusals(t, r, h).tolist(), metres(t, r, h).tolist(), strict=True)
        )
    )


def _row(ids: tuple[UUID, ...], one: UUID, what: str) -> int:
    try:
        return ids.index(one)
    except ValueError:
        raise BadProblem(what, one, one, f"a {what} of this round") from None
