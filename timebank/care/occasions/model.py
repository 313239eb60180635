"""Values of the care calendar (关怀慰藉): whose day falls when, and what was done on it.

A greeting: noted → struck   with why, where it was noted wrongly; the occasion is then open again
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.people.model import Brief

# Who is so old stands on the calendar, as does everybody in a hardship tier.
FROM_AGE = 80
WHAT_LENGTH_MAX = 200
NAME_LENGTH_MAX = 60
DAYS_BACK_MAX = 366


class Occasion(StrEnum):
    """What is remembered: New Year and Double Ninth by the lunar calendar, a birthday by either."""

    SPRING_FESTIVAL = "spring_festival"
    DOUBLE_NINTH = "double_ninth"
    BIRTHDAY = "birthday"


class Inclusion(StrEnum):
    """Whether somebody stands on the calendar: as age and tier say, in any case, or not at all."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Reckoning(StrEnum):
    """By which calendar a birthday is kept."""

    LUNAR = "lunar"
    SOLAR = "solar"


@dataclass(frozen=True)
class Choice:
    """What one member wishes of the calendar; where nobody asked, an old birthday is lunar."""

    inclusion: Inclusion = Inclusion.AUTO
    birthday_by: Reckoning = Reckoning.LUNAR


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """What was done for somebody on an occasion: when, what, by whom."""

    occasion: Occasion
    for_on: date
    done_on: date
    what: str
    by_whom: str


@dataclass(frozen=True, kw_only=True)
class GreetingView:
    """A greeting as it was noted."""

    id: UUID
    member_id: UUID
    greeting: Greeting
    noted_at: datetime
    struck_because: str | None


@dataclass(frozen=True, kw_only=True)
class Day:
    """Somebody's day: what, when, how old they are, and what was done for it."""

    member: Brief
    occasion: Occasion
    on: date
    age: int | None
    done: GreetingView | None = None


@dataclass(frozen=True)
class Week:
    """The seven days from `monday`, by day."""

    monday: date
    days: Sequence[Day]

    @property
    def open(self) -> list[Day]:
        """Those for whom nothing was done yet."""
        return [day for day in self.days if day.done is None]


@dataclass(frozen=True)
class Remembered:
    """One member on the calendar: their wish, their next days, and what was done."""

    member: Brief
    choice: Choice
    is_included: bool
    coming: Sequence[Day]
    greetings: Sequence[GreetingView]
