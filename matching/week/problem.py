"""What a week is planned from: a round of dated requests, the ways between them, and how helpers rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

from matching.errors import BadProblem
from matching.problem import DAY_MINUTES, Mode, Problem, Request

WEEK_DAYS = 7
VISITS_MAX = 8_000
PLACES_MAX = 20_000
TOGETHER_MAX = 2


@dataclass(frozen=True, slots=True)
class Travel:
    """Ways between homes: the great circle, `detour_percent` as long, at `metres_per_minute`.

    A way takes whole minutes, rounded up, and never more than a day.
    """

    metres_per_minute: int = 70
    detour_percent: int = 130

    def __post_init__(self) -> None:
        # So a metre takes a minute at most, and what rounding takes off two ways, but not off the one in their place,
        # is no longer than a visit between them.
        if self.metres_per_minute < 10:
            raise BadProblem("metres_per_minute", "travel", self.metres_per_minute, "10 or more")
        if not 100 <= self.detour_percent <= 1000:
            raise BadProblem("detour_percent", "travel", self.detour_percent, "100 … 1000")


@dataclass(frozen=True, slots=True)
class Pause:
    """After no more than `stretch` minutes of visits and of ways between them, `minutes` of rest.

    A wait that long is a rest. The way from home and back is no work.
    """

    stretch: int
    minutes: int

    def __post_init__(self) -> None:
        for name in ("stretch", "minutes"):
            _of_a_day(name, "pause", getattr(self, name))


@dataclass(frozen=True, slots=True)
class Midday:
    """On a day with visits, `minutes` of rest in one piece between `start` and `end`, minutes since midnight."""

    start: int
    end: int
    minutes: int

    def __post_init__(self) -> None:
        _of_a_day("minutes", "midday", self.minutes)
        if not 0 <= self.start <= self.end - self.minutes <= DAY_MINUTES:
            raise BadProblem("midday", "rest", (self.start, self.end), f"room for {self.minutes} minutes")


Rest = Pause | Midday


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from `round.on`, each of whose requests is one visit on one of its dates, by one helper or two.

    Two come together: at the same time, both or neither. A visit is worth 1 + its priority. `known_minutes` of way
    are gone for each place filled by somebody of a standing pair (`round.standing`) or already agreed
    (`round.agreed`). A helper's `minutes_left` and `visits_left` bound her week; the ways are not counted in it.
    Every rule of eligibility holds. Everybody has a position; where a home is unknown, the caller says which place
    stands for it. Pins, links, head counts, teams who come one by one and the stable mode are no part of a week, and
    refused; how long somebody waits, load, scores and preferences count for nothing.
    """

    round: Problem
    travel: Travel = field(default_factory=Travel)
    rests: Mapping[UUID, Rest] = field(default_factory=lambda: MappingProxyType({}))
    known_minutes: int = 30

    def __post_init__(self) -> None:
        object.__setattr__(self, "rests", MappingProxyType(dict(self.rests)))
        if self.round.pins:
            raise BadProblem("pins", "week", len(self.round.pins), "none")
        if self.round.mode is not Mode.BEST:
            raise BadProblem("mode", "week", self.round.mode.value, f"{Mode.BEST.value!r}")
        if len(self.round.requests) > VISITS_MAX:
            raise BadProblem("visits", "week", len(self.round.requests), f"at most {VISITS_MAX}")
        if len(self.round.requests) + len(self.round.helpers) > PLACES_MAX:
            raise BadProblem(
                "people", "week", len(self.round.helpers), f"at most {PLACES_MAX} with the visits"
            )
        if not 0 <= self.known_minutes <= DAY_MINUTES:
            raise BadProblem("known_minutes", "week", self.known_minutes, f"0 … {DAY_MINUTES}")
        for helper in self.round.helpers:
            if helper.position is None:
                raise BadProblem("position", helper.id, None, "known")
        for request in self.round.requests:
            _served(request)
            _dated(request, self)


def weight(request: Request) -> int:
    """What it is worth to serve a visit."""
    return 1 + request.priority


def _served(request: Request) -> None:
    """Of the shapes of a request a week knows one helper, or two at one time."""
    if request.demand > TOGETHER_MAX:
        raise BadProblem("demand", request.id, request.demand, f"at most {TOGETHER_MAX} in a week")
    if request.least < request.demand:
        raise BadProblem("demand_min", request.id, request.demand_min, "none in a week: all come or nobody")
    if request.demand > 1 and not request.together:
        raise BadProblem("together", request.id, request.together, "true in a week: ask for each by herself")
    if request.link is not None:
        raise BadProblem("link", request.id, request.link, "none in a week")


def _dated(request: Request, week: Week) -> None:
    if request.position is None:
        raise BadProblem("position", request.id, None, "known")
    if request.weekly:
        raise BadProblem("windows", request.id, request.windows, "none: a visit of a week has dates")
    last = week.round.on + timedelta(days=WEEK_DAYS - 1)
    for window in request.dates:
        if not week.round.on <= window.on <= last:
            raise BadProblem("dates", request.id, window.on, f"{week.round.on} … {last}")


def _of_a_day(name: str, subject: str, value: int) -> None:
    if not 1 <= value <= DAY_MINUTES:
        raise BadProblem(name, subject, value, f"1 … {DAY_MINUTES}")
