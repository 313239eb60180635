"""What a round came to, beside what asking one by one would have and beside what no plan can exceed."""

from collections import Counter
from dataclasses import dataclass, replace
from statistics import median_low

import numpy as np

from matching.arcs import Arcs, gather
from matching.plan import Plan
from matching.problem import Problem, urgency
from matching.serving import Serving
from matching.tables import Tables, tabulate


@dataclass(frozen=True, slots=True)
class Report:
    """A round in a dozen numbers.

    `longest_wait_days` is of those who got nobody, None if everybody got somebody. Metres are those between the
    homes of pairs, None where no home is known. `load` is `Value.load`; `asked` helpers have `most_visits` at most.
    `left_out` had no visit lately, could have served somebody, and got nobody; `greedy` is what taking the requests
    one by one would serve, the most urgent first, each by the best helper still free, and `greedy_left_out` whom
    that leaves out. `bound` is how many requests could be served if each wanted one helper and nothing but numbers
    of visits bound anybody: no plan can serve more.
    """

    served: int
    waiting: int
    longest_wait_days: int | None
    metres_median: int | None
    metres_most: int | None
    load: int
    asked: int
    most_visits: int
    left_out: int
    greedy: int
    greedy_left_out: int
    bound: int


def report(problem: Problem, plan: Plan) -> Report:
    """What this plan of this problem came to; every pair is looked at, since a rival may not be denied one."""
    everybody = replace(problem.limits, candidates_min=max(1, len(problem.helpers)))
    t = tabulate(replace(problem, limits=everybody))
    _, arcs = gather(t)
    metres = sorted(pair.metres for pair in plan.pairs if pair.metres is not None)
    missed = {one.request for one in plan.unmatched}
    visits = Counter(pair.helper for pair in plan.pairs)
    chosen = one_by_one(t, arcs)
    able = {t.helpers.ids[row] for row in np.unique(arcs.helper) if not problem.helpers[row].load}
    return Report(
        served=plan.value.served,
        waiting=len(missed),
        longest_wait_days=max((r.waiting_days for r in problem.requests if r.id in missed), default=None),
        metres_median=median_low(metres) if metres else None,
        metres_most=metres[-1] if metres else None,
        load=plan.value.load,
        asked=len(visits),
        most_visits=max(visits.values(), default=0),
        left_out=len(able - visits.keys()),
        greedy=len(chosen),
        greedy_left_out=len(able - {t.helpers.ids[row] for rows in chosen.values() for row in rows}),
        bound=_most(t, arcs),
    )


def _most(t: Tables, arcs: Arcs) -> int:
    tail, head = arcs.request.astype(np.int64), arcs.helper.astype(np.int64)
    one_each = np.arange(len(t.requests.ids))
    serving = Serving(tail, head, one_each, np.ones_like(one_each), t.helpers.visits_left.astype(np.int64))
    serving.run()
    return one_each.size - serving.waiting().size


def one_by_one(t: Tables, arcs: Arcs) -> dict[int, list[int]]:
    """The rival: request row → helper rows, of those served. Only numbers and minutes of visits bind a helper, not
    whether they can be at one time, so it is taken for better than it is.
    """
    urgent = np.array([urgency(r, t.problem.limits) for r in t.problem.requests], dtype=np.int64)
    order = np.lexsort((arcs.helper, -arcs.score, arcs.request, -urgent[arcs.request]))
    visits, minutes = t.helpers.visits_left.tolist(), t.helpers.minutes_left.tolist()
    length, wants = t.requests.minutes.tolist(), t.requests.demand.tolist()
    chosen: dict[int, list[int]] = {}
    for request, helper in zip(arcs.request[order].tolist(), arcs.helper[order].tolist(), strict=True):
        had = chosen.setdefault(request, [])
        if len(had) < wants[request] and visits[helper] > 0 and minutes[helper] >= length[request]:
            visits[helper] -= 1
            minutes[helper] -= length[request]
            had.append(helper)
    # Half of those needed at once are nobody.
    least = t.requests.least.tolist()
    return {request: helpers for request, helpers in chosen.items() if len(helpers) >= least[request]}
