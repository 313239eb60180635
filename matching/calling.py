"""Who can come now: for an urgent call, everybody against one request at once, and the nearest who may come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import numpy as np

from matching.eligibility import sweep
from matching.plan import Histogram
from matching.problem import DAY_MINUTES, Helper, Limits, Problem, Request, Tie
from matching.tables import NO_LIMIT, UNKNOWN, Spans, Tables, asked_of, metres, tabulate


@dataclass(frozen=True, slots=True)
class Near:
    """`metres` is None where a position is unknown."""

    helper: UUID
    metres: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Who may come, nearest first (then by id; unknown distances last), and how all others fall short."""

    near: tuple[Near, ...]
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class Index:
    """Helpers as arrays, made once for many calls; stale as soon as one of them changes.

    `of_day` are the same with the windows of one weekday only, Monday first: all that a call for that day needs.
    """

    tables: Tables
    of_day: tuple[Tables, ...]
    row: Mapping[UUID, int]


def index(on: date, helpers: Iterable[Helper], limits: Limits | None = None) -> Index:
    tables = tabulate(Problem(on=on, helpers=tuple(helpers), requests=(), limits=limits or Limits()))
    return Index(
        tables,
        tuple(_of_day(tables, day) for day in range(7)),
        {one: i for i, one in enumerate(tables.helpers.ids)},
    )


def who_can_come(
    known: Index, request: Request, do_not_pair: frozenset[Tie] = frozenset(), most: int = 20
) -> Answer:
    """The `most` nearest helpers whom no rule of eligibility refuses.

    The request says when (`dates`), where (`position`) and what is needed; words that no helper has are known by nobody.
    Looks at all helpers: their reasons have to be counted anyway.
    """
    here = known.tables.problem
    asked = Problem(on=here.on, helpers=(), requests=(request,), do_not_pair=do_not_pair, limits=here.limits)
    days = {window.on.weekday() for window in request.dates}
    of_day = known.of_day[days.pop()] if len(days) == 1 else known.tables
    t = asked_of(of_day, known.row, asked)
    histogram, free = sweep(t, 0)
    far = metres(t, np.zeros(free.size, dtype=np.int32), free)
    # Rows stand in the order of ids, and sorting is stable.
    order = np.argsort(np.where(far == UNKNOWN, np.iinfo(np.int32).max, far), kind="stable")[:most]
    return Answer(
        tuple(
            Near(t.helpers.ids[row], None if m == UNKNOWN else m)
            for row, m in zip(free[order].tolist(), far[order].tolist(), strict=True)
        ),
        histogram,
    )


def _of_day(t: Tables, day: int) -> Tables:
    low, high = day * DAY_MINUTES, (day + 1) * DAY_MINUTES
    helpers = replace(
        t.helpers, open=_between(t.helpers.open, low, high), free=_between(t.helpers.free, low, high)
    )
    return replace(t, helpers=helpers)


def _between(spans: Spans, low: int, high: int) -> Spans:
    """What lies between two minutes of the week, no wider than need be."""
    start, end = np.maximum(spans.start, low), np.minimum(spans.end, high)
    used = start < end
    width = int(used.sum(axis=1).max(initial=0))
    order = np.argsort(~used, axis=1, kind="stable")[:, :width]
    return Spans(
        np.take_along_axis(np.where(used, start, NO_LIMIT).astype(np.int32), order, axis=1),
        np.take_along_axis(np.where(used, end, 0).astype(np.int32), order, axis=1),
    )
