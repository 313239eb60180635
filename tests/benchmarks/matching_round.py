"""How long a round takes and what it is worth against greedy: python -m tests.benchmarks.matching_round 1000 12000."""

import json
import resource
import sys
import time

from matching import decide
from tests.matching.greedy import greedy
from tests.matching.town import a_district


def measure(size: int) -> dict[str, object]:
    # The square grows with the people, so that everyone has about as many neighbours.
    problem = a_district(size, size, km=24 * (size / 12_000) ** 0.5)
    clock, cpu = time.perf_counter(), time.process_time()
    plan = decide(problem)
    seconds, cpu_seconds = time.perf_counter() - clock, time.process_time() - cpu
    return {
        "requests": size,
        "helpers": size,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "candidates": plan.counts.candidates,
        "served": plan.value.served,
        "served_by_greedy": len(greedy(problem)),
        "exact": plan.exact,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    for word in sys.argv[1:] or ["1000", "12000"]:
        print(json.dumps(measure(int(word))), flush=True)
