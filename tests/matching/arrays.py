"""A calm district straight as tables, for sizes at which making the people one by one would take longest."""

import numpy as np

from matching import Limits, Problem
from matching.tables import NO_LIMIT, UNKNOWN, HelperTable, RequestTable, Spans, Tables
from matching.vocabulary import Vocabularies
from tests.matching.town import DIALECTS, INTERESTS, MONDAY, SKILLS

Array = np.ndarray
DAY = 1440
FIRST = MONDAY.toordinal()
COMMON = DIALECTS.index("普通话")


def district(people: int, km: float, limits: Limits, seed: int = 1) -> tuple[Tables, Array]:
    """As `town.a_district`, of as many helpers as requests; and how urgent each request is."""
    chance = np.random.default_rng(seed)
    communities = max(1, people // 400)
    tables = Tables(
        problem=Problem(on=MONDAY, helpers=(), requests=(), limits=limits),
        vocabularies=Vocabularies((), ()),
        helpers=_helpers(chance, people, km, communities),
        requests=_requests(chance, people, km, communities),
        recipients=people,
        **{
            name: np.zeros(0, dtype=np.int64)
            for name in (
                *("do_not_pair", "standing", "past", "past_visits"),
                *("declined", "forbidden", "agreed", "offered", "pins"),
            )
        },
    )
    priority = chance.choice((0, 0, 0, 0, 1, 2), people)
    return tables, 1 + priority * limits.days_per_priority + chance.integers(0, 41, people)


def _helpers(chance: np.random.Generator, n: int, km: float, communities: int) -> HelperTable:
    free = _weekly(chance, n, most=6)
    away = chance.random(n) < 0.03
    since = FIRST + chance.integers(-200, 21, n)
    day, start, end = _dated(chance, n, most=1)
    planned = chance.random(n) < 0.2
    unknown = np.full(n, UNKNOWN, dtype=np.int32)
    return HelperTable(
        ids=range(n),
        active=np.ones(n, dtype=bool),
        minutes_left=_ints(np.full(n, 360)),
        visits_left=_ints(np.ones(n)),
        load=_ints(chance.choice((0, 0, 0, 1, 2, 3, 5, 8), n)),
        reach=np.full(n, NO_LIMIT, dtype=np.int32),
        gender=_ints(chance.integers(1, 3, n)),
        helps_only=_ints(np.zeros(n)),
        age=_ints(chance.integers(55, 86, n)),
        community=_ints(chance.integers(0, communities, n)),
        branch=unknown,
        skills=_subset(chance, n, len(SKILLS), chance.integers(1, 5, n)),
        trainings=_nothing(n),
        consents=_nothing(n),
        dialects=_bit(np.full(n, COMMON)) | _bit(chance.integers(0, len(DIALECTS), n)),
        interests=_subset(chance, n, len(INTERESTS), chance.integers(0, 4, n)),
        avoids=_nothing(n),
        asks=_nothing(n),
        of_branches=_nothing(n),
        located=np.ones(n, dtype=bool),
        point=_points(chance, n, km),
        open=free,
        free=free,
        away=_spans(since[:, None], (since + chance.choice((3, 10, 240), n))[:, None], away[:, None]),
        booked=_spans(day * DAY + start, day * DAY + end, planned[:, None]),
    )


def _requests(chance: np.random.Generator, n: int, km: float, communities: int) -> RequestTable:
    weekly = chance.random(n) < 0.4
    standing = _weekly(chance, n, most=3)
    day, start, end = _dated(chance, n, most=3)
    weekday = (day - FIRST) % 7 * DAY
    single = _spans(weekday + start, weekday + end, day != UNKNOWN)
    asked = Spans(
        *(
            np.asfortranarray(np.where(weekly[:, None], getattr(standing, side), getattr(single, side)))
            for side in ("start", "end")
        )
    )
    first = np.where(standing.end > 0, FIRST + standing.start // DAY, UNKNOWN)
    return RequestTable(
        ids=range(n),
        minutes=_ints(chance.choice((30, 60, 60, 90), n)),
        demand=_ints(np.ones(n)),
        least=_ints(np.ones(n)),
        weekly=weekly,
        asked=asked,
        day=np.asfortranarray(np.where(weekly[:, None], first, day).astype(np.int32)),
        reach=np.full(n, NO_LIMIT, dtype=np.int32),
        recipient=_ints(np.arange(n)),
        recipient_helper=np.full(n, UNKNOWN, dtype=np.int32),
        recipient_gender=_ints(chance.integers(1, 3, n)),
        helper_gender=_ints(chance.random(n) < 0.05),
        too_young=np.zeros(n, dtype=bool),
        age_min=_ints(np.zeros(n)),
        age_max=np.full(n, NO_LIMIT, dtype=np.int32),
        age_asked=np.zeros(n, dtype=bool),
        dialect_required=chance.random(n) < 0.05,
        community=_ints(chance.integers(0, communities, n)),
        branch=np.full(n, UNKNOWN, dtype=np.int32),
        skills=_bit(chance.integers(0, len(SKILLS), n)),
        trainings=_nothing(n),
        consents=_nothing(n),
        dialects=_bit(chance.integers(0, len(DIALECTS), n)),
        interests=_subset(chance, n, len(INTERESTS), chance.integers(0, 3, n)),
        circumstances=_nothing(n),
        two_way=np.zeros(n, dtype=bool),
        gives=_nothing(n),
        limited=np.zeros(n, dtype=bool),
        of_branches=_nothing(n),
        located=np.ones(n, dtype=bool),
        point=_points(chance, n, km),
    )


def _ints(values: Array) -> Array:
    return values.astype(np.int32)


def _nothing(n: int) -> Array:
    return np.zeros((n, 1), dtype=np.uint64)


def _bit(which: Array) -> Array:
    return np.left_shift(np.uint64(1), which.astype(np.uint64))[:, None]


def _subset(chance: np.random.Generator, n: int, words: int, many: Array) -> Array:
    """So many of the words, as a mask."""
    chosen = chance.random((n, words), dtype=np.float32).argsort(axis=1) < many[:, None]
    return (chosen * (1 << np.arange(words))).sum(axis=1).astype(np.uint64)[:, None]


def _points(chance: np.random.Generator, n: int, km: float) -> Array:
    reach = km / 111 / 2
    lat, lon = np.radians(np.array([[22.9], [113.9]]) + chance.uniform(-reach, reach, (2, n)))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def _spans(start: Array, end: Array, there: Array) -> Spans:
    """Those that are there first, by their start."""
    start, end = np.where(there, start, NO_LIMIT), np.where(there, end, 0)
    order = np.argsort(start, axis=1, kind="stable")
    start, end = np.take_along_axis(start, order, axis=1), np.take_along_axis(end, order, axis=1)
    return Spans(np.asfortranarray(start.astype(np.int32)), np.asfortranarray(end.astype(np.int32)))


def _weekly(chance: np.random.Generator, n: int, most: int) -> Spans:
    """Three to five hours on 1 to `most` days of the week."""
    day = chance.random((n, 7), dtype=np.float32).argsort(axis=1)[:, :most]
    start = chance.integers(7, 18, day.shape)
    end = np.minimum(22, start + chance.integers(3, 6, day.shape))
    there = np.arange(most) < chance.integers(1, most + 1, n)[:, None]
    return _spans(day * DAY + start * 60, day * DAY + end * 60, there)


def _dated(chance: np.random.Generator, n: int, most: int) -> tuple[Array, Array, Array]:
    """One to four hours on 1 to `most` of the next 14 days: day, start and end, the day UNKNOWN where there is none."""
    there = np.arange(most) < chance.integers(1, most + 1, n)[:, None]
    day = np.sort(np.where(there, FIRST + chance.integers(0, 14, there.shape), NO_LIMIT), axis=1)
    start = chance.integers(8, 18, there.shape) * 60
    return np.where(day == NO_LIMIT, UNKNOWN, day), start, start + chance.integers(1, 5, there.shape) * 60
