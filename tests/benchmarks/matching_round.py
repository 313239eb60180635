"""How long a match round takes, from the problem to a plan with its reasons; the checker's own time is told beside."""

import time
from statistics import median

from matching import check, decide
from tests.benchmarks.scale import Scale
from tests.matching.town import a_district


def measure(scale: Scale) -> dict[str, float]:
    """Seconds of a round for each size of district: the median of the rounds, taken in turn."""
    sizes = {
        f"matching.round_{name}_s": size for name, size in zip((1_000, 12_000), scale.matching, strict=True)
    }
    seconds: dict[str, list[float]] = {name: [] for name in sizes}
    for number in range(scale.rounds):
        for name, size in sizes.items():
            problem = a_district(size, size, seed=number + 1, km=width_km(size))
            began = time.perf_counter()
            plan = decide(problem)
            seconds[name].append(time.perf_counter() - began)
            began = time.perf_counter()
            wrong = check(problem, plan)
            checked = time.perf_counter() - began
            assert not wrong
            print(
                f"round of {size}: {seconds[name][-1]:.2f} s, checked in {checked:.2f} s; {plan.value.served} "
                f"served, {plan.counts.candidates} candidates, exact: {plan.exact}",
                flush=True,
            )
    return {name: median(found) for name, found in seconds.items()}


def width_km(size: int) -> float:
    """A square that grows with the people, so that everyone has about as many neighbours."""
    return 24 * (size / 12_000) ** 0.5
