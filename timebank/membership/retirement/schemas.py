"""What forms and API bodies of the retirement checklist look like."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.membership.retirement.model import Done, Item, Retirement
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line, Version

Who = Annotated[Line, Field(max_length=60)]
Note = Annotated[Line, Field(max_length=200)]


class BeginForm(BaseModel):
    """When and from where somebody retired; `version` 0 where no checklist was seen."""

    retired_on: Day
    retired_from: Annotated[Line, Field(max_length=60)] | None = None
    version: Annotated[int, Field(ge=0, le=2**31 - 1)]


class BeginBody(BeginForm, Schema):
    """The same from a program."""


class DoneBody(Schema):
    """An item as it was done, and the checklist's version as it was seen."""

    done_on: Day
    who: Who
    note: Note | None = None
    version: Version

    def done(self) -> Done:
        """As the room's own value."""
        return Done(done_on=self.done_on, who=self.who, note=self.note)


class TickForm(BaseModel):
    """Which item, as it was done."""

    item: Item
    done_on: Day
    who: Who
    note: Note | None = None
    version: Version

    def done(self) -> Done:
        """As the room's own value."""
        return Done(done_on=self.done_on, who=self.who, note=self.note)


class UntickForm(BaseModel):
    """Which item was not done after all."""

    item: Item
    version: Version


class DoneRow(BaseModel):
    """An item as it was done."""

    item: Item
    done_on: date
    who: str
    note: str | None


class RetirementView(BaseModel):
    """A checklist: what was done, what is missing; send `version` back to change it."""

    member_id: UUID
    number: str
    name: str
    retired_on: date
    retired_from: str | None
    done: list[DoneRow]
    missing: list[Item]
    version: int

    @classmethod
    def of(cls, found: Retirement) -> "RetirementView":
        """From the room's own value."""
        return cls(
            member_id=found.member.id,
            number=found.member.number,
            name=found.member.name,
            retired_on=found.retired_on,
            retired_from=found.retired_from,
            done=[
                DoneRow(item=item, done_on=one.done_on, who=one.who, note=one.note)
                for item, one in found.done.items()
            ],
            missing=found.missing,
            version=found.version,
        )
