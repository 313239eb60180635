"""A round on a plan of the neighbourhood: homes as marks, pairs as lines; no map beneath, nothing from outside. Pure."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

# Units of the drawing; the page scales it to its width.
WIDTH = 600
HEIGHT_MIN, HEIGHT_MAX = 240, 640
MARGIN = 40
# Homes are known to a grid cell only. Those in one cell stand in rings around its middle, so far apart, and closer
# together where they would else take more room than this to each side.
RING, APART, REACH_MAX = 16, 18, 110
METRES_PER_DEGREE = 111_195
_STEPS = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)

Place = tuple[float, float]  # latitude and longitude


@dataclass(frozen=True)
class Homes:
    """The homes of one line of a round, None where unknown; `who` and `whose` are helper and recipient."""

    number: int
    recipient: Place | None
    helper: Place | None
    missed: bool
    who: UUID | None
    whose: UUID


@dataclass(frozen=True)
class Mark:
    """A home, and the numbers of the lines it belongs to."""

    x: int
    y: int
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Stroke:
    """From a helper's home to a recipient's."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class Drawing:
    """Marks and lines in units of the drawing. `bar` is as long as `bar_metres`; `unplaced` homes are not known."""

    height: int
    helpers: Sequence[Mark]
    served: Sequence[Mark]
    missed: Sequence[Mark]
    strokes: Sequence[Stroke]
    bar: int
    bar_metres: int
    unplaced: int

    @property
    def empty(self) -> bool:
        """Nobody's home is known."""
        return not (self.helpers or self.served or self.missed)


def place(lat: float | None, lon: float | None) -> Place | None:
    """A home, if it is known."""
    return None if lat is None or lon is None else (lat, lon)


def drawn(lines: Sequence[Homes]) -> Drawing:
    """The plan of these lines, north above, as large as fits."""
    homes: dict[tuple[str, UUID], Place] = {}
    numbers: dict[tuple[str, UUID], list[int]] = defaultdict(list)
    unknown: set[tuple[str, UUID]] = set()
    for line in lines:
        sides = [("missed" if line.missed else "served", line.whose, line.recipient)]
        if line.who is not None:
            sides.append(("helper", line.who, line.helper))
        for kind, whose, where in sides:
            if where is None:
                unknown.add((kind, whose))
            else:
                homes[kind, whose] = where
                numbers[kind, whose].append(line.number)
    height, scale, at = _placed(homes)

    def marks(kind: str) -> list[Mark]:
        return [Mark(*at[key], tuple(numbers[key])) for key in homes if key[0] == kind]

    strokes = [
        Stroke(*at["helper", line.who], *at["served", line.whose])
        for line in lines
        if line.who is not None and ("helper", line.who) in at and ("served", line.whose) in at
    ]
    metres = max((step for step in _STEPS if step * scale <= WIDTH / 3), default=_STEPS[0])
    return Drawing(
        height=height,
        helpers=marks("helper"),
        served=marks("served"),
        missed=marks("missed"),
        strokes=strokes,
        bar=round(metres * scale),
        bar_metres=metres,
        unplaced=len({whose for _, whose in unknown}),
    )


def _placed(
    homes: dict[tuple[str, UUID], Place],
) -> tuple[int, float, dict[tuple[str, UUID], tuple[int, int]]]:
    """The height of the drawing, units for a metre, and where each home stands."""
    if not homes:
        return HEIGHT_MIN, 1.0, {}
    north, south = max(lat for lat, _ in homes.values()), min(lat for lat, _ in homes.values())
    east, west = max(lon for _, lon in homes.values()), min(lon for _, lon in homes.values())
    cells: dict[Place, list[tuple[str, UUID]]] = defaultdict(list)
    for key, where in homes.items():
        cells[where].append(key)
    around = _around(max(map(len, cells.values())))
    # A cell at the edge keeps its rings within the drawing.
    margin = max(MARGIN, MARGIN - RING + math.ceil(max(math.hypot(*one) for one in around)))
    narrower = math.cos(math.radians((north + south) / 2))
    wide = (east - west) * narrower * METRES_PER_DEGREE
    high = (north - south) * METRES_PER_DEGREE
    scale = min((WIDTH - 2 * margin) / max(wide, 100.0), (HEIGHT_MAX - 2 * margin) / max(high, 100.0))
    height = max(HEIGHT_MIN, round(high * scale) + 2 * margin)
    left, top = (WIDTH - wide * scale) / 2, (height - high * scale) / 2
    at: dict[tuple[str, UUID], tuple[int, int]] = {}
    for (lat, lon), together in cells.items():
        x = left + (lon - west) * narrower * METRES_PER_DEGREE * scale
        y = top + (north - lat) * METRES_PER_DEGREE * scale
        for key, (dx, dy) in zip(sorted(together), _around(len(together)), strict=True):
            at[key] = round(x + dx), round(y + dy)
    return height, scale, at


def _around(count: int) -> list[tuple[float, float]]:
    """Where so many homes of one cell stand from its middle: one in it, more in rings around it."""
    if count == 1:
        return [(0.0, 0.0)]
    found: list[tuple[float, float]] = []
    radius = RING
    while len(found) < count:
        n = min(count - len(found), int(2 * math.pi * radius / APART))
        turns = (2 * math.pi * k / n for k in range(n))
        found += [(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns]
        radius += APART
    closer = min(1.0, REACH_MAX / (radius - APART))
    return [(x * closer, y * closer) for x, y in found]
