"""What forms and API bodies of choices for afterwards and of deaths look like."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.core.provenance import Provenance
from timebank.hours.schemas import Reason
from timebank.membership.deaths.model import Bequest, Look, Said, To, Way
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line, Version

Name = Annotated[Line, Field(max_length=60)]
# The number of the choice that was seen, 0 for none.
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
Source = Literal[Provenance.DESK, Provenance.PHONE, Provenance.PAPER, Provenance.APP]


class BequestForm(BaseModel):
    """To whom the minutes go afterwards; `heir` by number or name, unless it is the pool."""

    to: To
    heir: Annotated[Line, Field(max_length=60)] | None = None
    source: Source = Provenance.DESK
    heard_by: Name
    said_on: Day
    version: Number

    def said(self, heir_id: UUID | None) -> Said:
        """As the room's own value."""
        return Said(
            to=self.to, heir_id=heir_id, source=self.source, heard_by=self.heard_by, said_on=self.said_on
        )


class BequestBody(Schema):
    """The same from a program, the heir by id; `version` 0 where nothing was chosen yet."""

    to: To
    heir_id: UUID | None = None
    source: Source = Provenance.DESK
    heard_by: Name
    said_on: Day
    version: Number

    def said(self) -> Said:
        """As the room's own value."""
        return Said(
            to=self.to,
            heir_id=self.heir_id,
            source=self.source,
            heard_by=self.heard_by,
            said_on=self.said_on,
        )


class DeathForm(BaseModel):
    """Which day, who told us, how the balance goes; `version` of the member's record."""

    died_on: Day
    told_by: Name
    way: Way = Way.AS_CHOSEN
    version: Version


class DeathBody(DeathForm, Schema):
    """The same from a program."""


class SettleForm(BaseModel):
    """How the balance goes; `version` of the death's record."""

    way: Way
    version: Version


class SettleBody(SettleForm, Schema):
    """The same from a program."""


class UndoForm(BaseModel):
    """Why it was a mistake; `forced`: also what the heir has spent is taken back."""

    reason: Reason
    forced: bool = False
    version: Version


class UndoBody(UndoForm, Schema):
    """The same from a program."""


class BequestView(BaseModel):
    """What a member chose last; send `version` back to change it."""

    to: To
    heir_id: UUID | None
    heir_name: str | None
    source: Provenance
    heard_by: str
    said_on: date
    version: int

    @classmethod
    def of(cls, found: Bequest) -> "BequestView":
        """From the room's own value."""
        return cls(
            to=found.said.to,
            heir_id=found.said.heir_id,
            heir_name=found.heir.name if found.heir else None,
            source=found.said.source,
            heard_by=found.said.heard_by,
            said_on=found.said.said_on,
            version=found.number,
        )


class DeathView(BaseModel):
    """A death: what would end, where the balance goes or went. `version` null: none is recorded."""

    member_id: UUID
    status: str
    minutes: int | None
    chosen: BequestView | None
    planned_visits: int
    unsettled_visits: int
    pairs: int
    died_on: date | None
    way: Way | None
    moved_minutes: int | None
    rest_minutes: int | None
    member_version: int
    version: int | None

    @classmethod
    def of(cls, found: Look) -> "DeathView":
        """From the room's own value."""
        death = found.death
        return cls(
            member_id=found.member.id,
            status=found.member.status,
            minutes=found.minutes,
            chosen=BequestView.of(found.bequest) if found.bequest else None,
            planned_visits=found.planned,
            unsettled_visits=found.unsettled,
            pairs=found.pairs,
            died_on=death.died_on if death else None,
            way=death.way if death else None,
            moved_minutes=death.minutes if death else None,
            rest_minutes=death.rest_minutes if death else None,
            member_version=found.member.version,
            version=death.version if death else None,
        )


class Chosen(BaseModel):
    """The number of the choice that holds now."""

    version: int
