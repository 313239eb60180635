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
# Homes are known to a grid cell only. Those in one cell stand around its middle.
RING, APART = 16, 18
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
    narrower = math.cos(math.radians((north + south) / 2))
    wide = (east - west) * narrower * METRES_PER_DEGREE
    high = (north - south) * METRES_PER_DEGREE
    scale = min((WIDTH - 2 * MARGIN) / max(wide, 100.0), (HEIGHT_MAX - 2 * MARGIN) / max(high, 100.0))
    height = max(HEIGHT_MIN, round(high * scale) + 2 * MARGIN)
    left, top = (WIDTH - wide * scale) / 2, (height - high * scale) / 2
    cells: dict[Place, list[tuple[str, UUID]]] = defaultdict(list)
    for key, where in homes.items():
        cells[where].append(key)
    at: dict[tuple[str, UUID], tuple[int, int]] = {}
    for (lat, lon), together in cells.items():
        x = left + (lon - west) * narrower * METRES_PER_DEGREE * scale
        y = top + (north - lat) * METRES_PER_DEGREE * scale
        ring = max(RING, round(APART * len(together) / (2 * math.pi))) if len(together) > 1 else 0
        for n, key in enumerate(sorted(together)):
            turn = 2 * math.pi * n / len(together)
            at[key] = round(x + ring * math.cos(turn)), round(y + ring * math.sin(turn))
    return height, scale, at
