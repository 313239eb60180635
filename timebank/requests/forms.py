"""What a desk fills in for a request, and what a member chooses."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.core.provenance import Provenance
from timebank.people.model import Category
from timebank.requests.model import (
    ANY_SCHEME,
    AS_RECORDED,
    Kind,
    RequestView,
    Status,
    Window,
    Wish,
)
from timebank.requests.recurrence.model import EVERY_WEEK, OnHolidays
from timebank.requests.recurrence.rules import RHYTHMS, rhythm_of
from timebank.requests.schemas import (
    PARTS,
    Circumstance,
    Helpers,
    Minutes,
    Note,
    Rhythm,
    Skill,
    Words,
    clock_of,
    minute_of,
)
from timebank.web.forms import Version

# Standing requests end after so long, unless a last day is named.
DAYS_WEEKLY = 90


class DeskRequest(BaseModel):
    """What a coordinator fills in while the member is on the telephone: one screen."""

    member_id: UUID
    scheme_id: UUID = ANY_SCHEME
    category: Category
    kind: Kind = Kind.ONCE
    duration_minutes: Minutes
    days: list[date] = Field(default_factory=list, max_length=3)
    weekdays: list[Annotated[int, Field(ge=0, le=6)]] = Field(default_factory=list)
    from_time: time = time(8)
    until_time: time = time(12)
    expires_on: date | None = None
    helpers: Helpers = 1
    helper_branches: list[UUID] = Field(default_factory=list, max_length=20)
    gives: list[Category] = Field(default_factory=list, max_length=10)
    prefers: Annotated[str, Field(max_length=300)] = ""
    rhythm: Rhythm = "weekly"
    on_holidays: OnHolidays = OnHolidays.GO_ON
    skills: list[Skill] = Field(default_factory=list, max_length=20)
    circumstances: list[Circumstance] = Field(default_factory=list, max_length=20)
    priority: Annotated[int, Field(ge=0, le=3)] = 0
    wanted_gender: Literal["female", "male"] | None = None
    wanted_dialect: Annotated[str, Field(max_length=40)] | None = None
    place: Words | None = None
    note: Note | None = None
    provenance: Provenance = Provenance.PHONE
    publish: bool = False
    anyway: bool = False
    version: Version | None = None

    def wish(self, *, today: date, prefers: Sequence[UUID] = ()) -> Wish:
        """The same as a wish. Days count for once, weekdays for weekly; `prefers`: whom its numbers mean."""
        begin, end = minute_of(self.from_time), minute_of(self.until_time, end=True)
        weekly = self.kind is Kind.WEEKLY
        windows = (
            [Window(begin, end, weekday=weekday) for weekday in sorted(set(self.weekdays))]
            if weekly
            else [Window(begin, end, on_day=day) for day in sorted(set(self.days))]
        )
        last = max(self.days, default=today) if not weekly else today + timedelta(days=DAYS_WEEKLY)
        return Wish(
            scheme_id=self.scheme_id,
            category=self.category,
            kind=self.kind,
            duration_minutes=self.duration_minutes,
            starts_on=min([today, *self.days]) if not weekly else today,
            expires_on=self.expires_on or last,
            windows=tuple(windows),
            skills=tuple(dict.fromkeys(self.skills)),
            circumstances=tuple(dict.fromkeys(self.circumstances)),
            priority=self.priority,
            wanted_gender=self.wanted_gender,
            wanted_dialect=self.wanted_dialect,
            place=self.place,
            note=self.note,
            helpers=self.helpers,
            helper_branches=tuple(dict.fromkeys(self.helper_branches)),
            gives=tuple(dict.fromkeys(str(code) for code in self.gives)),
            prefers=tuple(prefers),
            recurrence=RHYTHMS[self.rhythm] if weekly else EVERY_WEEK,
            on_holidays=self.on_holidays,
        )


class MemberRequest(BaseModel):
    """A member's few big choices. `day` is how many days from today; empty: any of the next seven."""

    category: Category
    kind: Kind = Kind.ONCE
    day: Annotated[int, Field(ge=0, le=13)] | None = None
    part: Literal["morning", "afternoon", "any"] = "any"
    duration_minutes: Annotated[int, Field(ge=15, le=480)] = 120
    note: Note | None = None
    anyway: bool = False

    def wish(self, *, today: date) -> Wish:
        """The same as a wish."""
        begin, end = PARTS[self.part]
        end = max(end, min(1440, begin + self.duration_minutes))
        offsets = range(1, 8) if self.day is None else (self.day,)
        days = [today + timedelta(days=offset) for offset in offsets]
        weekly = self.kind is Kind.WEEKLY
        windows = [
            Window(begin, end, weekday=day.weekday()) if weekly else Window(begin, end, on_day=day)
            for day in days
        ]
        expires = today + timedelta(days=DAYS_WEEKLY) if weekly else days[-1]
        return Wish(
            scheme_id=ANY_SCHEME,
            category=self.category,
            kind=self.kind,
            duration_minutes=self.duration_minutes,
            starts_on=today,
            expires_on=expires,
            windows=tuple(windows),
            note=self.note,
            circumstances=AS_RECORDED,
        )


class Filters(BaseModel):
    """What the list is narrowed to."""

    status: Status | None = None
    category: Category | None = None
    member: UUID | None = None
    after: str | None = None


def form_of(view: RequestView, numbers: Mapping[UUID, str]) -> dict[str, object]:
    """What the desk's form holds for a request as it stands; `numbers` are of those whom it prefers."""
    wish = view.wish
    first = wish.windows[0]
    return {
        "member_id": view.member_id,
        "scheme_id": wish.scheme_id,
        "category": wish.category,
        "kind": wish.kind,
        "duration_minutes": wish.duration_minutes,
        "days": [str(w.on_day) for w in wish.windows if w.on_day],
        "weekdays": [w.weekday for w in wish.windows if w.weekday is not None],
        "from_time": clock_of(first.from_minute),
        "until_time": clock_of(first.to_minute),
        "expires_on": wish.expires_on,
        "helpers": wish.helpers,
        "helper_branches": [str(branch) for branch in wish.helper_branches],
        "gives": list(wish.gives),
        "prefers": " ".join(numbers.get(one, "") for one in wish.prefers),
        "rhythm": rhythm_of(wish.recurrence) or "weekly",
        "on_holidays": wish.on_holidays,
        "skills": list(wish.skills),
        "circumstances": list(wish.circumstances),
        "priority": wish.priority,
        "wanted_gender": wish.wanted_gender,
        "wanted_dialect": wish.wanted_dialect,
        "place": wish.place,
        "note": wish.note,
        "provenance": view.provenance,
        "version": view.version,
    }
