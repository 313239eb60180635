"""A whole round: from a problem to the best plan there is."""

from collections.abc import Mapping
from uuid import UUID

import numpy as np

from matching.arcs import Arcs, gather, left_over, runners_up, widen
from matching.candidates import enough
from matching.choosing import Chosen, choose
from matching.codec import digest
from matching.eligibility import refusals, sweep, sweeps
from matching.errors import BadProblem, DemandUnsupported, PinRefused
from matching.groups import set_times
from matching.plan import Cause, Counts, Held, Histogram, Pair, Plan, Terms, Unmatched
from matching.problem import Mode, Problem
from matching.reasons import Reason
from matching.scoring import terms
from matching.stable import settle
from matching.tables import I32, I64, UNKNOWN, Tables, metres, tabulate

WIDENINGS_MAX = 3
# So many times as many helpers as a request has places are enough to choose among.
CROWD = 4


def decide(problem: Problem) -> Plan:
    """The best plan for this round; the same problem gives the same plan, byte for byte.

    Raises BadProblem (an unknown pin), DemandUnsupported, PinRefused, PinsClash, ScoresTooLarge.
    """
    return decide_beside(problem, {})


def decide_beside(problem: Problem, held: Held) -> Plan:
    """The best plan where these pairs, among those `agreed`, were told already: no less urgency is served, and then
    as few of them as can be are changed, before load and score (see `rematch`). A stable round heeds preferences only.
    """
    _accept(problem)
    asked = tabulate(problem)
    _accept_pins(asked)
    if problem.mode is Mode.STABLE:
        return _decide_stable(asked)
    timed = set_times(asked, held)
    t = asked if timed is problem else tabulate(timed)
    search = _Search(t)
    # The nearest few are too few for an event with many places.
    demand = t.requests.demand
    many = np.flatnonzero((demand > 1) & (CROWD * demand > enough(t)))
    search.widen(search.everybody(many))
    # Whoever would go unserved has everybody looked at: first as a mere count has it, then as it is decided.
    for _ in range(WIDENINGS_MAX):
        if not (more := search.missing(left_over(t, search.arcs))):
            break
        search.widen(more)
    for attempt in range(WIDENINGS_MAX + 1):
        chosen = choose(t, search.arcs, held)
        waiting = np.setdiff1d(np.arange(len(problem.requests)), search.arcs.request[chosen.rows])
        more = search.missing(waiting)
        if not more or attempt == WIDENINGS_MAX:
            break
        search.widen(more)
    unmatched = _unmatched(asked, {r: search.swept[r][0] for r in waiting.tolist()})
    widened = len(search.whole.keys() - set(many.tolist()))
    return _plan(digest(problem), t, search.arcs, chosen, unmatched, widened)


def _decide_stable(t: Tables) -> Plan:
    """Preferences are over everybody who is eligible, so everybody is looked at, however many."""
    search, everyone = _Search(t), np.arange(len(t.requests.ids))
    search.widen(search.everybody(everyone))
    chosen = settle(t, search.arcs)
    waiting = np.setdiff1d(everyone, search.arcs.request[chosen.rows]).tolist()
    unmatched = _unmatched(t, {row: search.swept[row][0] for row in waiting})
    return _plan(digest(t.problem), t, search.arcs, chosen, unmatched, 0)


class _Search:
    """The pairs found so far, and requests for which everybody was looked at."""

    def __init__(self, t: Tables) -> None:
        self.t = t
        self.found, self.arcs = gather(t)
        self.swept: dict[int, tuple[Histogram, I32]] = {}
        self.whole: dict[int, I32] = {}

    def everybody(self, requests: I64) -> dict[int, I32]:
        """All who could take each of these requests."""
        asked = requests.tolist()
        new = [r for r in asked if r not in self.swept]
        self.swept |= zip(new, sweeps(self.t, new), strict=True)
        return {r: self.swept[r][1] for r in asked}

    def missing(self, waiting: I64) -> dict[int, I32]:
        """The same of those that somebody could take who was not kept."""
        kept = np.bincount(self.arcs.request, minlength=len(self.t.requests.ids))
        return {r: helpers for r, helpers in self.everybody(waiting).items() if helpers.size > kept[r]}

    def widen(self, more: dict[int, I32]) -> None:
        """Keep all of these for these requests."""
        if more:
            self.whole |= more
            self.found, self.arcs = widen(self.t, self.found, self.whole)


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
    points = terms(t, request, helper).tolist()
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
