"""What forms and API bodies of the care calendar look like."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.care.occasions.model import (
    NAME_LENGTH_MAX,
    WHAT_LENGTH_MAX,
    Choice,
    Day,
    Greeting,
    GreetingView,
    Inclusion,
    Occasion,
    Reckoning,
    Remembered,
    Week,
)
from timebank.core.errors import N_, FieldError, Invalid, Text
from timebank.web.bodies import Schema
from timebank.web.forms import Day as Date
from timebank.web.forms import Line

Name = Annotated[Line, Field(max_length=NAME_LENGTH_MAX)]
What = Annotated[Line, Field(max_length=WHAT_LENGTH_MAX)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]


class GreetingForm(BaseModel):
    """What was done, as it is typed; `day` is one of the member's days, such as `birthday 2026-10-18`."""

    day: Annotated[str, Field(pattern=r"^[a-z_]{1,40} \d{4}-\d{2}-\d{2}$")]
    done_on: Date
    what: What
    by_whom: Name

    @property
    def greeting(self) -> Greeting:
        """The value. Raises `Invalid` where there is no such day."""
        occasion, _, on = self.day.partition(" ")
        try:
            meant = Occasion(occasion), date.fromisoformat(on)
        except ValueError:
            raise Invalid([FieldError("day", Text(N_("请选一个日子")))]) from None
        return Greeting(
            occasion=meant[0], for_on=meant[1], done_on=self.done_on, what=self.what, by_whom=self.by_whom
        )


class ChoiceForm(BaseModel):
    """What somebody wishes of the calendar."""

    inclusion: Inclusion
    birthday_by: Reckoning

    @property
    def choice(self) -> Choice:
        """The value."""
        return Choice(self.inclusion, self.birthday_by)


class StrikeForm(BaseModel):
    """Why it does not count."""

    reason: Reason


class Filters(BaseModel):
    """The week of which day."""

    on: Date | None = None


class NewGreeting(Schema):
    """What was done for somebody on their day."""

    occasion: Occasion
    for_on: Date
    done_on: Date
    what: What
    by_whom: Name

    @property
    def greeting(self) -> Greeting:
        """The value."""
        return Greeting(**self.model_dump())


class ChoiceBody(Schema):
    """What somebody wishes of the calendar."""

    inclusion: Inclusion = Inclusion.AUTO
    birthday_by: Reckoning = Reckoning.LUNAR

    @property
    def choice(self) -> Choice:
        """The value."""
        return Choice(self.inclusion, self.birthday_by)


class StrikeGreeting(Schema):
    """Why it does not count."""

    reason: Reason


class GreetingBody(BaseModel):
    """A greeting as it was noted; struck out where `struck_because` says why."""

    id: UUID
    occasion: Occasion
    for_on: date
    done_on: date
    what: str
    by_whom: str
    noted_at: datetime
    struck_because: str | None


class DayBody(BaseModel):
    """Somebody's day; `greeting` is what was done for it."""

    member_id: UUID
    number: str
    name: str
    occasion: Occasion
    on: date
    age: int | None
    greeting: GreetingBody | None


class WeekBody(BaseModel):
    """Whose day it is in the seven days from a Monday."""

    monday: date
    open: int
    days: list[DayBody]


class RememberedBody(BaseModel):
    """One member on the calendar: their wish, the days of the year to come, what was done."""

    inclusion: Inclusion
    birthday_by: Reckoning
    is_included: bool
    coming: list[DayBody]
    greetings: list[GreetingBody]


def week_of(week: Week) -> WeekBody:
    """A week for a program."""
    return WeekBody(monday=week.monday, open=len(week.open), days=[_day_of(day) for day in week.days])


def remembered_of(found: Remembered) -> RememberedBody:
    """One member on the calendar, for a program."""
    return RememberedBody(
        inclusion=found.choice.inclusion,
        birthday_by=found.choice.birthday_by,
        is_included=found.is_included,
        coming=[_day_of(day) for day in found.coming],
        greetings=[_greeting_of(view) for view in found.greetings],
    )


def _day_of(day: Day) -> DayBody:
    return DayBody(
        member_id=day.member.id,
        number=day.member.number,
        name=day.member.name,
        occasion=day.occasion,
        on=day.on,
        age=day.age,
        greeting=_greeting_of(day.done) if day.done else None,
    )


def _greeting_of(view: GreetingView) -> GreetingBody:
    said = view.greeting
    return GreetingBody(
        id=view.id,
        occasion=said.occasion,
        for_on=said.for_on,
        done_on=said.done_on,
        what=said.what,
        by_whom=said.by_whom,
        noted_at=view.noted_at,
        struck_because=view.struck_because,
    )
