"""Weeks made up for tests: the same seed gives the same week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

from matching import Absence, DatedWindow, Helper, Limits, Position, Problem, Request, Tie, Window
from matching.week import Midday, Pause, Rest, Travel, Week
from tests.matching.town import HOME, MONDAY, SKILLS, position, some, uid

# Metres of a degree of latitude; at 70 a minute and no detour, a minute of way is this many degrees.
MINUTE = 70 / 111_195


@dataclass(frozen=True)
class Busy:
    """A week with hardly enough helpers: `capacity` is the minutes they have ÷ the minutes asked for."""

    week: Week
    capacity: float


def a_busy_week(
    visits: int,
    seed: int = 1,
    *,
    capacity: float = 0.9,
    together: float = 0.1,
    rests: float = 0.4,
    standing: float = 0.3,
) -> Busy:
    """Visits of 30 to 90 minutes, one to three windows each; helpers with one to eight hours a week and some of eight
    skills; everyone has about as many neighbours whatever the size. A share of the visits is for two, a share of the helpers
    has to rest, half of them at midday.
    """
    rng = Random(seed)
    km = 24 * (visits / 12_000) ** 0.5
    asked = [_a_visit(rng, i, km, 2 if rng.random() < together else 1) for i in range(visits)]
    wanted = sum(one.minutes * one.demand for one in asked)
    helpers: list[Helper] = []
    given = 0
    while given < capacity * wanted:
        helpers.append(_a_busy_helper(rng, len(helpers), km))
        given += helpers[-1].minutes_left
    rest: dict[UUID, Rest] = {}
    for one in helpers:
        if rng.random() < rests:
            rest[one.id] = Pause(120, 20) if rng.random() < 0.5 else Midday(11 * 60, 14 * 60, 45)
    ties = frozenset(Tie(rng.choice(helpers).id, one.recipient) for one in asked if rng.random() < standing)
    problem = Problem(on=MONDAY, helpers=tuple(helpers), requests=tuple(asked), standing=ties)
    return Busy(Week(problem, rests=rest), given / wanted)


def _a_visit(rng: Random, i: int, km: float, demand: int) -> Request:
    windows = []
    for _ in range(rng.randint(1, 3)):
        start = rng.randint(16, 34) * 30
        end = min(22 * 60, start + rng.randint(3, 8) * 30)
        windows.append(DatedWindow(MONDAY + timedelta(days=rng.randrange(7)), start, end))
    return Request(
        id=uid(2_000_000 + i),
        recipient=uid(1_000_000 + i),
        community=HOME,
        minutes=rng.choice((30, 45, 60, 60, 90)),
        dates=tuple(windows),
        position=position(rng, km),
        skills=frozenset({rng.choice(SKILLS)}),
        priority=rng.choice((0, 0, 0, 1, 2)),
        demand=demand,
    )


def _a_busy_helper(rng: Random, i: int, km: float) -> Helper:
    windows = []
    for day in rng.sample(range(7), rng.randint(2, 5)):
        start = rng.randint(16, 34) * 30
        windows.append(Window(day * 1440 + start, day * 1440 + min(22 * 60, start + rng.randint(3, 6) * 60)))
    free = sum(w.end - w.start for w in windows)
    return Helper(
        id=uid(i),
        community=HOME,
        position=position(rng, km),
        skills=frozenset(rng.sample(SKILLS, rng.randint(2, 5))),
        windows=tuple(windows),
        minutes_left=min(free, rng.choice((60, 120, 180, 240, 360, 480))),
        visits_left=20,
    )


def along(minutes: int) -> Position:
    """So many minutes of way north of where everybody else is."""
    return Position(22.9 + minutes * MINUTE * 0.999, 113.9)


def a_helper_free(number: int, *hours: tuple[int, int], at: int = 0, **told: object) -> Helper:
    """Free on Monday between these minutes of the day."""
    plain = {
        "id": uid(number),
        "community": HOME,
        "position": along(at),
        "windows": tuple(Window(a, b) for a, b in hours),
        "visits_left": 9,
    }
    return Helper(**{**plain, **told})


def a_visit_at(
    number: int, *hours: tuple[int, int], minutes: int = 60, at: int = 0, **told: object
) -> Request:
    """Wanted on Monday between these minutes of the day."""
    plain = {
        "id": uid(10_000 + number),
        "recipient": uid(20_000 + number),
        "community": HOME,
        "minutes": minutes,
        "position": along(at),
        "dates": tuple(DatedWindow(MONDAY, a, b) for a, b in hours),
    }
    return Request(**{**plain, **told})


def a_week_of(
    helpers: list[Helper], visits: list[Request], rests: Mapping[UUID, Rest] | None = None, **told: object
) -> Week:
    """Ways without a detour, so that `along` says how long they are."""
    problem = Problem(on=MONDAY, helpers=tuple(helpers), requests=tuple(visits), **told)
    return Week(problem, travel=Travel(70, 100), rests=rests or {})


def a_tiny_week(seed: int) -> Week:
    """Two or three helpers, up to five visits, and so few minutes that every start can be tried.

    In every other week places are far apart, so that a rest may be had only at somebody's between two others; windows
    touch, overlap and lie within one another; helpers are away, busy or booked now and then.
    """
    rng = Random(seed)
    far = rng.random() < 0.5
    helpers = [_a_tiny_helper(rng, i, far) for i in range(rng.randint(2, 3))]
    rests: dict[UUID, Rest] = {}
    for one in helpers:
        if rng.random() < 0.5:
            rests[one.id] = _a_tiny_rest(rng, far)
    visits = [_a_tiny_visit(rng, i, far) for i in range(rng.randint(2, 5))]
    problem = Problem(on=MONDAY, helpers=tuple(helpers), requests=tuple(visits), limits=Limits())
    return Week(problem, travel=Travel(70, 100), rests=rests)


def _a_tiny_helper(rng: Random, i: int, far: bool) -> Helper:
    windows = []
    for day in rng.sample(range(2), rng.randint(1, 2)):
        for _ in range(rng.choice((1, 1, 2))):
            start = day * 1440 + rng.randint(0, 8)
            windows.append(Window(start, start + rng.randint(8, 22) + 30 * far))
    start = rng.randint(0, 25)
    taken = start, start + rng.randint(1, 6)
    return Helper(
        id=uid(i),
        community=HOME,
        position=along(rng.randint(0, 20 if far else 5)),
        skills=some(rng, SKILLS[:2], 2),
        windows=tuple(windows),
        busy=(Window(*taken),) if rng.random() < 0.15 else (),
        booked=(DatedWindow(MONDAY + timedelta(days=rng.randrange(2)), *taken),)
        if rng.random() < 0.15
        else (),
        absences=(Absence(MONDAY, MONDAY + timedelta(days=1)),) if rng.random() < 0.1 else (),
        minutes_left=rng.choice((8, 12, 40)),
        visits_left=rng.choice((2, 3, 9)),
    )


def _a_tiny_rest(rng: Random, far: bool) -> Rest:
    if far:
        return rng.choice((Pause(15, 2), Pause(12, 4), Midday(8, 22, 4), Midday(20, 40, 5)))
    return rng.choice((Pause(9, 2), Pause(7, 3), Midday(6, 14, 3), Midday(4, 20, 5)))


def _a_tiny_visit(rng: Random, i: int, far: bool) -> Request:
    dates = []
    for _ in range(rng.randint(1, 2)):
        day, start = MONDAY + timedelta(days=rng.randrange(2)), rng.randint(0, 35 if far else 14)
        end = start + rng.randint(7, 9 if far else 15)
        dates.append(DatedWindow(day, start, end))
        if rng.random() < 0.2:
            dates.append(DatedWindow(day, start + 1, end - rng.randint(0, 2)))
    return Request(
        id=uid(100 + i),
        recipient=uid(200 + i),
        community=HOME,
        minutes=rng.randint(3, 7),
        dates=tuple(dates),
        position=along(rng.randint(0, 20 if far else 5)),
        skills=some(rng, SKILLS[:2], 1),
        priority=rng.randint(0, 3),
        demand=rng.choice((1, 1, 1, 2) if far else (1, 1, 2)),
    )
