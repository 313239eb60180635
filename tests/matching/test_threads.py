"""The same problem gives the same bytes, whatever the threads and the order of the input."""

import os
import subprocess
import sys
from itertools import product

import pytest

PROGRAM = """
import sys
from dataclasses import replace
from random import Random
from matching import decide, to_json
from tests.matching.town import a_district
problem = a_district(900, 900, km=6, capacity=2)
helpers, requests = list(problem.helpers), list(problem.requests)
Random(int(sys.argv[1])).shuffle(helpers)
Random(int(sys.argv[1])).shuffle(requests)
print(to_json(decide(replace(problem, helpers=tuple(helpers), requests=tuple(requests)))))
"""


def plan_with(threads: int, order: int) -> bytes:
    settings = {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(order)],
        env={**os.environ, **settings, "PYTHONHASHSEED": str(order)},
        capture_output=True,
        check=True,
    )
    return ran.stdout


@pytest.mark.slow(10)
def test_one_thread_and_two_and_any_order_give_the_same_bytes() -> None:
    found = {plan_with(threads, order) for threads, order in product((1, 2), (1, 2))}
    assert len(found) == 1
    assert len(found.pop()) > 100_000
