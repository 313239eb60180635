"""The earliest time found for many pairs at once is the one found for each."""

import numpy as np
import pytest

from matching.plan import Slot
from matching.problem import Helper, Problem, Request
from matching.seating import first_slots
from matching.tables import tabulate
from matching.timing import first_clear, openings, place
from tests.matching.town import a_town


def one_by_one(problem: Problem, request: Request, helper: Helper) -> Slot | None:
    seated = place([(request.minutes, openings(helper, request, problem.on, problem.limits))])
    return first_clear(helper, seated[0], problem.limits) if seated else None


@pytest.mark.parametrize("seed", range(3))
def test_the_first_slots_of_a_town_are_those_of_each_pair(seed: int) -> None:
    problem = a_town(120, 120, seed=seed)
    request, helper = (x.astype(np.int32) for x in np.random.default_rng(seed).integers(0, 120, (2, 1_000)))
    slots = first_slots(tabulate(problem), request, helper)
    assert slots == [
        one_by_one(problem, problem.requests[r], problem.helpers[h])
        for r, h in zip(request, helper, strict=True)
    ]
    assert 50 < sum(slot is not None for slot in slots) < 950
