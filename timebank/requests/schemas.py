"""What API bodies of requests look like, and the fields that forms share with them."""

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, field_validator

from timebank.core.errors import N_
from timebank.core.provenance import Provenance
from timebank.people.model import CIRCUMSTANCES, SKILL_LABELS, Category
from timebank.requests.model import (
    ANY_SCHEME,
    AS_RECORDED,
    HELPERS_MAX,
    PREFERRED_MAX,
    Kind,
    RequestView,
    Status,
    Window,
    Wish,
)
from timebank.requests.recurrence.model import EVERY_MAX, OnHolidays, Recurrence
from timebank.requests.recurrence.rules import RHYTHMS, recurrence_of, rrule_text
from timebank.web.bodies import Schema
from timebank.web.forms import Version
from timebank.web.problems import FieldProblem

MORNING, AFTERNOON = (480, 720), (840, 1080)
PARTS = {"morning": MORNING, "afternoon": AFTERNOON, "any": (MORNING[0], AFTERNOON[1])}


def _known_skill(skill: str) -> str:
    if skill not in SKILL_LABELS:
        raise FieldProblem(N_("没有“{skill}”这项技能"), skill=skill)
    return skill


def _known_rhythm(code: str) -> str:
    if code not in RHYTHMS:
        raise FieldProblem(N_("请从列出的选项里选"))
    return code


def _known_circumstance(code: str) -> str:
    if code not in CIRCUMSTANCES:
        raise FieldProblem(N_("没有“{code}”这种情况"), code=code)
    return code


Helpers = Annotated[int, Field(ge=1, le=HELPERS_MAX)]
Rhythm = Annotated[str, AfterValidator(_known_rhythm)]
Circumstance = Annotated[str, AfterValidator(_known_circumstance)]
Skill = Annotated[str, Field(max_length=40), AfterValidator(_known_skill)]
Note = Annotated[str, Field(max_length=500)]
Words = Annotated[str, Field(max_length=60)]
Minutes = Annotated[int, Field(ge=1, le=1440)]


class Seen(BaseModel):
    """A button: which version was on the screen."""

    version: Version


class Because(Seen):
    """A button with a reason."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]


class MaybeBecause(Seen):
    """A button with a reason, if one is given."""

    reason: Annotated[str, Field(max_length=200)] | None = None


class WindowBody(Schema):
    """When help would be welcome: `on_day` or `weekday` (0 = Monday), minutes of the day, half-open."""

    from_minute: Annotated[int, Field(ge=0, le=1439)]
    to_minute: Annotated[int, Field(ge=1, le=1440)]
    on_day: date | None = None
    weekday: Annotated[int, Field(ge=0, le=6)] | None = None


class NewRequest(Schema):
    """An API body that asks for help.

    It comes round `every` so many weeks, or with `nth` on that weekday of the month; an `rrule` (RFC 5545) says
    the same for the weekday of the windows. Without `circumstances` those of the member's record are taken;
    `anyway`: it is another wish, though one like it is open. Only members of `helper_branches` may come, none is
    no limit; with `gives` help goes both ways; `prefers` are helpers, the dearest first.
    """

    member_id: UUID
    scheme_id: UUID | None = None
    category: Category
    kind: Kind = Kind.ONCE
    duration_minutes: Minutes
    starts_on: date
    expires_on: date
    windows: Annotated[list[WindowBody], Field(min_length=1, max_length=14)]
    helpers: Helpers = 1
    helper_branches: Annotated[list[UUID], Field(max_length=20)] = Field(default=[])
    gives: Annotated[list[Category], Field(max_length=10)] = Field(default=[])
    prefers: Annotated[list[UUID], Field(max_length=PREFERRED_MAX)] = Field(default=[])
    every: Annotated[int, Field(ge=1, le=EVERY_MAX)] = 1
    nth: Literal[1, 2, 3, 4, -1] | None = None
    rrule: Annotated[str, Field(max_length=100)] | None = None
    on_holidays: OnHolidays = OnHolidays.GO_ON
    skills: Annotated[list[Skill], Field(max_length=20)] = Field(default=[])
    circumstances: Annotated[list[Circumstance], Field(max_length=20)] | None = None
    priority: Annotated[int, Field(ge=0, le=3)] = 0
    wanted_gender: Literal["female", "male"] | None = None
    wanted_dialect: Words | None = None
    place: Words | None = None
    note: Note | None = None
    provenance: Provenance = Provenance.DESK
    publish: bool = False
    anyway: bool = False

    @field_validator("rrule")
    @classmethod
    def _kept(cls, rrule: str | None, info: ValidationInfo) -> str | None:
        found = None if rrule is None else recurrence_of(rrule)
        if rrule is None:
            return None
        if found is None:
            raise FieldProblem(
                N_(
                    "请写成 FREQ=WEEKLY;INTERVAL=2;BYDAY=WE 或 FREQ=MONTHLY;BYDAY=2WE；到哪天为止写在 expires_on"
                )
            )
        if {window.weekday for window in info.data.get("windows", [])} != {found[1]}:
            raise FieldProblem(N_("BYDAY 要和 windows 的 weekday 一样"))
        if (info.data.get("every"), info.data.get("nth")) not in {(1, None), (found[0].every, found[0].nth)}:
            raise FieldProblem(N_("和 every、nth 不一样；只写一种"))
        return rrule

    def wish(self) -> Wish:
        """The same as a wish."""
        ruled = recurrence_of(self.rrule) if self.rrule else None
        return Wish(
            scheme_id=self.scheme_id or ANY_SCHEME,
            category=self.category,
            kind=self.kind,
            duration_minutes=self.duration_minutes,
            starts_on=self.starts_on,
            expires_on=self.expires_on,
            windows=tuple(Window(w.from_minute, w.to_minute, w.on_day, w.weekday) for w in self.windows),
            skills=tuple(dict.fromkeys(self.skills)),
            circumstances=AS_RECORDED
            if self.circumstances is None
            else tuple(dict.fromkeys(self.circumstances)),
            priority=self.priority,
            wanted_gender=self.wanted_gender,
            wanted_dialect=self.wanted_dialect,
            place=self.place,
            note=self.note,
            helpers=self.helpers,
            helper_branches=tuple(dict.fromkeys(self.helper_branches)),
            gives=tuple(dict.fromkeys(str(code) for code in self.gives)),
            prefers=tuple(self.prefers),
            recurrence=ruled[0] if ruled else Recurrence(self.every, self.nth),
            on_holidays=self.on_holidays,
        )


class RequestBody(BaseModel):
    """A request as the API shows it."""

    id: UUID
    community_id: UUID
    member_id: UUID
    scheme_id: UUID
    category: str
    kind: Kind
    duration_minutes: int
    starts_on: date
    expires_on: date
    windows: list[WindowBody]
    helpers: int
    helper_branches: list[UUID]
    gives: list[str]
    prefers: list[UUID]
    every: int
    nth: int | None
    rrule: str | None
    on_holidays: OnHolidays
    first_on: date | None
    skills: list[str]
    circumstances: list[str]
    priority: int
    wanted_gender: str | None
    wanted_dialect: str | None
    place: str | None
    note: str | None
    status: Status
    status_reason: str | None
    provenance: Provenance
    created_at: datetime
    version: int
    passed_over: int
    last_why: dict[str, int]


class RequestList(BaseModel):
    """A page of requests; `after` asks for the next one."""

    rows: list[RequestBody]
    after: str | None


class Made(BaseModel):
    """The id of what was made."""

    id: UUID


def body_of(view: RequestView) -> RequestBody:
    """A request for a program."""
    wish = view.wish
    return RequestBody(
        id=view.id,
        community_id=view.community_id,
        member_id=view.member_id,
        scheme_id=wish.scheme_id,
        category=wish.category,
        kind=wish.kind,
        duration_minutes=wish.duration_minutes,
        starts_on=wish.starts_on,
        expires_on=wish.expires_on,
        windows=[
            WindowBody(from_minute=w.from_minute, to_minute=w.to_minute, on_day=w.on_day, weekday=w.weekday)
            for w in wish.windows
        ],
        helpers=wish.helpers,
        helper_branches=list(wish.helper_branches),
        gives=list(wish.gives),
        prefers=list(wish.prefers),
        every=wish.recurrence.every,
        nth=wish.recurrence.nth,
        rrule=_rrule(view),
        on_holidays=wish.on_holidays,
        first_on=view.settled.on if view.settled else None,
        skills=list(wish.skills),
        circumstances=list(wish.circumstances),
        priority=wish.priority,
        wanted_gender=wish.wanted_gender,
        wanted_dialect=wish.wanted_dialect,
        place=wish.place,
        note=wish.note,
        status=view.status,
        status_reason=view.status_reason,
        provenance=view.provenance,
        created_at=view.created_at,
        version=view.version,
        passed_over=view.passed_over,
        last_why=dict(view.last_why),
    )


def _rrule(view: RequestView) -> str | None:
    """The rule for other calendars: on the day agreed, or on the first weekday named."""
    if view.wish.kind is Kind.ONCE:
        return None
    weekday = view.settled.on.weekday() if view.settled else view.wish.windows[0].weekday
    return None if weekday is None else rrule_text(view.wish.recurrence, weekday)


def clock_of(minute: int) -> str:
    """A minute of the day as 09:30; the day's end as 23:59, which a time field can hold."""
    return "23:59" if minute == 1440 else f"{minute // 60:02d}:{minute % 60:02d}"


def minute_of(at: time, *, end: bool = False) -> int:
    """A time in minutes since midnight; as an end, 23:59 is the day's."""
    minute = at.hour * 60 + at.minute
    return 1440 if end and minute == 1439 else minute
