"""A week as arrays for the inner loops: one row for each visit, tour and possible pair of the two.

A tour is a helper's day: what she can do on it in one round from home.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

import numpy as np

from matching.eligibility import CHUNK, eligible
from matching.problem import DAY_MINUTES
from matching.tables import EARTH_M, F64, I32, I64, Tables, tabulate
from matching.timing import openings
from matching.week.problem import Midday, Pause, Week, weight

# More visits than that fit in nobody's day.
TOUR_MAX = 24
NEAR = 60
NO_REST, PAUSE, MIDDAY = 0, 1, 2


class Arrays(NamedTuple):
    """Places are visits, then helpers. A pair is a visit on a tour; `x_at[i]:x_at[i + 1]` are the rows of i."""

    travel: I32  # [places, places] minutes
    near: I64  # [visits, NEAR] the nearest other visits, nearest first
    minutes: I64
    weight: I64
    demand: I64
    tour_helper: I64
    tour_day: I64
    helper_tour_at: I64  # tours stand in the order of their helpers
    minutes_cap: I64
    visits_cap: I64
    rest: I64  # [helpers, 4]: kind, minutes, and of a pause the stretch; of a midday start and end
    pair_visit: I64
    pair_tour: I64
    bonus: I64  # of a pair: minutes that a known face is worth
    visit_at: I64  # pairs stand in the order of their visits
    tour_at: I64
    tour_pair: I64  # the pairs of a tour
    allow_at: I64
    first: I64  # starts allowed from … to, in minutes of the day, ascending
    last: I64


@dataclass(frozen=True, slots=True)
class Board:
    """The arrays and what their rows stand for."""

    week: Week
    arrays: Arrays
    visits: tuple[UUID, ...]
    helpers: tuple[UUID, ...]
    tours: tuple[tuple[int, date], ...]  # (helper's row, day)


def lay_out(week: Week) -> Board:
    """Find who may come to whom and when."""
    t = tabulate(week.round)
    requests, helpers = week.round.requests, week.round.helpers
    r, h = _eligible(t)
    found: list[tuple[int, int, date, list[tuple[int, int]]]] = []
    for visit, helper in zip(r.tolist(), h.tolist(), strict=True):
        starts: dict[date, list[tuple[int, int]]] = {}
        minutes = requests[visit].minutes
        for o in openings(helpers[helper], requests[visit], week.round.on, week.round.limits):
            start = o.start % DAY_MINUTES
            starts.setdefault(o.on, []).append((start, start + o.end - o.start - minutes))
        found += [(visit, helper, on, sorted(spans)) for on, spans in sorted(starts.items())]
    tours = tuple(sorted({(helper, on) for _, helper, on, _ in found}))
    row = {tour: i for i, tour in enumerate(tours)}
    pair_tour = _i64([row[helper, on] for _, helper, on, _ in found])
    pair_visit = _i64([visit for visit, _, _, _ in found])
    tour_helper = _i64([helper for helper, _ in tours])
    travel = _travel(week, t)
    arrays = Arrays(
        travel=travel,
        near=_near(travel[: len(requests), : len(requests)]),
        minutes=_i64(t.requests.minutes),
        weight=_i64([weight(one) for one in requests]),
        demand=_i64(t.requests.demand),
        tour_helper=tour_helper,
        tour_day=_i64([on.toordinal() for _, on in tours]),
        helper_tour_at=_starts(tour_helper, len(helpers)),
        minutes_cap=_i64(t.helpers.minutes_left),
        visits_cap=_i64(t.helpers.visits_left),
        rest=_rests(week),
        pair_visit=pair_visit,
        pair_tour=pair_tour,
        bonus=_bonus(week, t, pair_visit, tour_helper[pair_tour]),
        visit_at=_starts(pair_visit, len(requests)),
        tour_at=_starts(np.sort(pair_tour), len(tours)),
        tour_pair=np.argsort(pair_tour, kind="stable"),
        allow_at=_i64(np.cumsum([0, *(len(spans) for *_, spans in found)])),
        first=_i64([first for *_, spans in found for first, _ in spans]),
        last=_i64([last for *_, spans in found for _, last in spans]),
    )
    return Board(week, arrays, t.requests.ids, t.helpers.ids, tours)


def _eligible(t: Tables) -> tuple[I32, I32]:
    """Every eligible pair, by request, then helper."""
    many = len(t.helpers.ids)
    everybody = np.arange(many, dtype=np.int32)
    step = max(1, CHUNK // max(1, many))
    rows: list[I32] = [np.zeros(0, np.int32)]
    others: list[I32] = [np.zeros(0, np.int32)]
    for start in range(0, len(t.requests.ids), step):
        some = np.arange(start, min(len(t.requests.ids), start + step), dtype=np.int32)
        r, h = np.repeat(some, many), np.tile(everybody, some.size)
        ok = eligible(t, r, h)
        rows.append(r[ok])
        others.append(h[ok])
    return np.concatenate(rows), np.concatenate(others)


def _travel(week: Week, t: Tables) -> I32:
    """Minutes between all places, [visits + helpers, the same]."""
    points: F64 = np.concatenate([t.requests.point, t.helpers.point])
    out = np.empty((len(points), len(points)), dtype=np.int32)
    slow = 100 * week.travel.metres_per_minute
    for i in range(len(points)):
        chord = np.linalg.norm(points - points[i], axis=1)
        metres = np.rint(2 * EARTH_M * np.arcsin(np.minimum(chord / 2, 1.0))).astype(np.int64)
        out[i] = np.minimum(DAY_MINUTES, -(-metres * week.travel.detour_percent // slow))
    return out


def _near(travel: I32) -> I64:
    """The nearest others of each visit; ties in the order of rows."""
    many = len(travel)
    out = np.empty((many, min(NEAR, max(0, many - 1))), dtype=np.int64)
    for i in range(many):
        order = np.argsort(travel[i], kind="stable")
        out[i] = order[order != i][: out.shape[1]]
    return out


def _rests(week: Week) -> I64:
    out = np.zeros((len(week.round.helpers), 4), dtype=np.int64)
    for i, helper in enumerate(week.round.helpers):
        match week.rests.get(helper.id):
            case Pause(stretch=stretch, minutes=minutes):
                out[i] = PAUSE, minutes, stretch, 0
            case Midday(start=start, end=end, minutes=minutes):
                out[i] = MIDDAY, minutes, start, end
            case None:
                pass
    return out


def _bonus(week: Week, t: Tables, visit: I64, helper: I64) -> I64:
    v, h = visit.astype(np.int32), helper.astype(np.int32)
    known = np.isin(t.tie_key(v, h), t.standing) | np.isin(t.choice_key(v, h), t.agreed)
    return np.where(known, week.known_minutes, 0).astype(np.int64)


def _starts(ascending: I64, many: int) -> I64:
    """Where the rows of each of `many` begin, and where the last ends."""
    return np.searchsorted(ascending, np.arange(many + 1)).astype(np.int64)


def _i64(values: object) -> I64:
    return np.asarray(values, dtype=np.int64)
