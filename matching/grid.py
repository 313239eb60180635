"""Who lives near: a flat grid over points of the globe, read square by square."""

import numpy as np

from matching.rows import stretches
from matching.tables import F64, I64

# So long may a cell be at least, in parts of the earth's radius: half a metre.
SIDE_MIN = 1e-7


class Grid:
    """Points of the unit sphere laid flat on the plane that touches it at their middle, in square cells.

    Laid flat, two points are never farther apart than on the sphere, so a square of cells around one holds everybody
    within its half width, wherever on earth; away from the middle it holds others, too.
    """

    def __init__(self, points: F64) -> None:
        """`points` is [n, 3] with n ≥ 1."""
        self.axes = _plane(points)
        flat = self._flat(points)
        self.low = flat.min(axis=1)
        span = flat.max(axis=1) - self.low
        # About one of them in each cell, and not many more cells than points even if all stand in a row.
        self.side = max(SIDE_MIN, float(np.sqrt(span.prod() / points.shape[0])), span.max() / points.shape[0])
        self.wide, self.high = (np.floor(span / self.side).astype(np.int64) + 1).tolist()
        x, y = self.cells(points)
        cell = x * self.high + y
        self.order = np.argsort(cell, kind="stable")
        many = np.bincount(cell, minlength=self.wide * self.high)
        self.begin = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(many)])
        self.sums = np.zeros((self.wide + 1, self.high + 1), dtype=np.int64)
        self.sums[1:, 1:] = many.reshape(self.wide, self.high).cumsum(axis=0).cumsum(axis=1)

    def cells(self, points: F64) -> tuple[I64, I64]:
        """Column and row of each point; beyond the edges if need be."""
        x, y = np.floor((self._flat(points) - self.low[:, None]) / self.side).astype(np.int64)
        return x, y

    def reach(self, chord: F64) -> I64:
        """A half width of a square that holds everybody within these distances."""
        half: I64 = np.ceil(chord / self.side).astype(np.int64) + 1
        return half

    def whole(self, x: I64, y: I64) -> I64:
        """The half width of a square that holds everybody there is."""
        sides = [x, self.wide - 1 - x, y, self.high - 1 - y]
        half: I64 = np.maximum(np.maximum.reduce(sides), 0)
        return half

    def count(self, x: I64, y: I64, half: I64) -> I64:
        """How many live in the squares of half width `half` around these cells; none if it is below 0."""
        left, right = self._clip(x - half, self.wide), self._clip(x + half + 1, self.wide)
        low, high = self._clip(y - half, self.high), self._clip(y + half + 1, self.high)
        many = self.sums[right, high] - self.sums[left, high] - self.sums[right, low] + self.sums[left, low]
        return np.where(half < 0, 0, many)

    def smallest(self, x: I64, y: I64, wanted: I64, least: I64, most: I64) -> I64:
        """The least half width from `least` to `most` of squares that hold so many; `most` where none does."""
        low, high = least.copy(), most.copy()
        while (open_ := low < high).any():
            middle = (low + high) // 2
            enough = self.count(x, y, middle) >= wanted
            high = np.where(open_ & enough, middle, high)
            low = np.where(open_ & ~enough, middle + 1, low)
        return low

    def between(self, x: I64, y: I64, inner: I64, outer: I64) -> tuple[I64, I64]:
        """Who lives in each square of half width `outer`, but not in that of `inner` (none if below 0).

        Numbers of squares and of points, one row for each.
        """
        left, right = self._clip(x - outer, self.wide), self._clip(x + outer + 1, self.wide)
        square = np.repeat(np.arange(x.size), np.maximum(right - left, 0))
        column = stretches(left, np.maximum(left, right))
        low, high = self._clip((y - outer)[square], self.high), self._clip((y + outer + 1)[square], self.high)
        # A column that crosses the inner square is seen below and above it.
        crosses = np.abs(column - x[square]) <= inner[square]
        stop = np.where(crosses, self._clip((y - inner)[square], self.high), high)
        again = np.where(crosses, self._clip((y + inner + 1)[square], self.high), high)
        base = column * self.high
        begin = self.begin[np.concatenate([base + low, base + again])]
        end = self.begin[np.concatenate([base + stop, base + high])]
        end = np.maximum(begin, end)
        return np.repeat(np.concatenate([square, square]), end - begin), self.order[stretches(begin, end)]

    def _flat(self, points: F64) -> F64:
        # Not by `@`, which may round otherwise with another number of threads.
        return np.stack([sum(points[:, i] * axis[i] for i in range(3)) for axis in self.axes])

    @staticmethod
    def _clip(at: I64, end: int) -> I64:
        return np.clip(at, 0, end)


def _plane(points: F64) -> F64:
    """Two directions at right angles to the middle of the points, and to each other."""
    middle = points.sum(axis=0)
    length = np.sqrt((middle**2).sum())
    middle = middle / length if length > 0 else np.array([0.0, 0.0, 1.0])
    across = np.cross(middle, np.eye(3)[np.abs(middle).argmin()])
    across /= np.sqrt((across**2).sum())
    return np.stack([across, np.cross(middle, across)])
