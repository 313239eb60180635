"""What forms and API bodies of the holiday calendar look like."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from timebank.requests.holidays.model import CalendarDay, DayKind, Holiday
from timebank.web.forms import Day


class DayForm(BaseModel):
    """What a day is, and its name."""

    day: Day
    kind: DayKind
    name: Annotated[str, Field(max_length=40)] = ""

    @property
    def holiday(self) -> Holiday:
        """The value."""
        return Holiday(self.kind, self.name)


class OnlyDay(BaseModel):
    """A day to give back."""

    day: Day


class DayBody(BaseModel):
    """What a day is, from a program."""

    model_config = ConfigDict(extra="forbid")

    kind: DayKind
    name: Annotated[str, Field(max_length=40)] = ""


class DayOut(BaseModel):
    """A day of the calendar; `ours`: the district says otherwise than the country."""

    day: date
    kind: DayKind
    name: str
    ours: bool


def day_out(one: CalendarDay) -> DayOut:
    """A day for a program."""
    return DayOut(day=one.day, kind=one.holiday.kind, name=one.holiday.name, ours=one.ours)
