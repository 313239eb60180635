"""The pairs a round chooses among: eligible, scored, and the best of each request where there are too many."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from matching import candidates
from matching.candidates import Candidates
from matching.scoring import terms
from matching.tables import I32, I64, Bool, Tables, among


@dataclass(frozen=True, slots=True)
class Arcs:
    """Rows sorted by request, then helper. `points` is [rows, terms]; `score` its sum by row."""

    request: I32
    helper: I32
    points: I32
    score: I64
    pinned: Bool
    checked: int
    truncated: int
    curtailed: int


def gather(t: Tables) -> tuple[Candidates, Arcs]:
    """Candidates for every request as far as the search goes, and those of them that are kept."""
    everyone = np.arange(len(t.requests.ids), dtype=np.int32)
    found = candidates.search(t, everyone, candidates.enough(t))
    return found, _keep(t, found, np.zeros(everyone.size, dtype=np.bool_))


def widen(t: Tables, found: Candidates, eligible: Mapping[int, I32]) -> tuple[Candidates, Arcs]:
    """The same with every eligible helper there is for these requests."""
    whole = np.zeros(len(t.requests.ids), dtype=np.bool_)
    whole[list(eligible)] = True
    more = [t.choice_key(np.full(rows.size, r, dtype=np.int32), rows) for r, rows in eligible.items()]
    keys = np.union1d(t.choice_key(found.request, found.helper), np.concatenate(more))
    request, helper = np.divmod(keys, len(t.helpers.ids))
    merged = replace(
        found,
        request=request.astype(np.int32),
        helper=helper.astype(np.int32),
        checked=found.checked + len(eligible) * len(t.helpers.ids),
        curtailed=found.curtailed & ~whole,
    )
    return merged, _keep(t, merged, whole)


def _keep(t: Tables, found: Candidates, whole: Bool) -> Arcs:
    request, helper = found.request, found.helper
    points = terms(t, request, helper)
    score = points.sum(axis=1, dtype=np.int64)
    choice, tie = t.choice_key(request, helper), t.tie_key(request, helper)
    pinned = among(choice, t.pins)
    spared = (
        whole[request]
        | pinned
        | among(choice, t.agreed)
        | among(choice, t.offered)
        | among(tie, t.standing)
        | among(tie, t.past)
    )
    # Best first within a request, the spared before all; ties go to the smaller id.
    order = np.lexsort((helper, -score, ~spared, request))
    begin = np.searchsorted(request, np.arange(len(t.requests.ids)), side="left")
    rank = np.empty(request.size, dtype=np.int64)
    rank[order] = np.arange(request.size) - begin[request[order]]
    kept = spared | (rank < candidates.enough(t))
    return Arcs(
        request=request[kept],
        helper=helper[kept],
        points=points[kept],
        score=score[kept],
        pinned=pinned[kept],
        checked=found.checked,
        truncated=int(request.size - kept.sum()),
        curtailed=int(found.curtailed.sum()),
    )


def runners_up(arcs: Arcs, rows: I64) -> I64:
    """For each chosen row the best row of its request that is not chosen, the smaller id on a tie, or −1."""
    others = np.setdiff1d(np.arange(arcs.request.size), rows)
    if not others.size:
        return np.full(rows.size, -1, dtype=np.int64)
    ranked = others[np.lexsort((arcs.helper[others], -arcs.score[others], arcs.request[others]))]
    first = np.searchsorted(arcs.request[ranked], arcs.request[rows], side="left")
    best = ranked[np.minimum(first, ranked.size - 1)]
    return np.where(arcs.request[best] == arcs.request[rows], best, -1).astype(np.int64)
