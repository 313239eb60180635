"""Problems whose optimum is published: the OR-Library's assignments, in `orlib/` with their source."""

from pathlib import Path

import numpy as np

from matching.assignment import Market, assign

FOLDER = Path(__file__).parent / "orlib"
OPTIMA = {"assign100": 305, "assign200": 475, "assignp800": 2239}


def costs(name: str) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """n, then row, column and cost of every pair there is."""
    numbers = np.array((FOLDER / f"{name}.txt").read_text().split(), dtype=np.int64)
    n, rest = int(numbers[0]), numbers[1:]
    if rest.size == n * n:
        row, column = np.divmod(np.arange(n * n), n)
        return n, row, column, rest
    row, column, cost = rest.reshape(-1, 3).T
    return n, row - 1, column - 1, cost


def solved(name: str) -> int:
    """What the plan costs that we find; every row has a column of its own in it."""
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
    return int(cost[chosen].sum())
