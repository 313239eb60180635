"""What a round is decided from: helpers, requests, what is already agreed, and the weights."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from matching.errors import BadProblem

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
VISIT_MINUTES_MAX = DAY_MINUTES
COUNT_MAX = 1_000_000


class Mode(StrEnum):
    BEST = "best"  # as many as can be, then fairly, then well
    STABLE = "stable"  # no two who are parted would rather have each other


class Gender(StrEnum):
    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A weekly window, half-open, in minutes since Monday 00:00; one that passes Sunday midnight is two."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= WEEK_MINUTES:
            raise BadProblem("window", "week", (self.start, self.end), f"0 ≤ start < end ≤ {WEEK_MINUTES}")


@dataclass(frozen=True, slots=True, order=True)
class DatedWindow:
    """A window on one day, half-open, in minutes since that day's midnight."""

    on: date
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= DAY_MINUTES:
            raise BadProblem("window", self.on, (self.start, self.end), f"0 ≤ start < end ≤ {DAY_MINUTES}")


@dataclass(frozen=True, slots=True, order=True)
class Absence:
    """Away from `since` to `until`, half-open: back on `until`."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise BadProblem("absence", self.since, self.until, "a date after its start")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Degrees, WGS 84; a grid cell's middle is as good as a home."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise BadProblem("position", "earth", (self.lat, self.lon), "a latitude and longitude in degrees")


@dataclass(frozen=True, slots=True)
class Helper:
    """A member who may help. `None` and empty mean unknown or no wish.

    `busy` are weekly commitments (standing pairs), `booked` single visits already planned; both are taken off
    `windows`. `minutes_left` and `visits_left` bound what this round may give her; `load` is what she did lately,
    in visits. `reach_m` is as far as she will go, `avoids` the circumstances she cannot take; `asks` what she would
    like in return, any one of it (see `Request.two_way`). `prefers` are recipients, the dearest first.
    """

    id: UUID
    community: UUID
    branch: UUID | None = None
    position: Position | None = None
    reach_m: int | None = None
    gender: Gender | None = None
    helps_only: Gender | None = None
    age: int | None = None
    skills: frozenset[str] = frozenset()
    trainings: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()
    dialects: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    avoids: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    prefers: tuple[UUID, ...] = ()
    windows: tuple[Window, ...] = ()
    busy: tuple[Window, ...] = ()
    booked: tuple[DatedWindow, ...] = ()
    absences: tuple[Absence, ...] = ()
    active: bool = True
    minutes_left: int = WEEK_MINUTES
    visits_left: int = 1
    load: int = 0

    def __post_init__(self) -> None:
        for name in ("windows", "busy", "booked", "absences"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        for name in ("minutes_left", "visits_left", "load", "reach_m", "age"):
            _count(name, self.id, getattr(self, name))
        _once("prefers", sorted(self.prefers))


@dataclass(frozen=True, slots=True)
class Request:
    """A published wish for help, with what its recipient and its policy ask of a helper.

    Weekly if it has `windows` (first visit on or after `starts_on`), one-off if it has `dates`; never both.
    `minutes` is the length of one visit, which begins and ends on one day. All of `skills`, `trainings` and `consents` are required; a common
    dialect only if `dialect_required`. `priority` counts up with need; `passed_over` is in how many rounds it went
    unserved though somebody was eligible.

    `demand` is how many helpers: `demand_min` of them at least (all, if None) or nobody. They come `together`, once
    and at one time; if not, each comes at a time of her own, which may be weekly. Requests of one `link` are all
    served or none is, and those of them that come together come at the same time.

    `two_way`: help goes both ways, so only who asks for something that the recipient `gives` may come.
    `helper_branches`: only who belongs to one of them may come; empty is no limit. `prefers` are helpers, the dearest
    first.
    """

    id: UUID
    recipient: UUID
    community: UUID
    minutes: int
    windows: tuple[Window, ...] = ()
    starts_on: date | None = None
    dates: tuple[DatedWindow, ...] = ()
    branch: UUID | None = None
    position: Position | None = None
    reach_m: int | None = None
    skills: frozenset[str] = frozenset()
    trainings: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()
    dialects: frozenset[str] = frozenset()
    dialect_required: bool = False
    interests: frozenset[str] = frozenset()
    circumstances: frozenset[str] = frozenset()
    recipient_gender: Gender | None = None
    recipient_age: int | None = None
    recipient_age_min: int | None = None
    helper_gender: Gender | None = None
    helper_age_min: int | None = None
    helper_age_max: int | None = None
    priority: int = 0
    waiting_days: int = 0
    passed_over: int = 0
    demand: int = 1
    demand_min: int | None = None
    together: bool = True
    link: UUID | None = None
    two_way: bool = False
    gives: frozenset[str] = frozenset()
    helper_branches: frozenset[UUID] = frozenset()
    prefers: tuple[UUID, ...] = ()

    def __post_init__(self) -> None:
        for name in ("windows", "dates"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        if bool(self.windows) == bool(self.dates):
            raise BadProblem("windows", self.id, "both or none", "either weekly windows or dates")
        if not 1 <= self.minutes <= VISIT_MINUTES_MAX:
            raise BadProblem("minutes", self.id, self.minutes, f"1 … {VISIT_MINUTES_MAX}")
        if self.demand < 1:
            raise BadProblem("demand", self.id, self.demand, "1 or more")
        if not 1 <= self.least <= self.demand:
            raise BadProblem("demand_min", self.id, self.demand_min, "1 … demand")
        for name in ("recipient_age", "recipient_age_min", "helper_age_min", "helper_age_max", "reach_m"):
            _count(name, self.id, getattr(self, name))
        for name in ("priority", "waiting_days", "passed_over"):
            _count(name, self.id, getattr(self, name))
        _once("prefers", sorted(self.prefers))

    @property
    def weekly(self) -> bool:
        return bool(self.windows)

    @property
    def least(self) -> int:
        return self.demand if self.demand_min is None else self.demand_min

    @property
    def meets(self) -> bool:
        """Whoever comes, comes at one time for all."""
        return self.together and (self.demand > 1 or self.link is not None)


@dataclass(frozen=True, slots=True, order=True)
class Tie:
    """A helper and a recipient, as people: a standing pair, or two who must not be paired."""

    helper: UUID
    recipient: UUID


@dataclass(frozen=True, slots=True, order=True)
class Past:
    """How often this helper has visited this recipient."""

    helper: UUID
    recipient: UUID
    visits: int

    def __post_init__(self) -> None:
        _count("visits", self.helper, self.visits)


@dataclass(frozen=True, slots=True, order=True)
class Choice:
    """A helper for a request: pinned, forbidden, declined, agreed, or offered by the helper."""

    request: UUID
    helper: UUID


@dataclass(frozen=True, slots=True)
class Weights:
    """The most points each term of a score can give; together 1,000 without `agreed`, which is stickiness, and
    `offered`, which is the helper's own wish.
    """

    distance: int = 300
    community: int = 80
    branch: int = 120
    overlap: int = 60
    continuity: int = 250
    dialect: int = 100
    interests: int = 50
    load: int = 40
    agreed: int = 200
    offered: int = 120

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            _count(name, "weights", getattr(self, name))


@dataclass(frozen=True, slots=True)
class Limits:
    """How a round is conducted.

    `radius_m` bounds every distance. `days_per_priority` of waiting weigh as much as one step of priority, and a
    request passed over `patience_rounds` times goes before all others. A helper's next visit costs one more with
    each of `load_steps` it passes. A weekly helper may miss `missed_weeks_max` of the first `standing_weeks`.
    At least `candidates_min` eligible helpers are kept for each request (more, up to `candidates_total` in all).
    """

    radius_m: int = 10_000
    days_per_priority: int = 28
    patience_rounds: int = 4
    load_steps: tuple[int, ...] = (1, 3, 6, 10)
    standing_weeks: int = 8
    missed_weeks_max: int = 2
    candidates_min: int = 32
    candidates_total: int = 300_000

    def __post_init__(self) -> None:
        object.__setattr__(self, "load_steps", tuple(sorted(self.load_steps)))
        for name in ("days_per_priority", "patience_rounds", "missed_weeks_max"):
            _count(name, "limits", getattr(self, name))
        for name in ("candidates_min", "standing_weeks", "radius_m", "candidates_total"):
            if getattr(self, name) < 1:
                raise BadProblem(name, "limits", getattr(self, name), "1 or more")


@dataclass(frozen=True, slots=True)
class Problem:
    """One round. Order of input does not matter: everything is kept sorted by id.

    People and requests named in `standing`, `past`, `do_not_pair`, `declined`, `forbidden`, `agreed` and `offered` who are not
    in the round are ignored; in `pins` they are an error. `prefers` of helpers and requests count in the stable mode
    only; whom they do not name comes after, by score.
    """

    on: date
    helpers: tuple[Helper, ...]
    requests: tuple[Request, ...]
    standing: frozenset[Tie] = frozenset()
    past: tuple[Past, ...] = ()
    do_not_pair: frozenset[Tie] = frozenset()
    declined: frozenset[Choice] = frozenset()
    forbidden: frozenset[Choice] = frozenset()
    agreed: frozenset[Choice] = frozenset()
    offered: frozenset[Choice] = frozenset()
    pins: frozenset[Choice] = frozenset()
    weights: Weights = field(default_factory=Weights)
    limits: Limits = field(default_factory=Limits)
    mode: Mode = Mode.BEST

    def __post_init__(self) -> None:
        object.__setattr__(self, "helpers", tuple(sorted(self.helpers, key=lambda h: h.id)))
        object.__setattr__(self, "requests", tuple(sorted(self.requests, key=lambda r: r.id)))
        object.__setattr__(self, "past", tuple(sorted(self.past)))
        _once("helpers", (h.id for h in self.helpers))
        _once("requests", (r.id for r in self.requests))
        _once("past", (Tie(p.helper, p.recipient) for p in self.past))
        _link(self.requests)


def urgency(request: Request, limits: Limits) -> int:
    """How far in front a request stands: priority, waiting days, and patience that has run out.

    Only the order of these numbers matters to who is served.
    """
    age = request.priority * limits.days_per_priority + request.waiting_days
    # Past its patience a request goes before every one that is not, whatever their priority.
    overdue = COUNT_MAX * (limits.days_per_priority + 1) + COUNT_MAX if _overdue(request, limits) else 0
    return 1 + age + overdue


def _overdue(request: Request, limits: Limits) -> bool:
    return request.passed_over >= limits.patience_rounds > 0


def _count(name: str, subject: object, value: int | None) -> None:
    if value is not None and not 0 <= value <= COUNT_MAX:
        raise BadProblem(name, subject, value, f"0 … {COUNT_MAX}")


def _link(requests: Iterable[Request]) -> None:
    first: dict[UUID, Request] = {}
    for r in requests:
        if r.link is not None and r.together:
            one = first.setdefault(r.link, r)
            if r.weekly or (r.dates, r.minutes) != (one.dates, one.minutes):
                raise BadProblem("link", r.id, r.link, "of the same dates and minutes, or not together")


def _once(name: str, ids: Iterable[object]) -> None:
    before: object = None
    for one in ids:
        if one == before:
            raise BadProblem(name, one, one, "named once")
        before = one
