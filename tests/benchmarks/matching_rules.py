"""What the independent checker says against eligibility: random pairs of towns in which every rule refuses somebody."""

from concurrent.futures import ProcessPoolExecutor

import numpy as np

from matching import Reason, check, decide
from matching.check import reasons
from matching.eligibility import refusals
from matching.tables import tabulate
from tests.benchmarks.scale import Scale
from tests.matching.town import a_town

TOWNS = 10
PEOPLE = 1_000


def measure(scale: Scale) -> dict[str, float]:
    """Pairs whose reasons differ in any bit, and whatever is wrong with a plan of each town."""
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(_town, range(TOWNS), [scale.pairs // TOWNS] * TOWNS))
    seen = Reason(int(np.bitwise_or.reduce([bits for _, bits in found])))
    # Where a rule refuses nobody, nothing is said of it; a few hundred pairs may miss one.
    assert scale.pairs < 100_000 or set(seen) == set(Reason), seen
    print(f"{scale.pairs} random pairs of {TOWNS} towns; reasons seen: {', '.join(seen.names)}", flush=True)
    return {
        "matching.violations": sum(wrong for wrong, _ in found),
        "matching.pairs_checked": scale.pairs // TOWNS * TOWNS,
    }


def _town(seed: int, pairs: int) -> tuple[int, int]:
    people = min(PEOPLE, pairs)
    problem = a_town(people, people, seed=1_000 + seed)
    request, helper = np.random.default_rng(seed).integers(0, people, (2, pairs)).astype(np.int32)
    bits = refusals(tabulate(problem), request, helper)
    plain = [
        reasons(problem, problem.requests[r], problem.helpers[h])
        for r, h in zip(request.tolist(), helper.tolist(), strict=True)
    ]
    wrong = int((bits != np.array(plain, dtype=np.uint32)).sum())
    return wrong + len(check(problem, decide(problem))), int(np.bitwise_or.reduce(bits))
