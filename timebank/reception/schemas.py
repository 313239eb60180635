"""What forms and API bodies of the reception look like."""

import re
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from timebank.core.errors import N_
from timebank.reception.model import HOURS_MAX, About, Move, Opening, Place, Standing, Visitor
from timebank.reception.rules import WEEKDAYS
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Version
from timebank.web.problems import FieldProblem

_LINE = re.compile(r"^(\S+)\s+(\d{1,2})[:：](\d{2})\s*[-–—~至到]\s*(\d{1,2})[:：](\d{2})$")
_NAMES = {name: day for day, name in enumerate(WEEKDAYS)} | {
    name: day for day, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
}
_WORKDAYS = {"工作日": range(5), "每天": range(7), "weekdays": range(5), "daily": range(7)}


def _hours(text: str) -> list[Opening]:
    """Lines such as “周三 9:00-11:30” or “工作日 14:00-17:00”."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        met = _LINE.match(line)
        days = _WORKDAYS.get(met[1].lower()) if met else None
        if met and days is None and met[1].lower() in _NAMES:
            days = range(_NAMES[met[1].lower()], _NAMES[met[1].lower()] + 1)
        begin, end = (int(met[2]) * 60 + int(met[3]), int(met[4]) * 60 + int(met[5])) if met else (0, 0)
        if not met or days is None or int(met[3]) > 59 or int(met[5]) > 59 or end > 1440:
            raise FieldProblem(
                N_("“{line}”看不懂；一行一段，例如“周三 9:00-11:30”或“工作日 14:00-17:00”"), line=line
            )
        found += [Opening(day, begin, end) for day in days]
    return found


def _readable(text: str) -> str:
    _hours(text)
    return text


Name = Annotated[str, Field(min_length=1, max_length=60)]
Address = Annotated[str, Field(max_length=200)]
Note = Annotated[str, Field(max_length=200)]


class PlaceForm(BaseModel):
    """A place, typed at a desk: the hours in lines."""

    name: Name
    address: Address = ""
    note: Note | None = None
    hours: Annotated[str, Field(max_length=1_000), AfterValidator(_readable)] = ""
    closed_on: Day | None = None
    version: Version | None = None

    @property
    def openings(self) -> list[Opening]:
        """The hours as values."""
        return _hours(self.hours)


class LetInForm(BaseModel):
    """Somebody who came in: their name or number, and what for."""

    who: Annotated[str, Field(min_length=1, max_length=60)]
    about: About = About.OTHER


class MoveForm(BaseModel):
    """A button, and which version was on the screen."""

    version: Version


class OpeningBody(Schema):
    """Open on a weekday (0 = Monday) from one minute of the day to another, half-open."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    from_minute: Annotated[int, Field(ge=0, le=1439)]
    to_minute: Annotated[int, Field(ge=1, le=1440)]


class NewPlace(Schema):
    """A place to write down."""

    name: Name
    address: Address = ""
    note: Note | None = None
    hours: Annotated[list[OpeningBody], Field(max_length=HOURS_MAX)] = Field(default=[])

    @property
    def openings(self) -> list[Opening]:
        """The hours as values."""
        return [Opening(one.weekday, one.from_minute, one.to_minute) for one in self.hours]


class ChangedPlace(NewPlace):
    """The same as it was seen, differently; `closed_on` gives it up from a day on."""

    closed_on: Day | None = None
    version: Version


class PlaceBody(BaseModel):
    """A place."""

    id: UUID
    name: str
    address: str
    note: str | None
    hours: list[OpeningBody]
    closed_on: date | None
    version: int

    @classmethod
    def of(cls, place: Place) -> "PlaceBody":
        """From the room's own value."""
        return cls.model_validate(
            {
                **{name: getattr(place, name) for name in cls.model_fields if name != "hours"},
                "hours": [vars(one) for one in place.hours],
            }
        )


class NewVisitor(Schema):
    """Somebody who came in: a name or a member's number."""

    who: Annotated[str, Field(min_length=1, max_length=60)]
    about: About = About.OTHER


class MoveBody(Schema):
    """What happens to somebody who came, as they were seen."""

    what: Move
    version: Version


class VisitorBody(BaseModel):
    """Somebody who came in today."""

    id: UUID
    number: int
    member_id: UUID | None
    name: str
    about: About
    standing: Standing
    came_at: datetime
    called_at: datetime | None
    ended_at: datetime | None
    version: int

    @classmethod
    def of(cls, visitor: Visitor) -> "VisitorBody":
        """From the room's own value."""
        return cls.model_validate(visitor, from_attributes=True)


def hours_typed(place: Place) -> str:
    """The hours as somebody would have typed them."""
    return "\n".join(
        f"{WEEKDAYS[one.weekday]} {one.from_minute // 60}:{one.from_minute % 60:02d}"
        f"-{one.to_minute // 60}:{one.to_minute % 60:02d}"
        for one in place.hours
    )
