"""The pairs a round chooses among: eligible, scored, and the best of each request where there are too many."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from matching import candidates
from matching.candidates import Candidates
from matching.problem import urgency
from matching.rows import distinct
from matching.scoring import scores
from matching.serving import Serving
from matching.tables import I32, I64, Bool, Tables, among


@dataclass(frozen=True, slots=True)
class Arcs:
    """Rows sorted by request, then helper."""

    request: I32
    helper: I32
    score: I64
    pinned: Bool
    checked: int
    truncated: int
    curtailed: int


def gather(t: Tables) -> tuple[Candidates, Arcs]:
    """Candidates for every request as far as the search goes, and those of them that are kept."""
    found = candidates.search(t, candidates.enough(t))
    return found, _keep(t, found, np.zeros(len(t.requests.ids), dtype=np.bool_))


def widen(t: Tables, found: Candidates, eligible: Mapping[int, I32]) -> tuple[Candidates, Arcs]:
    """The same with every eligible helper there is for these requests."""
    whole = np.zeros(len(t.requests.ids), dtype=np.bool_)
    whole[list(eligible)] = True
    before = t.choice_key(found.request, found.helper)
    more = [t.choice_key(np.full(rows.size, r, dtype=np.int32), rows) for r, rows in eligible.items()]
    keys = distinct(np.concatenate([before, *more]))
    new = ~among(keys, before)
    request, helper = candidates.pairs(t, keys)
    score = np.empty(keys.size, dtype=np.int64)
    score[~new], score[new] = found.score, scores(t, request[new], helper[new])
    merged = replace(
        found,
        request=request,
        helper=helper,
        score=score,
        checked=found.checked + len(eligible) * len(t.helpers.ids),
        curtailed=found.curtailed & ~whole,
    )
    return merged, _keep(t, merged, whole)


def left_over(t: Tables, arcs: Arcs) -> I64:
    """Requests that go unserved where nothing but numbers of visits binds: mostly those that will in the end."""
    if not arcs.request.size:
        return np.arange(len(t.requests.ids))
    rank = np.array([urgency(request, t.problem.limits) for request in t.problem.requests], dtype=np.int64)
    place = np.repeat(np.arange(rank.size), t.requests.demand)
    tail, head = arcs.request.astype(np.int64), arcs.helper.astype(np.int64)
    serving = Serving(tail, head, place, rank[place], t.helpers.visits_left.astype(np.int64))
    serving.run()
    return serving.waiting()


def _keep(t: Tables, found: Candidates, whole: Bool) -> Arcs:
    request, helper, score = found.request, found.helper, found.score
    spared = whole[request] | _known(t, request, helper)
    # Best first within a request, the spared before all; ties go to the smaller id.
    top = int(score.max(initial=0))
    rank_key = (request.astype(np.int64) * 2 + ~spared) * (top + 1) + (top - score)
    order = np.argsort(rank_key, kind="stable")
    begin = np.searchsorted(request, np.arange(len(t.requests.ids)), side="left")
    rank = np.empty(request.size, dtype=np.int64)
    rank[order] = np.arange(request.size) - begin[request[order]]
    kept = spared | (rank < candidates.enough(t))
    return Arcs(
        request=request[kept],
        helper=helper[kept],
        score=score[kept],
        pinned=among(t.choice_key(request[kept], helper[kept]), t.pins),
        checked=found.checked,
        truncated=int(request.size - kept.sum()),
        curtailed=int(found.curtailed.sum()),
    )


def _known(t: Tables, request: I32, helper: I32) -> Bool:
    """Pairs that are kept however many better there are."""
    out = np.zeros(request.size, dtype=np.bool_)
    if t.pins.size or t.agreed.size or t.offered.size:
        choice = t.choice_key(request, helper)
        out |= among(choice, t.pins) | among(choice, t.agreed) | among(choice, t.offered)
    if t.standing.size or t.past.size:
        tie = t.tie_key(request, helper)
        out |= among(tie, t.standing) | among(tie, t.past)
    return out


def runners_up(arcs: Arcs, rows: I64) -> I64:
    """For each chosen row the best row of its request that is not chosen, the smaller id on a tie, or −1."""
    if not rows.size:
        return np.zeros(0, dtype=np.int64)
    begin = np.flatnonzero(np.diff(arcs.request, prepend=-1))
    # Rows of a request stand in the order of ids, so the first of the best is the one.
    score = arcs.score.copy()
    score[rows] = -1
    best = np.maximum.reduceat(score, begin)
    of = np.searchsorted(arcs.request[begin], arcs.request)
    hits = np.flatnonzero(score == best[of])
    first = hits[np.searchsorted(of[hits], of[rows], side="left")]
    return np.where(best[of[rows]] < 0, -1, first).astype(np.int64)
