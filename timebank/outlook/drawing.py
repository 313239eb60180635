"""The years ahead as a chart: bands from low to high, lines through the middle, hours up and years along. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from timebank.outlook.projecting import Spread, YearAhead

# Units of the chart; the page scales it to its width.
WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 76, 16, 16, 36
_TICKS = 4


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where it stands, and the number beside it."""

    at: int
    number: int


@dataclass(frozen=True)
class Curve:
    """One quantity: the outline of its band, and its middle, as SVG has points."""

    band: str
    middle: str


@dataclass(frozen=True)
class Chart:
    """Everything in units of the chart. `hours` are whole hours, from the floor up."""

    curves: tuple[Curve, ...]
    hours: tuple[Tick, ...]
    years: tuple[Tick, ...]

    @property
    def floor(self) -> int:
        """Where zero hours stand."""
        return HEIGHT - BOTTOM


def outstanding(years: Sequence[YearAhead]) -> Chart:
    """Hours outstanding, and those that the dead left unspent."""
    return _chart(
        [[(one.year, one.outstanding) for one in years], [(one.year, one.stranded) for one in years]]
    )


def asked(years: Sequence[YearAhead]) -> Chart:
    """Hours asked for in each year, and what helpers can give."""
    return _chart(
        [
            [(one.year, one.asked) for one in years if one.asked],
            [(one.year, one.capacity) for one in years if one.capacity],
        ]
    )


def step_of(most: int) -> int:
    """A round step, 1, 2 or 5 with noughts, of which four reach at least to `most`."""
    step = 1
    while step * _TICKS < most:
        step = {"1": step * 2, "2": step // 2 * 5, "5": step * 2}[str(step)[0]]
    return step


def _chart(quantities: Sequence[Sequence[tuple[int, Spread]]]) -> Chart:
    every = [year for quantity in quantities for year, _ in quantity]
    first, last = min(every, default=0), max(every, default=1)
    most = max((spread.high for quantity in quantities for _, spread in quantity), default=0)
    step = step_of(-(-most // 60))
    top = step * _TICKS * 60

    def x(year: int) -> int:
        return LEFT + round((year - first) * (WIDTH - LEFT - RIGHT) / max(1, last - first))

    def y(minutes: int) -> int:
        return HEIGHT - BOTTOM - round(minutes * (HEIGHT - TOP - BOTTOM) / top)

    def curve(quantity: Sequence[tuple[int, Spread]]) -> Curve:
        up = [f"{x(year)},{y(spread.high)}" for year, spread in quantity]
        down = [f"{x(year)},{y(spread.low)}" for year, spread in reversed(quantity)]
        return Curve(" ".join([*up, *down]), " ".join(f"{x(year)},{y(s.middle)}" for year, s in quantity))

    return Chart(
        curves=tuple(map(curve, quantities)),
        hours=tuple(Tick(y(n * step * 60), n * step) for n in range(_TICKS + 1)),
        years=tuple(Tick(x(year), year) for year in range(first, last + 1)),
    )
