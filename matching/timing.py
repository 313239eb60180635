"""When a visit can be: windows less commitments, and places for all visits of one helper side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import permutations

from matching.plan import Slot
from matching.problem import DAY_MINUTES, Helper, Limits, Request, Window

PERMUTED_MAX = 6


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """Minutes of the week, half-open, in which a visit may lie; `on` is its day, the first one if weekly."""

    on: date
    start: int
    end: int
    weekly: bool


def week_start(day: date) -> int:
    """The minute of the week at which a day begins."""
    return day.weekday() * DAY_MINUTES


def first_occurrence(window: Window, request: Request, on: date) -> date:
    """The first day, on or after the round and the request's start, on which a weekly window begins."""
    since = on if request.starts_on is None else max(on, request.starts_on)
    return since + timedelta(days=(window.start // DAY_MINUTES - since.weekday()) % 7)


def minus(windows: Sequence[Window], taken: Sequence[Window]) -> tuple[Window, ...]:
    """Windows joined where they touch, less what is taken."""
    joined: list[list[int]] = []
    for w in sorted(windows):
        if joined and w.start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], w.end)
        else:
            joined.append([w.start, w.end])
    for t in taken:
        parts: list[list[int]] = []
        for start, end in joined:
            parts += [[start, min(end, t.start)], [max(start, t.end), end]]
        joined = [[start, end] for start, end in parts if start < end]
    return tuple(Window(start, end) for start, end in joined)


def by_day(windows: Sequence[Window]) -> tuple[Window, ...]:
    """Windows joined, then cut at every midnight."""
    return tuple(
        Window(max(w.start, day), min(w.end, day + DAY_MINUTES))
        for w in minus(windows, ())
        for day in range(w.start // DAY_MINUTES * DAY_MINUTES, w.end, DAY_MINUTES)
    )


def away(helper: Helper, day: date) -> bool:
    return any(a.since <= day < a.until for a in helper.absences)


def openings(helper: Helper, request: Request, on: date, limits: Limits) -> list[Opening]:
    """Everywhere this request could be served by this helper, earliest first; empty if nowhere."""
    free = minus(helper.windows, helper.busy)
    found: list[Opening] = []
    if request.weekly:
        for asked in by_day(request.windows):
            first = first_occurrence(asked, request, on)
            days = [first + timedelta(weeks=i) for i in range(limits.standing_weeks)]
            there = [day for day in days if not away(helper, day)]
            if there and len(days) - len(there) <= limits.missed_weeks_max:
                found += _common(free, asked, request.minutes, there[0], weekly=True)
        return sorted(found)
    for dated in request.dates:
        if dated.on >= on and not away(helper, dated.on):
            base = week_start(dated.on)
            taken = [Window(base + b.start, base + b.end) for b in helper.booked if b.on == dated.on]
            asked = Window(base + dated.start, base + dated.end)
            found += _common(minus(free, taken), asked, request.minutes, dated.on, weekly=False)
    return sorted(found)


def _common(free: Iterable[Window], asked: Window, minutes: int, on: date, *, weekly: bool) -> list[Opening]:
    both = [(max(f.start, asked.start), min(f.end, asked.end)) for f in free]
    return [Opening(on, start, end, weekly) for start, end in both if end - start >= minutes]


def place(wishes: Sequence[tuple[int, Sequence[Opening]]]) -> list[Slot] | None:
    """A slot for each wish (minutes, openings) of one helper so that none overlap, or None.

    Complete up to PERMUTED_MAX wishes: for a given order the earliest start is never worse. Beyond, in order of
    their last end only.
    """
    order = sorted(range(len(wishes)), key=lambda i: max((o.end for o in wishes[i][1]), default=0))
    tries: Iterable[Sequence[int]] = permutations(order) if len(order) <= PERMUTED_MAX else (order,)
    for attempt in tries:
        seated: dict[int, Opening] = {}
        for i in attempt:
            seat = _seat(wishes[i][1], wishes[i][0], list(seated.values()))
            if seat is None:
                break
            seated[i] = seat
        else:
            return [_slot(seated[i]) for i in range(len(wishes))]
    return None


def _seat(options: Sequence[Opening], minutes: int, taken: Sequence[Opening]) -> Opening | None:
    for option in options:
        start = option.start
        for other in sorted(taken, key=lambda o: o.start):
            # Two dated visits meet only on the same day; a weekly one meets whatever falls on its weekday.
            apart = not option.weekly and not other.weekly and option.on != other.on
            if not apart and other.start < start + minutes and start < other.end:
                start = other.end
        if start + minutes <= option.end:
            return Opening(option.on, start, start + minutes, option.weekly)
    return None


def _slot(seat: Opening) -> Slot:
    return Slot(seat.on, seat.start % DAY_MINUTES, seat.end - seat.start, seat.weekly)
