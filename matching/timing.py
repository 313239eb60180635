"""When a visit can be: windows less commitments, and places for all visits of one helper side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import permutations

from matching.plan import Slot
from matching.problem import DAY_MINUTES, Helper, Limits, Request, Window

PERMUTED_MAX = 6

Stretch = tuple[int, int]  # minutes of the week, half-open


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


def first_occurrence(minute: int, request: Request, on: date) -> date:
    """The first day, on or after the round and the request's start, with this minute of the week."""
    since = on if request.starts_on is None else max(on, request.starts_on)
    return since + timedelta(days=(minute // DAY_MINUTES - since.weekday()) % 7)


def minus(windows: Iterable[Window], taken: Sequence[Stretch] = ()) -> list[Stretch]:
    """Windows joined where they touch, less what is taken."""
    joined: list[Stretch] = []
    for w in sorted(windows):
        if joined and w.start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], w.end))
        else:
            joined.append((w.start, w.end))
    for a, b in taken:
        joined = [
            (start, end) for s, e in joined for start, end in ((s, min(e, a)), (max(s, b), e)) if start < end
        ]
    return joined


def free_time(helper: Helper) -> list[Stretch]:
    return minus(helper.windows, [(w.start, w.end) for w in helper.busy])


def by_day(windows: Iterable[Window]) -> list[Stretch]:
    """Windows joined, then cut at every midnight."""
    return [
        (max(start, day), min(end, day + DAY_MINUTES))
        for start, end in minus(windows)
        for day in range(start // DAY_MINUTES * DAY_MINUTES, end, DAY_MINUTES)
    ]


def away(helper: Helper, day: date) -> bool:
    return any(a.since <= day < a.until for a in helper.absences)


def openings(helper: Helper, request: Request, on: date, limits: Limits) -> list[Opening]:
    """Everywhere this request could be served by this helper, earliest first; empty if nowhere."""
    found: list[Opening] = []
    if request.weekly:
        free = free_time(helper)
        for asked in by_day(request.windows):
            first = first_occurrence(asked[0], request, on)
            days = [first + timedelta(weeks=i) for i in range(limits.standing_weeks)]
            there = [day for day in days if not away(helper, day)]
            if there and len(days) - len(there) <= limits.missed_weeks_max:
                found += _common(free, asked, request.minutes, there[0], weekly=True)
        return sorted(found)
    for dated in request.dates:
        if dated.on >= on and not away(helper, dated.on):
            base = week_start(dated.on)
            taken = [(w.start, w.end) for w in helper.busy]
            taken += [(base + b.start, base + b.end) for b in helper.booked if b.on == dated.on]
            asked = base + dated.start, base + dated.end
            found += _common(minus(helper.windows, taken), asked, request.minutes, dated.on, weekly=False)
    return sorted(found)


def _common(
    free: Iterable[Stretch], asked: Stretch, minutes: int, on: date, *, weekly: bool
) -> list[Opening]:
    both = [(max(start, asked[0]), min(end, asked[1])) for start, end in free]
    return [Opening(on, start, end, weekly) for start, end in both if end - start >= minutes]


def first_clear(helper: Helper, slot: Slot, limits: Limits) -> Slot:
    """A weekly slot begun in the first week in which she is here and no single visit is planned over it."""
    if not slot.weekly:
        return slot
    for week in range(limits.standing_weeks):
        day = slot.on + timedelta(weeks=week)
        end = slot.start + slot.minutes
        met = any(b.on == day and b.start < end and slot.start < b.end for b in helper.booked)
        if not met and not away(helper, day):
            return replace(slot, on=day)
    return slot


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


def place_held(
    wishes: Sequence[tuple[int, Sequence[Opening]]], agreed: Sequence[Slot | None]
) -> list[Slot] | None:
    """The same, each at the hour agreed if all can be; else one after the other keeps it where all still fit."""
    same = [
        (minutes, _held_at(slot, options)) for (minutes, options), slot in zip(wishes, agreed, strict=True)
    ]
    if (seats := place(same)) is not None:
        return seats
    settled = list(wishes)
    if (seats := place(settled)) is None:
        return None
    for i, kept in enumerate(same):
        tried = [*settled[:i], kept, *settled[i + 1 :]]
        if (fitting := place(tried)) is not None:
            settled, seats = tried, fitting
    return seats


def _held_at(slot: Slot | None, options: Sequence[Opening]) -> Sequence[Opening]:
    """Of these openings that at the hour agreed, if it is still one of them; all without one."""
    if slot is None:
        return options
    begin = week_start(slot.on) + slot.start
    end = begin + slot.minutes
    same = [
        replace(o, start=begin, end=end)
        for o in options
        if o.weekly == slot.weekly and (o.weekly or o.on == slot.on) and o.start <= begin and end <= o.end
    ]
    return same or options


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
