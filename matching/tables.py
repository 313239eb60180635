"""A problem as numpy arrays: one row for each helper and request, sets as bit masks, windows padded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from uuid import UUID

import numpy as np
import numpy.typing as npt

from matching.problem import (
    DAY_MINUTES,
    Choice,
    Gender,
    Helper,
    Past,
    Position,
    Problem,
    Request,
    Tie,
)
from matching.rows import stretches
from matching.timing import by_day, first_occurrence, free_time, minus, week_start
from matching.vocabulary import U64, Vocabularies

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
Rows = I32 | I64  # of helpers, or of requests

EARTH_M = 6_371_008.8
NO_LIMIT = np.iinfo(np.int32).max
UNKNOWN = -1
GENDERS = {None: 0, Gender.FEMALE: 1, Gender.MALE: 2}


@dataclass(frozen=True, slots=True)
class Spans:
    """Half-open intervals, [rows, widest]; unused places are empty (start > end)."""

    start: I32
    end: I32

    @property
    def width(self) -> int:
        return int(self.start.shape[1])


@dataclass(frozen=True, slots=True)
class HelperTable:
    ids: tuple[UUID, ...]
    active: Bool
    minutes_left: I32
    visits_left: I32
    load: I32
    reach: I32
    gender: I32
    helps_only: I32
    age: I32
    community: I32
    branch: I32
    skills: U64
    trainings: U64
    consents: U64
    dialects: U64
    interests: U64
    avoids: U64
    asks: U64
    of_branches: U64  # one bit at most, among the branches that some request is limited to
    located: Bool
    point: F64  # on the unit sphere; where unknown, the middle of the community, for the search only
    open: Spans  # weekly windows
    free: Spans  # weekly windows less weekly commitments
    away: Spans  # ordinal days
    booked: Spans  # single visits planned, in minutes since day 0


@dataclass(frozen=True, slots=True)
class RequestTable:
    ids: tuple[UUID, ...]
    minutes: I32
    demand: I32
    least: I32
    weekly: Bool
    asked: Spans  # minutes of the week
    day: I32  # [requests, widest]: ordinal day of each window, the first one if weekly; UNKNOWN where unused
    reach: I32
    recipient: I32
    recipient_helper: I32  # the recipient's row among helpers, or UNKNOWN
    recipient_gender: I32
    helper_gender: I32
    too_young: Bool  # the recipient is outside the policy's ages
    age_min: I32
    age_max: I32
    age_asked: Bool
    dialect_required: Bool
    community: I32
    branch: I32
    skills: U64
    trainings: U64
    consents: U64
    dialects: U64
    interests: U64
    circumstances: U64
    two_way: Bool
    gives: U64
    limited: Bool  # to some branches
    of_branches: U64
    located: Bool
    point: F64


@dataclass(frozen=True, slots=True)
class Tables:
    """`do_not_pair`, `standing` and `past` are sorted keys helper × recipients + recipient; `declined`, `forbidden`,
    `agreed` and `offered` are sorted keys request × helpers + helper.
    """

    problem: Problem
    vocabularies: Vocabularies
    helpers: HelperTable
    requests: RequestTable
    recipients: int
    do_not_pair: I64
    standing: I64
    past: I64
    past_visits: I64
    declined: I64
    forbidden: I64
    agreed: I64
    offered: I64
    pins: I64

    def choice_key(self, request: Rows, helper: Rows) -> I64:
        return request.astype(np.int64) * len(self.helpers.ids) + helper

    def tie_key(self, request: Rows, helper: Rows) -> I64:
        return helper.astype(np.int64) * self.recipients + self.requests.recipient[request]


def tabulate(problem: Problem) -> Tables:
    helpers, requests = problem.helpers, problem.requests
    helper_row = {h.id: i for i, h in enumerate(helpers)}
    request_row = {r.id: i for i, r in enumerate(requests)}
    recipient_row = {
        one: i for i, one in enumerate(sorted({r.recipient for r in requests}, key=attrgetter("int")))
    }
    places = _Places(helpers, requests)

    def ties(pairs: Iterable[Tie | Past]) -> I64:
        return np.array(
            [
                helper_row[p.helper] * len(recipient_row) + recipient_row[p.recipient]
                for p in sorted(pairs)
                if p.helper in helper_row and p.recipient in recipient_row
            ],
            dtype=np.int64,
        )

    def choices(pairs: Iterable[Choice]) -> I64:
        return np.array(
            [
                request_row[p.request] * len(helpers) + helper_row[p.helper]
                for p in sorted(pairs)
                if p.helper in helper_row and p.request in request_row
            ],
            dtype=np.int64,
        )

    known = [p for p in problem.past if p.helper in helper_row and p.recipient in recipient_row]
    sets = Vocabularies(helpers, requests)
    return Tables(
        problem=problem,
        vocabularies=sets,
        helpers=_helper_table(helpers, places, sets),
        requests=_request_table(problem, helper_row, recipient_row, places, sets),
        recipients=len(recipient_row),
        do_not_pair=ties(problem.do_not_pair),
        standing=ties(problem.standing),
        past=ties(known),
        past_visits=np.array([p.visits for p in known], dtype=np.int64),
        declined=choices(problem.declined),
        forbidden=choices(problem.forbidden),
        agreed=choices(problem.agreed),
        offered=choices(problem.offered),
        pins=choices(problem.pins),
    )


def asked_of(t: Tables, helper_row: Mapping[UUID, int], asked: Problem) -> Tables:
    """The helpers of `t` and the requests of a problem that names no helpers; of its pairs `do_not_pair` counts alone."""
    places = _Places((), asked.requests)
    row = {one: i for i, one in enumerate(sorted({r.recipient for r in asked.requests}))}
    apart = sorted(
        helper_row[tie.helper] * len(row) + row[tie.recipient]
        for tie in asked.do_not_pair
        if tie.helper in helper_row and tie.recipient in row
    )
    return Tables(
        asked,
        t.vocabularies,
        t.helpers,
        _request_table(asked, helper_row, row, places, t.vocabularies),
        len(row),
        np.array(apart, dtype=np.int64),
        *(np.zeros(0, dtype=np.int64),) * 8,  # what else is kept of pairs
    )


def among(keys: I64, wanted: I64) -> Bool:
    """Which of `keys` stand in the sorted `wanted`."""
    if not wanted.size:
        return np.zeros(keys.shape, dtype=np.bool_)
    return np.equal(wanted[np.minimum(np.searchsorted(wanted, keys), wanted.size - 1)], keys)


def shared(left: U64, right: U64) -> Bool:
    """Which rows of two masks have a bit in common."""
    both = left & right
    # Nearly always one word holds them all, and to reduce it would take ten times as long.
    found: Bool = np.not_equal(both[:, 0] if both.shape[1] == 1 else np.bitwise_or.reduce(both, axis=1), 0)
    return found


def metres(t: Tables, request: Rows, helper: Rows) -> I32:
    """Great-circle distance of each pair, UNKNOWN where a position is missing."""
    square = np.zeros(request.size)
    for axis in range(3):
        square += (t.requests.point[:, axis][request] - t.helpers.point[:, axis][helper]) ** 2
    arc = 2 * EARTH_M * np.arcsin(np.minimum(np.sqrt(square) / 2, 1.0))
    both = t.requests.located[request] & t.helpers.located[helper]
    return np.where(both, np.rint(arc), UNKNOWN).astype(np.int32)


class _Places:
    """Numbers for communities and branches, and a point for everybody: the middle of those near where unknown."""

    def __init__(self, helpers: Sequence[Helper], requests: Sequence[Request]) -> None:
        people: list[Helper | Request] = [*helpers, *requests]
        self.community = {one: i for i, one in enumerate(sorted({p.community for p in people}))}
        self.branch = {
            one: i for i, one in enumerate(sorted({p.branch for p in people if p.branch is not None}))
        }
        home = np.array([self.community[p.community] for p in people], dtype=np.int64)
        points = _sphere([p.position for p in people])
        there = ~np.isnan(points[:, 0])
        middle = np.zeros((len(self.community), 3))
        np.add.at(middle, home[there], points[there])
        length = np.linalg.norm(middle, axis=1)
        # A community nobody of which has a position gets a place of its own, so that its people find each other.
        nowhere = length == 0
        turn = np.flatnonzero(nowhere) * (2 * np.pi / max(1, len(self.community)))
        middle[nowhere] = np.stack([np.cos(turn), np.sin(turn), np.zeros(turn.size)], axis=1)
        length[nowhere] = 1.0
        points[~there] = (middle / length[:, None])[home[~there]]
        self.points, self.located = points, there

    def rows(self, people: Sequence[Helper] | Sequence[Request]) -> tuple[I32, I32]:
        community = np.array([self.community[p.community] for p in people], dtype=np.int32)
        branch = [UNKNOWN if p.branch is None else self.branch[p.branch] for p in people]
        return community, np.array(branch, dtype=np.int32)


def _sphere(positions: Sequence[Position | None]) -> F64:
    pairs = [(np.nan, np.nan) if p is None else (p.lat, p.lon) for p in positions]
    lat, lon = np.radians(np.array(pairs, dtype=np.float64).reshape(-1, 2)).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def _spans(rows: Sequence[Sequence[tuple[int, int]]]) -> Spans:
    many = np.array([len(row) for row in rows], dtype=np.int64)
    shape = (len(rows), int(many.max(initial=0)))
    # Column by column, since one window of many people is what is asked for.
    start, end = np.full(shape, NO_LIMIT, np.int32, order="F"), np.zeros(shape, np.int32, order="F")
    row = np.repeat(np.arange(len(rows)), many)
    place = stretches(np.zeros_like(many), many)
    flat = np.array([span for row in rows for span in row], dtype=np.int64).reshape(-1, 2)
    start[row, place], end[row, place] = flat.T
    return Spans(start, end)


def _ints(values: Iterable[int | None], unknown: int = UNKNOWN) -> I32:
    return np.array([unknown if v is None else v for v in values], dtype=np.int32)


def _minute(on: date, minute: int) -> int:
    # Day numbers of this century times 1,440 still fit in 32 bits.
    return on.toordinal() * DAY_MINUTES + minute


def _helper_table(helpers: Sequence[Helper], places: _Places, sets: Vocabularies) -> HelperTable:
    community, branch = places.rows(helpers)
    away = _spans([[(a.since.toordinal(), a.until.toordinal()) for a in h.absences] for h in helpers])
    open_ = [minus(h.windows) for h in helpers]
    return HelperTable(
        ids=tuple(h.id for h in helpers),
        active=np.array([h.active for h in helpers], dtype=np.bool_),
        minutes_left=_ints(h.minutes_left for h in helpers),
        visits_left=_ints(h.visits_left for h in helpers),
        load=_ints(h.load for h in helpers),
        reach=_ints((h.reach_m for h in helpers), NO_LIMIT),
        gender=_ints(GENDERS[h.gender] for h in helpers),
        helps_only=_ints(GENDERS[h.helps_only] for h in helpers),
        age=_ints(h.age for h in helpers),
        community=community,
        branch=branch,
        skills=sets.mask("skills", helpers),
        trainings=sets.mask("trainings", helpers),
        consents=sets.mask("consents", helpers),
        dialects=sets.mask("dialects", helpers),
        interests=sets.mask("interests", helpers),
        avoids=sets.mask("avoids", helpers),
        asks=sets.mask("asks", helpers),
        of_branches=sets.branch_of(helpers),
        located=places.located[: len(helpers)],
        point=places.points[: len(helpers)],
        open=_spans(open_),
        free=_spans([free_time(h) if h.busy else whole for h, whole in zip(helpers, open_, strict=True)]),
        away=away,
        booked=_spans([[(_minute(b.on, b.start), _minute(b.on, b.end)) for b in h.booked] for h in helpers]),
    )


def _asked(problem: Problem) -> tuple[Spans, I32]:
    """The windows asked for as minutes of the week, and the day on which each (first) falls; past dates are left out."""
    spans: list[list[tuple[int, int]]] = []
    days: list[list[int]] = []
    for r in problem.requests:
        if r.weekly:
            windows = by_day(r.windows)
            spans.append(windows)
            days.append([first_occurrence(start, r, problem.on).toordinal() for start, _ in windows])
        else:
            dated = [d for d in r.dates if d.on >= problem.on]
            spans.append([(week_start(d.on) + d.start, week_start(d.on) + d.end) for d in dated])
            days.append([d.on.toordinal() for d in dated])
    asked = _spans(spans)
    day = np.full(asked.start.shape, UNKNOWN, dtype=np.int32, order="F")
    many = np.array([len(row) for row in days], dtype=np.int64)
    at = np.repeat(np.arange(len(days)), many), stretches(np.zeros_like(many), many)
    day[at] = np.array([one for row in days for one in row], dtype=np.int32)
    return asked, day


def _request_table(
    problem: Problem,
    helper_row: Mapping[UUID, int],
    recipient_row: Mapping[UUID, int],
    places: _Places,
    sets: Vocabularies,
) -> RequestTable:
    requests = problem.requests
    community, branch = places.rows(requests)
    asked, day = _asked(problem)
    too_young = [
        r.recipient_age_min is not None and (r.recipient_age or 0) < r.recipient_age_min for r in requests
    ]
    return RequestTable(
        ids=tuple(r.id for r in requests),
        minutes=_ints(r.minutes for r in requests),
        demand=_ints(r.demand for r in requests),
        least=_ints(r.least for r in requests),
        weekly=np.array([r.weekly for r in requests], dtype=np.bool_),
        asked=asked,
        day=day,
        reach=_ints((r.reach_m for r in requests), NO_LIMIT),
        recipient=_ints(recipient_row[r.recipient] for r in requests),
        recipient_helper=_ints(helper_row.get(r.recipient) for r in requests),
        recipient_gender=_ints(GENDERS[r.recipient_gender] for r in requests),
        helper_gender=_ints(GENDERS[r.helper_gender] for r in requests),
        too_young=np.array(too_young, dtype=np.bool_),
        age_min=_ints((r.helper_age_min for r in requests), 0),
        age_max=_ints((r.helper_age_max for r in requests), NO_LIMIT),
        age_asked=np.array(
            [r.helper_age_min is not None or r.helper_age_max is not None for r in requests], dtype=np.bool_
        ),
        dialect_required=np.array([r.dialect_required for r in requests], dtype=np.bool_),
        community=community,
        branch=branch,
        skills=sets.mask("skills", requests),
        trainings=sets.mask("trainings", requests),
        consents=sets.mask("consents", requests),
        dialects=sets.mask("dialects", requests),
        interests=sets.mask("interests", requests),
        circumstances=sets.mask("circumstances", requests),
        two_way=np.array([r.two_way for r in requests], dtype=np.bool_),
        gives=sets.mask("gives", requests),
        limited=np.array([bool(r.helper_branches) for r in requests], dtype=np.bool_),
        of_branches=sets.branches_asked(requests),
        located=places.located[len(problem.helpers) :],
        point=places.points[len(problem.helpers) :],
    )
