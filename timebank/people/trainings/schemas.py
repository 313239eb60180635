"""What forms and API bodies of dated trainings look like."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.people.trainings.model import Dates, Ending, Held
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line, Version

Training = Annotated[Line, Field(max_length=40)]
Seen = Annotated[Line, Field(max_length=100)]


class TrainingForm(BaseModel):
    """A training from the list, or by another name; its dates; the member's record as it was read."""

    training: Training | None = None
    other: Training | None = None
    done_on: Day
    valid_until: Day
    seen: Seen | None = None
    version: Version

    def dates(self) -> Dates:
        """As the room's own value."""
        return Dates(done_on=self.done_on, valid_until=self.valid_until, seen=self.seen)


class UndateForm(BaseModel):
    """Which training does not end."""

    training: Training
    version: Version


class DatesBody(Schema):
    """When, until when, what was seen; `version` of the member's record."""

    done_on: Day
    valid_until: Day
    seen: Seen | None = None
    version: Version

    def dates(self) -> Dates:
        """As the room's own value."""
        return Dates(done_on=self.done_on, valid_until=self.valid_until, seen=self.seen)


class HeldRow(BaseModel):
    """A training somebody holds; without dates it does not end."""

    training: str
    done_on: date | None
    valid_until: date | None
    seen: str | None

    @classmethod
    def of(cls, one: Held) -> "HeldRow":
        """From the room's own value."""
        dates = one.dates
        return cls(
            training=one.training,
            done_on=dates.done_on if dates else None,
            valid_until=dates.valid_until if dates else None,
            seen=dates.seen if dates else None,
        )


class EndingRow(BaseModel):
    """A training that ends soon, or has ended."""

    member_id: UUID
    number: str
    name: str
    training: str
    valid_until: date

    @classmethod
    def of(cls, one: Ending) -> "EndingRow":
        """From the room's own value."""
        return cls(
            member_id=one.member.id,
            number=one.member.number,
            name=one.member.name,
            training=one.training,
            valid_until=one.valid_until,
        )
