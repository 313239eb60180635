"""A whole round: from a problem to the best plan there is."""

from collections.abc import Mapping
from uuid import UUID

import numpy as np

from matching.arcs import Arcs, gather, runners_up, widen
from matching.candidates import enough
from matching.choosing import Chosen, choose
from matching.codec import digest
from matching.eligibility import refusals, sweep
from matching.errors import BadProblem, DemandUnsupported, PinRefused
from matching.groups import set_times
from matching.plan import Cause, Counts, Histogram, Pair, Plan, Terms, Unmatched
from matching.problem import Mode, Problem
from matching.reasons import Reason
from matching.stable import settle
from matching.tables import I32, UNKNOWN, Tables, metres, tabulate

WIDENINGS_MAX = 3
# So many times as many helpers as a request has places are enough to choose among.
CROWD = 4


def decide(problem: Problem) -> Plan:
    """The best plan for this round; the same problem gives the same plan, byte for byte.

    Raises BadProblem (an unknown pin), DemandUnsupported, PinRefused, PinsClash, ScoresTooLarge.
    """
    _accept(problem)
    asked = tabulate(problem)
    _accept_pins(asked)
    if problem.mode is Mode.STABLE:
        return _decide_stable(asked)
    timed = set_times(asked)
    t = asked if timed is problem else tabulate(timed)
    found, arcs = gather(t)
    # The nearest few are too few for an event with many places.
    demand = t.requests.demand
    many = np.flatnonzero((demand > 1) & (CROWD * demand > enough(t))).tolist()
    swept: dict[int, tuple[Histogram, I32]] = {row: sweep(t, row) for row in many}
    whole: dict[int, I32] = {row: helpers for row, (_, helpers) in swept.items()}
    if whole:
        found, arcs = widen(t, found, whole)
    chosen = choose(t, arcs)
    for attempt in range(WIDENINGS_MAX + 1):
        waiting = np.setdiff1d(np.arange(len(problem.requests)), arcs.request[chosen.rows]).tolist()
        swept |= {r: sweep(t, r) for r in waiting if r not in swept}
        kept = np.bincount(arcs.request, minlength=len(problem.requests))
        missing = {r: swept[r][1] for r in waiting if swept[r][0].eligible > kept[r]}
        if not missing or attempt == WIDENINGS_MAX:
            break
        whole |= missing
        found, arcs = widen(t, found, whole)
        chosen = choose(t, arcs)
    unmatched = _unmatched(asked, {r: swept[r][0] for r in waiting})
    return _plan(digest(problem), t, arcs, chosen, unmatched, len(whole.keys() - set(many)))


def _decide_stable(t: Tables) -> Plan:
    """Preferences are over everybody who is eligible, so everybody is looked at, however many."""
    swept = {row: sweep(t, row) for row in range(len(t.requests.ids))}
    found, arcs = gather(t)
    if swept:
        found, arcs = widen(t, found, {row: helpers for row, (_, helpers) in swept.items()})
    chosen = settle(t, arcs)
    waiting = np.setdiff1d(np.arange(len(t.requests.ids)), arcs.request[chosen.rows]).tolist()
    unmatched = _unmatched(t, {row: swept[row][0] for row in waiting})
    return _plan(digest(t.problem), t, arcs, chosen, unmatched, 0)


def _accept(problem: Problem) -> None:
    for r in problem.requests:
        if r.meets and r.weekly:
            raise DemandUnsupported(r.id, r.demand)
        if problem.mode is Mode.STABLE and (r.demand > 1 or r.link is not None):
            raise BadProblem(
                "mode", r.id, problem.mode.value, "of a round with a request for several or a link"
            )
    helpers, requests = {h.id for h in problem.helpers}, {r.id for r in problem.requests}
    for pin in sorted(problem.pins):
        if pin.helper not in helpers:
            raise BadProblem("pins", pin.request, pin.helper, "a helper of this round")
        if pin.request not in requests:
            raise BadProblem("pins", pin.helper, pin.request, "a request of this round")


def _accept_pins(t: Tables) -> None:
    if not t.pins.size:
        return
    request, helper = (x.astype(np.int32) for x in np.divmod(t.pins, len(t.helpers.ids)))
    for r, h, bits in zip(request, helper, refusals(t, request, helper), strict=True):
        if bits:
            raise PinRefused(t.requests.ids[r], t.helpers.ids[h], Reason(int(bits)))


def _unmatched(asked: Tables, seen: Mapping[int, Histogram]) -> tuple[Unmatched, ...]:
    """`seen` at the time set; where there is one, reasons are told of all the times asked for."""
    requests = asked.problem.requests
    hopeless = {requests[r].link for r, told in seen.items() if told.eligible < requests[r].least} - {None}
    found: list[Unmatched] = []
    for row, told in seen.items():
        request = requests[row]
        anywhen = sweep(asked, row)[0] if request.meets else told
        if not anywhen.eligible:
            cause = Cause.NOBODY
        elif told.eligible < request.least:
            cause = Cause.TOO_FEW
        else:
            cause = Cause.LINKED if request.link in hopeless else Cause.TAKEN
        several = request.meets or request.demand > 1
        found.append(Unmatched(request.id, cause, anywhen, told.eligible if several else None))
    return tuple(found)


def _plan(
    problem: str, t: Tables, arcs: Arcs, chosen: Chosen, unmatched: tuple[Unmatched, ...], widened: int
) -> Plan:
    return Plan(
        problem=problem,
        pairs=_pairs(t, arcs, chosen),
        unmatched=unmatched,
        value=chosen.value,
        bound=chosen.bound,
        exact=chosen.tried_all and chosen.value == chosen.bound,
        counts=Counts(
            helpers=len(t.helpers.ids),
            requests=len(t.requests.ids),
            checked=arcs.checked,
            candidates=arcs.request.size,
            truncated=arcs.truncated,
            curtailed=arcs.curtailed,
            widened=widened,
            cuts=chosen.cuts,
        ),
    )


def _pairs(t: Tables, arcs: Arcs, chosen: Chosen) -> tuple[Pair, ...]:
    rows = chosen.rows
    request, helper = arcs.request[rows], arcs.helper[rows]
    far = metres(t, request, helper).tolist()
    points = arcs.points[rows].tolist()
    others = runners_up(arcs, rows).tolist()

    def runner_up(row: int) -> tuple[UUID | None, int | None]:
        return (None, None) if row < 0 else (t.helpers.ids[arcs.helper[row]], int(arcs.score[row]))

    pairs: list[Pair] = []
    for i, row in enumerate(rows.tolist()):
        other, other_score = runner_up(others[i])
        pairs.append(
            Pair(
                request=t.requests.ids[request[i]],
                helper=t.helpers.ids[helper[i]],
                slot=chosen.slots[row],
                metres=None if far[i] == UNKNOWN else far[i],
                score=int(arcs.score[row]),
                terms=Terms(*points[i]),
                runner_up=other,
                runner_up_score=other_score,
                pinned=bool(arcs.pinned[row]),
            )
        )
    return tuple(pairs)
