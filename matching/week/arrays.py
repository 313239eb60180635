"""A week as arrays for the inner loops: one row for each visit, tour and possible pair of the two.

A tour is a helper's day: what she can do on it in one round from home.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from matching.eligibility import CHUNK, eligible
from matching.errors import BadProblem
from matching.problem import DAY_MINUTES
from matching.tables import EARTH_M, F64, I32, I64, Tables, tabulate
from matching.timing import openings
from matching.week.problem import Midday, Pause, Week, weight

# Nobody is given more visits a day than that; the bound holds for whoever might take more.
TOUR_MAX = 24
# Each takes some 150 bytes.
PAIRS_MAX = 4_000_000
NEAR = 60
NO_REST, PAUSE, MIDDAY = 0, 1, 2

I16 = npt.NDArray[np.int16]


class Arrays(NamedTuple):
    """Places are visits, then helpers. A pair is a visit on a tour; `x_at[i]:x_at[i + 1]` are the rows of i."""

    travel: I16  # [visits, places] minutes; the way back is as long
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
    first: I64  # starts allowed from … to, in minutes of the day, ascending and apart
    last: I64


@dataclass(frozen=True, slots=True)
class Board:
    """The arrays and what their rows stand for; whoever can come to nobody has no row."""

    week: Week
    arrays: Arrays
    visits: tuple[UUID, ...]
    helpers: tuple[UUID, ...]
    tours: tuple[tuple[int, date], ...]  # (helper's row, day)


class _Pairs:
    """Of each pair its visit, helper and day, and how many spans of its starts stand in `first` and `last`."""

    def __init__(self) -> None:
        self.visit, self.helper, self.day, self.spans = array("q"), array("q"), array("q"), array("q")
        self.first, self.last = array("q"), array("q")

    def add(self, visit: int, helper: int, day: int, spans: Sequence[tuple[int, int]]) -> None:
        self.visit.append(visit)
        self.helper.append(helper)
        self.day.append(day)
        self.spans.append(len(spans))
        self.first.extend(first for first, _ in spans)
        self.last.extend(last for _, last in spans)


def lay_out(week: Week) -> Board:
    """Find who may come to whom and when. Raises BadProblem beyond PAIRS_MAX."""
    t = tabulate(week.round)
    found = _pairs(week, t)
    pair_visit, pair_helper = _i64(found.visit), _i64(found.helper)
    some, helper = np.unique(pair_helper, return_inverse=True)
    # A day's number has seven digits.
    tours, pair_tour = np.unique(helper * 10**7 + _i64(found.day), return_inverse=True)
    tour_helper, tour_day = np.divmod(tours, 10**7)
    travel = _travel(week, t, some)
    arrays = Arrays(
        travel=travel,
        near=_near(travel[:, : len(travel)]),
        minutes=_i64(t.requests.minutes),
        weight=_i64([weight(one) for one in week.round.requests]),
        demand=_i64(t.requests.demand),
        tour_helper=tour_helper,
        tour_day=tour_day,
        helper_tour_at=_starts(tour_helper, len(some)),
        minutes_cap=_i64(t.helpers.minutes_left[some]),
        visits_cap=_i64(t.helpers.visits_left[some]),
        rest=_rests(week)[some],
        pair_visit=pair_visit,
        pair_tour=pair_tour,
        bonus=_bonus(week, t, pair_visit, pair_helper),
        visit_at=_starts(pair_visit, len(travel)),
        tour_at=_starts(np.sort(pair_tour), len(tours)),
        tour_pair=np.argsort(pair_tour, kind="stable"),
        allow_at=np.concatenate([[0], np.cumsum(_i64(found.spans))]),
        first=_i64(found.first),
        last=_i64(found.last),
    )
    days = [date.fromordinal(day) for day in tour_day.tolist()]
    helpers = tuple(t.helpers.ids[one] for one in some.tolist())
    return Board(week, arrays, t.requests.ids, helpers, tuple(zip(tour_helper.tolist(), days, strict=True)))


def _pairs(week: Week, t: Tables) -> _Pairs:
    """By visit, then helper, then day."""
    found = _Pairs()
    r, h = _eligible(t)
    for visit, helper in zip(r.tolist(), h.tolist(), strict=True):
        request, who = week.round.requests[visit], week.round.helpers[helper]
        starts: dict[int, list[tuple[int, int]]] = {}
        for o in openings(who, request, week.round.on, week.round.limits):
            start = o.start % DAY_MINUTES
            starts.setdefault(o.on.toordinal(), []).append((start, start + o.end - o.start - request.minutes))
        _bounded(len(found.visit) + len(starts))
        for day, spans in sorted(starts.items()):
            found.add(visit, helper, day, _joined(spans))
    return found


def _bounded(pairs: int) -> None:
    if pairs > PAIRS_MAX:
        raise BadProblem("pairs", "week", pairs, f"at most {PAIRS_MAX}: plan parts of the area one by one")


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Whole minutes from … to: ascending, with a minute at least between two."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


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
        _bounded(sum(map(len, rows)))
    return np.concatenate(rows), np.concatenate(others)


def _travel(week: Week, t: Tables, helpers: I64) -> I16:
    """Minutes from each visit to all places: visits, then these helpers. The way back is as long."""
    points: F64 = np.concatenate([t.requests.point, t.helpers.point[helpers]])
    visits = len(t.requests.ids)
    out = np.empty((visits, len(points)), dtype=np.int16)
    slow = 100 * week.travel.metres_per_minute
    for i in range(visits):
        chord = np.linalg.norm(points - points[i], axis=1)
        metres = np.rint(2 * EARTH_M * np.arcsin(np.minimum(chord / 2, 1.0))).astype(np.int64)
        out[i] = np.minimum(DAY_MINUTES, -(-metres * week.travel.detour_percent // slow))
    return out


def _near(travel: I16) -> I64:
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
