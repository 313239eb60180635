"""What forms and API bodies of applications look like."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.hours.schemas import Reason
from timebank.membership.joining.model import Application, Step, StepKind, Waiting
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line, Version

Note = Annotated[Line, Field(max_length=200)]


class CheckForm(BaseModel):
    """What was checked, and on which day."""

    kind: Literal[StepKind.ID_SEEN, StepKind.HOME_VISITED, StepKind.TALKED]
    on_day: Day
    note: Note | None = None


class CheckBody(CheckForm, Schema):
    """The same from a program."""


class DecideForm(BaseModel):
    """The application as it was seen."""

    version: Version


class ApproveForm(DecideForm):
    """Of which community; it may be next door."""

    community_id: UUID


class DecideBody(DecideForm, Schema):
    """The same from a program."""


class WhyForm(DecideForm):
    """And why."""

    reason: Reason


class WhyBody(WhyForm, Schema):
    """The same from a program."""


class StepRow(BaseModel):
    """One step of an application."""

    id: UUID
    kind: StepKind
    on_day: date
    note: str | None
    by_name: str
    at: datetime

    @classmethod
    def of(cls, step: Step) -> "StepRow":
        """From the room's own value."""
        return cls(
            id=step.id,
            kind=step.kind,
            on_day=step.on_day,
            note=step.note,
            by_name=step.by_name,
            at=step.at,
        )


class ApplicationView(BaseModel):
    """An application: its steps, who agreed, how many must; send `version` back to decide."""

    member_id: UUID
    community_id: UUID
    number: str
    name: str
    status: str
    approvals: int
    approvals_needed: int
    unchecked: list[StepKind]
    refused_because: str | None
    steps: list[StepRow]
    version: int

    @classmethod
    def of(cls, found: Application) -> "ApplicationView":
        """From the room's own value."""
        return cls(
            member_id=found.member.id,
            community_id=found.member.community_id,
            number=found.member.number,
            name=found.member.name,
            status=found.member.status,
            approvals=len(found.approvals),
            approvals_needed=found.approvals_needed,
            unchecked=found.unchecked,
            refused_because=found.refusal.note if found.refusal else None,
            steps=[StepRow.of(step) for step in found.steps],
            version=found.version,
        )


class WaitingRow(BaseModel):
    """An application that waits; `may_approve`: the caller could."""

    community: str
    may_approve: bool
    application: ApplicationView

    @classmethod
    def of(cls, one: Waiting) -> "WaitingRow":
        """From the room's own value."""
        return cls(
            community=one.community,
            may_approve=one.obstacle is None,
            application=ApplicationView.of(one.application),
        )


class Decided(BaseModel):
    """The application's version after the step."""

    version: int
