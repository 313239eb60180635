"""The rules and the points read plainly, one pair at a time, for the checker; no code is shared with the solvers."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import reduce
from operator import or_

from matching.plan import Slot, Terms
from matching.problem import Choice, Helper, Position, Problem, Request, Tie, Window
from matching.reasons import Reason

DAY = 1440
EARTH_M = 6_371_008.8


def reasons(problem: Problem, r: Request, h: Helper) -> Reason:
    """Every reason why this helper may not take this request, rule by rule."""
    return _rules(problem, r, h) | _hours(problem, r, h)


def may(problem: Problem, r: Request, h: Helper) -> bool:
    """Is there no reason against it? The hours are read last, since they take longest."""
    return not _rules(problem, r, h) and not _hours(problem, r, h)


def _rules(problem: Problem, r: Request, h: Helper) -> Reason:
    """All reasons but those of hours."""
    far = metres_between(r.position, h.position)
    bounds = [problem.limits.radius_m] + [x for x in (r.reach_m, h.reach_m) if x is not None]
    rules = {
        Reason.STATUS: not h.active,
        Reason.SELF: h.id == r.recipient,
        Reason.CONSENT: not r.consents <= h.consents,
        Reason.SKILL: not r.skills <= h.skills,
        Reason.TRAINING: not r.trainings <= h.trainings,
        Reason.AGE: not _ages(r, h),
        Reason.GENDER: r.helper_gender not in (None, h.gender)
        or h.helps_only not in (None, r.recipient_gender),
        Reason.DIALECT: r.dialect_required and not r.dialects & h.dialects,
        Reason.DO_NOT_PAIR: Tie(h.id, r.recipient) in problem.do_not_pair,
        Reason.FORBIDDEN: Choice(r.id, h.id) in problem.forbidden,
        Reason.DECLINED: Choice(r.id, h.id) in problem.declined,
        Reason.DISTANCE: far is not None and far > min(bounds),
        Reason.CIRCUMSTANCE: bool(r.circumstances & h.avoids),
        Reason.EXCHANGE: r.two_way and not h.asks & r.gives,
        Reason.BRANCH: bool(r.helper_branches) and h.branch not in r.helper_branches,
        Reason.WEEK_FULL: h.visits_left < 1 or h.minutes_left < r.minutes,
    }
    return reduce(or_, (reason for reason, refuses in rules.items() if refuses), Reason.NONE)


def _ages(r: Request, h: Helper) -> bool:
    if r.recipient_age_min is not None and (r.recipient_age is None or r.recipient_age < r.recipient_age_min):
        return False
    if r.helper_age_min is None and r.helper_age_max is None:
        return True
    return h.age is not None and (r.helper_age_min or 0) <= h.age <= (
        math.inf if r.helper_age_max is None else r.helper_age_max
    )


def metres_between(a: Position | None, b: Position | None) -> int | None:
    if a is None or b is None:
        return None
    p, q = math.radians(a.lat), math.radians(b.lat)
    half = math.sin((q - p) / 2) ** 2
    half += math.cos(p) * math.cos(q) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    return round(2 * EARTH_M * math.asin(math.sqrt(min(1.0, half))))


def minutes_between(start: int, end: int) -> int:
    """A set of minutes as one long number: bit m is minute m of the week."""
    return ((1 << (end - start)) - 1) << start


def union(windows: Iterable[Window]) -> int:
    return reduce(or_, (minutes_between(w.start, w.end) for w in windows), 0)


def _runs(minutes: int, length: int) -> bool:
    """Is there an unbroken stretch of so many minutes?"""
    have = 1
    while have < length and minutes:
        step = min(have, length - have)
        minutes &= minutes >> step
        have += step
    return minutes != 0


def _hours(problem: Problem, r: Request, h: Helper) -> Reason:
    """ABSENT if away for all that is asked; WINDOW and BOOKED over the rest, or over all if away for all."""
    options = list(_weekly_options(problem, r, h) if r.weekly else _dated_options(problem, r, h))
    absent = bool(options) and all(away for _, away, _ in options)
    counted = [(asked, 0 if absent else booked) for asked, away, booked in options if absent or not away]
    home, busy = union(h.windows), union(h.busy)
    found = Reason.ABSENT if absent else Reason.NONE
    if not any(_runs(asked & home, r.minutes) for asked, _ in counted):
        return found | Reason.WINDOW
    if not any(_runs(asked & home & ~busy & ~booked, r.minutes) for asked, booked in counted):
        return found | Reason.BOOKED
    return found


def _weekly_options(problem: Problem, r: Request, h: Helper) -> Iterator[tuple[int, bool, int]]:
    """For each weekday asked for: its minutes, whether she misses too many of them, nothing booked."""
    asked = union(r.windows)
    since = max(problem.on, r.starts_on or problem.on)
    for ahead in range(7):
        day = since + timedelta(days=ahead)
        base = (day.isoweekday() - 1) * DAY
        of_day = asked & minutes_between(base, base + DAY)
        weeks = [day + timedelta(days=7 * i) for i in range(problem.limits.standing_weeks)]
        missed = sum(any(a.since <= week < a.until for a in h.absences) for week in weeks)
        if of_day:
            yield of_day, missed > problem.limits.missed_weeks_max or missed == len(weeks), 0


def _dated_options(problem: Problem, r: Request, h: Helper) -> Iterator[tuple[int, bool, int]]:
    for d in r.dates:
        if d.on >= problem.on:
            base = (d.on.isoweekday() - 1) * DAY
            booked = [minutes_between(base + b.start, base + b.end) for b in h.booked if b.on == d.on]
            away = any(a.since <= d.on < a.until for a in h.absences)
            yield minutes_between(base + d.start, base + d.end), away, reduce(or_, booked, 0)


def room(problem: Problem, r: Request, h: Helper, kept: Iterable[Slot]) -> bool:
    """Could she come to this request beside visits that stay where they are?"""
    kept = tuple(kept)
    free = union(h.windows) & ~union(h.busy)
    if r.weekly:
        for asked, away, _ in _weekly_options(problem, r, h):
            taken = reduce(or_, (_of_week(slot) for slot in kept), 0)
            if not away and _runs(asked & free & ~taken, r.minutes):
                return True
        return False
    for d in r.dates:
        if d.on < problem.on or any(a.since <= d.on < a.until for a in h.absences):
            continue
        base = _monday(d.on)
        taken = reduce(
            or_, (minutes_between(base + b.start, base + b.end) for b in h.booked if b.on == d.on), 0
        )
        taken |= reduce(or_, (_of_week(slot) for slot in kept if slot.weekly or slot.on == d.on), 0)
        if _runs(minutes_between(base + d.start, base + d.end) & free & ~taken, r.minutes):
            return True
    return False


def _monday(day: date) -> int:
    """Minutes from the beginning of the week to that of the day."""
    return (day.isoweekday() - 1) * DAY


def _of_week(slot: Slot) -> int:
    start = _monday(slot.on) + slot.start
    return minutes_between(start, start + slot.minutes)


def visits_before(problem: Problem) -> dict[Tie, int]:
    """How often a helper has been to a recipient."""
    return {Tie(p.helper, p.recipient): p.visits for p in problem.past}


def points(problem: Problem, r: Request, h: Helper, met: Mapping[Tie, int]) -> Terms:
    """What this pair is worth, term by term: thousandths of each weight, rounded down. `met` is `visits_before`."""
    far = metres_between(r.position, h.position)
    tie, choice = Tie(h.id, r.recipient), Choice(r.id, h.id)
    visits = met.get(tie, 0)
    spare = _longest(problem, r, h) - r.minutes
    parts = {
        "distance": 250 if far is None else 1_000_000 // (1_000 + far),
        "community": 1_000 * (r.community == h.community),
        "branch": 1_000 * (r.branch is not None and r.branch == h.branch),
        "overlap": max(0, min(1_000, spare * 1_000 // (4 * r.minutes))),
        "continuity": 1_000 if tie in problem.standing else min(800, 200 * visits),
        "dialect": 1_000 * bool(r.dialects & h.dialects),
        "interests": min(1_000, 500 * len(r.interests & h.interests)),
        "load": 1_000 // (1 + h.load),
        "agreed": 1_000 * (choice in problem.agreed),
        "offered": 1_000 * (choice in problem.offered),
    }
    return Terms(**{name: part * getattr(problem.weights, name) // 1_000 for name, part in parts.items()})


def _longest(problem: Problem, r: Request, h: Helper) -> int:
    """Minutes of the longest stretch on one day that she has free of weekly commitments and the request asks for."""
    free = union(h.windows) & ~union(h.busy)
    if r.weekly:
        asked = union(r.windows)
        common = [(asked & free) >> day * DAY & minutes_between(0, DAY) for day in range(7)]
    else:
        of = [(_monday(d.on), d) for d in r.dates if d.on >= problem.on]
        common = [free >> base + d.start & minutes_between(0, d.end - d.start) for base, d in of]
    return max((len(run) for both in common if both for run in f"{both:b}".split("0") if run), default=0)
