"""A round with one request or one helper changed, decided again without looking at everybody anew."""

from dataclasses import replace
from uuid import UUID

import numpy as np

from matching.arcs import gather, widen
from matching.choosing import choose
from matching.eligibility import eligible, sweep
from matching.explanation import chosen
from matching.groups import set_times
from matching.problem import Choice, Mode, Problem
from matching.round import decide
from matching.scoring import scores
from matching.tables import tabulate


class Trying:
    """A problem whose pairs have been looked at once. `decided` comes to the same pairs as `decide`.

    Where everybody was looked at, only those pairs are looked at again that a change can touch. A stable round, and
    one so large that the search stopped early, is decided as ever: another search may keep other candidates.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        asked = tabulate(problem)
        timed = set_times(asked)
        self.found, arcs = gather(asked if timed is problem else tabulate(timed))
        self.everybody = problem.mode is Mode.BEST and not (arcs.truncated or arcs.curtailed)

    def decided(self, changed: Problem, request: UUID, helper: UUID | None) -> frozenset[Choice]:
        """The pairs of a problem that differs from this one in a request, and in a helper if one is named."""
        if not self.everybody:
            return chosen(decide(changed))
        asked = tabulate(changed)
        timed = set_times(asked)
        t = asked if timed is changed else tabulate(timed)
        # The time set for those who come together depends on everybody's.
        anew = {row for row, one in enumerate(changed.requests) if one.meets or one.id == request}
        rows, helpers, points = self.found.request, self.found.helper, self.found.score
        stays = ~np.isin(rows, sorted(anew))
        if helper is not None:
            who = np.int32(t.helpers.ids.index(helper))
            stays &= helpers != who
            everything = np.arange(len(t.requests.ids), dtype=np.int32)
            could = eligible(t, everything, np.full(everything.size, who, dtype=np.int32))
            hers, her = everything[could], np.full(int(could.sum()), who, dtype=np.int32)
            rows, helpers = np.concatenate([rows[stays], hers]), np.concatenate([helpers[stays], her])
            points = np.concatenate([points[stays], scores(t, hers, her)])
        else:
            rows, helpers, points = rows[stays], helpers[stays], points[stays]
        order = np.lexsort((helpers, rows))
        found = replace(self.found, request=rows[order], helper=helpers[order], score=points[order])
        _, arcs = widen(t, found, {row: sweep(t, row)[1] for row in sorted(anew)})
        taken = choose(t, arcs).rows
        return frozenset(
            Choice(t.requests.ids[r], t.helpers.ids[h])
            for r, h in zip(arcs.request[taken].tolist(), arcs.helper[taken].tolist(), strict=True)
        )
