"""Values of visits as programs read them. Amounts are whole minutes."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict

from timebank.core.errors import Text
from timebank.core.provenance import Provenance
from timebank.hours.holds.model import Hold, HoldState
from timebank.hours.holds.rules import last_day
from timebank.visits.model import (
    Move,
    Outcome,
    PaidBy,
    Side,
    Status,
    VisitView,
)
from timebank.visits.service.entering import Entered
from timebank.visits.service.looking import Mine, Row, Story
from timebank.visits.service.sheets import Line as SheetLine

Say = Callable[[Text], str]


class VisitMade(BaseModel):
    """The id of the visit that was planned."""

    id: UUID


class FirstNumber(BaseModel):
    """The first of the numbers that were reserved; they follow one another."""

    first: int


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class StampOut(_Out):
    """An instant, and how it reached us."""

    at: datetime
    source: Provenance


class SaidOut(_Out):
    """Somebody's word for the minutes."""

    minutes: int
    by: UUID
    at: datetime
    source: Provenance


class RefusalOut(_Out):
    """Why the ledger did not post it."""

    code: str
    account_id: UUID | None
    short_minutes: int | None


def _in_order(moves: frozenset[Move]) -> list[Move]:
    return [move for move in Move if move in moves]


class VisitOut(_Out):
    """A visit as it stands; `moves` is what may happen to it now."""

    id: UUID
    number: int
    community_id: UUID
    scheme_id: UUID
    category: str
    request_id: UUID | None
    pair_id: UUID | None
    proposal_id: UUID | None
    helper_id: UUID
    recipient_id: UUID
    planned_from: datetime | None
    planned_until: datetime | None
    served_on: date
    place: str | None
    note: str | None
    status: Status
    status_reason: str | None
    absent: Side | None
    checked_in: StampOut | None
    checked_out: StampOut | None
    claimed: SaidOut | None
    said_minutes: int | None
    confirmed: SaidOut | None
    paid_by: PaidBy | None
    revision: int
    settled_minutes: int | None
    refusal: RefusalOut | None
    provenance: Provenance
    created_at: datetime
    changed_at: datetime
    version: int
    moves: Annotated[list[Move], BeforeValidator(_in_order)]

    @classmethod
    def of(cls, visit: VisitView) -> "VisitOut":
        """From the room's own value."""
        return cls.model_validate(visit)


class OutcomeOut(BaseModel):
    """The visit as it now stands, and whether minutes moved just now; if not, see its `refusal`."""

    visit: VisitOut
    posted: bool

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeOut":
        """From the room's own value."""
        return cls(visit=VisitOut.of(outcome.visit), posted=outcome.posted)


class EnteredOut(BaseModel):
    """How a batch ended, line by line, and how many were posted."""

    outcomes: list[OutcomeOut]
    posted: int

    @classmethod
    def of(cls, entered: Entered) -> "EnteredOut":
        """From the room's own value."""
        return cls(outcomes=[OutcomeOut.of(each) for each in entered.outcomes], posted=entered.posted)


class VisitRow(BaseModel):
    """A visit with the names of its people."""

    visit: VisitOut
    helper: str
    recipient: str

    @classmethod
    def of(cls, row: Row) -> "VisitRow":
        """From the room's own value."""
        return cls(visit=VisitOut.of(row.visit), helper=row.helper.name, recipient=row.recipient.name)


class VisitList(BaseModel):
    """A page of visits; `after` asks for the next one."""

    rows: list[VisitRow]
    after: str | None


class MyVisitsOut(BaseModel):
    """A member's visits: to answer now, to come, and gone by, of which `after` asks for the next page."""

    to_confirm: list[VisitRow]
    coming: list[VisitRow]
    past: list[VisitRow]
    after: str | None

    @classmethod
    def of(cls, mine: Mine) -> "MyVisitsOut":
        """From the room's own value."""
        return cls(
            to_confirm=[VisitRow.of(row) for row in mine.to_confirm],
            coming=[VisitRow.of(row) for row in mine.coming],
            past=[VisitRow.of(row) for row in mine.past.rows],
            after=mine.past.after,
        )


class DisputeOut(_Out):
    """What one side said against the other's minutes, and how it ended."""

    id: UUID
    claimed_minutes: int
    said_minutes: int | None
    words: str | None
    raised_by: UUID
    raised_at: datetime
    raised_source: Provenance
    outcome_minutes: int | None
    reason: str | None
    resolved_by: UUID | None
    resolved_at: datetime | None


class SettlementOut(_Out):
    """One time a visit was posted."""

    revision: int
    transfer_ids: list[UUID]
    minutes: int
    house_version_id: UUID | None
    scheme_version_id: UUID
    settled_by: UUID
    settled_at: datetime
    reversed_by: UUID | None
    reversed_at: datetime | None
    reversed_because: str | None


class HoldOut(BaseModel):
    """What is set aside for a visit, or was last, through `until_on`."""

    id: UUID
    account_id: UUID
    minutes: int
    state: HoldState
    captured_minutes: int
    until_on: date

    @classmethod
    def of(cls, hold: Hold) -> "HoldOut":
        """From the room's own value."""
        return cls(
            id=hold.id,
            account_id=hold.from_account,
            minutes=hold.minutes,
            state=hold.state,
            captured_minutes=hold.captured_minutes,
            until_on=last_day(hold),
        )


class VisitStory(VisitRow):
    """A visit with all that was said and done; `doubts` is what somebody should look at, in words."""

    scheme: str
    disputes: list[DisputeOut]
    settlements: list[SettlementOut]
    doubts: list[str]
    hold: HoldOut | None

    @classmethod
    def told(cls, story: Story, say: Say) -> "VisitStory":
        """From the room's own value, in the reader's language."""
        return cls(
            **dict(VisitRow.of(story.row)),
            scheme=story.scheme.name,
            disputes=[DisputeOut.model_validate(each) for each in story.disputes],
            settlements=[SettlementOut.model_validate(each) for each in story.settlements],
            doubts=[say(text) for text in story.doubts],
            hold=HoldOut.of(story.hold) if story.hold else None,
        )


class PersonOut(_Out):
    """Somebody whom typed words may mean."""

    id: UUID
    number: str
    name: str


class LineProblem(BaseModel):
    """What is wrong with a field of a line."""

    field: str
    detail: str


class UnderstoodLine(BaseModel):
    """A line as it was understood. `row` counts from 1; several `helpers` or `recipients` it may mean."""

    row: int
    helper: PersonOut | None
    recipient: PersonOut | None
    helpers: list[PersonOut]
    recipients: list[PersonOut]
    minutes: int | None
    served_on: date | None
    visit_id: UUID | None
    errors: list[LineProblem]
    doubts: list[str]

    @classmethod
    def of(cls, line: SheetLine, say: Say) -> "UnderstoodLine":
        """From the room's own value, in the reader's language."""
        served = line.served
        return cls(
            row=line.place,
            helper=line.helper and PersonOut.model_validate(line.helper),
            recipient=line.recipient and PersonOut.model_validate(line.recipient),
            helpers=[PersonOut.model_validate(brief) for brief in line.helpers],
            recipients=[PersonOut.model_validate(brief) for brief in line.recipients],
            minutes=served.minutes if served else None,
            served_on=served.served_on if served else None,
            visit_id=served.visit_id if served else None,
            errors=[LineProblem(field=error.field, detail=say(error.text)) for error in line.errors],
            doubts=[say(text) for text in line.doubts],
        )
