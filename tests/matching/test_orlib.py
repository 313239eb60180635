"""The assignment layer against published optima."""

from pathlib import Path

import numpy as np
import pytest

from matching.assignment import Market, assign

FOLDER = Path(__file__).parent / "orlib"


def costs(name: str) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    numbers = np.array((FOLDER / f"{name}.txt").read_text().split(), dtype=np.int64)
    n, rest = int(numbers[0]), numbers[1:]
    if rest.size == n * n:
        row, column = np.divmod(np.arange(n * n), n)
        return n, row, column, rest
    row, column, cost = rest.reshape(-1, 3).T
    return n, row - 1, column - 1, cost


@pytest.mark.parametrize(("name", "optimum"), [("assign100", 305), ("assign200", 475), ("assignp800", 2239)])
def test_the_published_optimum_is_found_exactly(name: str, optimum: int) -> None:
    n, row, column, cost = costs(name)
    market = Market(
        request=row.astype(np.int32),
        helper=column.astype(np.int32),
        gain=cost.max() - cost,
        urgency=np.ones(n, dtype=np.int64),
        unit_helper=np.arange(n, dtype=np.int32),
        unit_cost=np.zeros(n, dtype=np.int64),
        wants=np.ones(n, dtype=np.int64),
    )
    chosen = assign(market)
    assert sorted(row[chosen]) == sorted(column[chosen]) == list(range(n))
    assert cost[chosen].sum() == optimum
