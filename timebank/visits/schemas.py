"""What API bodies of visits look like, and what programs read back. Amounts are whole minutes."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from timebank.core.errors import Text
from timebank.core.provenance import Provenance
from timebank.people.model import Category
from timebank.visits.model import (
    MINUTES_MAX,
    SHEET_ROWS_MAX,
    Move,
    NewPlan,
    Outcome,
    PaidBy,
    Served,
    SheetRow,
    Side,
    Status,
    VisitView,
)
from timebank.visits.service.entering import Entered
from timebank.visits.service.looking import Mine, Row, Story
from timebank.visits.service.sheets import Line as SheetLine
from timebank.web.forms import Day, Instant, Line, Version

Say = Callable[[Text], str]
Minutes = Annotated[int, Field(ge=1, le=MINUTES_MAX)]
# 0: it did not take place.
SaidMinutes = Annotated[int, Field(ge=0, le=MINUTES_MAX)]
Number = Annotated[int, Field(ge=1, le=2**53)]
Words = Annotated[Line, Field(max_length=200)]
Note = Annotated[Line, Field(max_length=500)]
# A job's or a member's own provenance is never typed in.
Told = Literal["phone", "desk", "paper"]


class _Body(BaseModel):
    """Unknown fields of a body are refused by name."""

    model_config = ConfigDict(extra="forbid")


class VisitFilter(_Body):
    """Which visits to list; days are included."""

    status: list[Status] = []
    member_id: UUID | None = None
    request_id: UUID | None = None
    pair_id: UUID | None = None
    from_on: Day | None = None
    until_on: Day | None = None
    after: Annotated[str, Field(max_length=300)] | None = None


class NewVisit(_Body):
    """A visit to plan. `anyway`: somebody has looked at what is doubtful."""

    scheme_id: UUID
    category: Category
    helper_id: UUID
    recipient_id: UUID
    planned_from: Instant
    planned_until: Instant
    request_id: UUID | None = None
    place: Words | None = None
    note: Note | None = None
    provenance: Told = "desk"
    anyway: bool = False

    @property
    def plan(self) -> NewPlan:
        """What is to be planned."""
        return NewPlan(**self.model_dump(exclude={"provenance", "anyway"}))


class SeenVisit(_Body):
    """The visit as it was last seen: what somebody changed after `version` is not overwritten."""

    version: Version


class SeenHow(SeenVisit):
    """The same, and how the word reached the desk; a member's own word came by their own hand."""

    provenance: Told = "desk"


class PutOff(SeenVisit):
    """Other times for a planned visit."""

    planned_from: Instant
    planned_until: Instant
    anyway: bool = False


class CalledOff(SeenVisit):
    """Why it is called off. `ask_again`: its request looks for somebody else."""

    reason: Words
    ask_again: bool = False


class NobodyCame(SeenVisit):
    """Which side did not come."""

    absent: Side
    reason: Words | None = None
    ask_again: bool = True


class Claim(SeenHow):
    """How long it took, and on which day if not on the planned one."""

    minutes: Minutes
    served_on: Day | None = None
    note: Note | None = None


class Confirmation(SeenVisit):
    """The claim is right. `minutes`: what the recipient says it was, if anything else."""

    minutes: SaidMinutes | None = None
    words: Words | None = None
    provenance: Told = "phone"


class Objection(Confirmation):
    """The claim is not right; `minutes` 0: it did not take place."""


class Resolution(SeenVisit):
    """How a dispute ends, both sides having been heard; `minutes` null: nothing took place."""

    minutes: Minutes | None
    reason: Words


class Amendment(SeenVisit):
    """A way out where the ledger refused: fewer minutes, or another payer."""

    reason: Words
    minutes: Minutes | None = None
    paid_by: PaidBy | None = None


class Correction(SeenVisit):
    """What a posted visit should have been; `minutes` null: it never took place.

    `forced`: take the minutes back even where they are spent.
    """

    minutes: Minutes | None
    reason: Words
    forced: bool = False


class ServedVisit(_Body):
    """A visit that has happened. `visit_id` where it was planned here, `number` where it stands on a printed line."""

    category: Category
    helper_id: UUID
    recipient_id: UUID
    served_on: Day
    minutes: Minutes
    scheme_id: UUID
    began_at: Instant | None = None
    ended_at: Instant | None = None
    number: Number | None = None
    visit_id: UUID | None = None
    place: Words | None = None
    note: Note | None = None

    @property
    def served(self) -> Served:
        """The row as the room takes it."""
        return Served(**self.model_dump())


class ServedVisits(_Body):
    """Visits that have happened. `signed` false: only the helper's word is known."""

    rows: Annotated[list[ServedVisit], Field(min_length=1, max_length=SHEET_ROWS_MAX)]
    provenance: Told = "paper"
    signed: bool = True


class TypedLine(_Body):
    """A line of a sheet as it was typed; people by number, name or pinyin. Times are of the wall clock."""

    helper: Annotated[str, Field(max_length=60)] = ""
    recipient: Annotated[str, Field(max_length=60)] = ""
    category: Category | None = None
    served_on: Day | None = None
    begin: time | None = None
    end: time | None = None
    minutes: Minutes | None = None
    number: Number | None = None

    @property
    def row(self) -> SheetRow:
        """The line as the room takes it."""
        return SheetRow(**self.model_dump())


class TypedSheet(_Body):
    """A sheet to look over; `scheme_id` for the lines that were not planned here."""

    rows: Annotated[list[TypedLine], Field(min_length=1, max_length=SHEET_ROWS_MAX)]
    scheme_id: UUID | None = None


class SignedSheet(TypedSheet):
    """A sheet to write down."""

    provenance: Told = "paper"
    signed: bool = True


class BlankLines(_Body):
    """How many blank lines are to be printed."""

    count: Annotated[int, Field(ge=1, le=SHEET_ROWS_MAX)]


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


class VisitStory(VisitRow):
    """A visit with all that was said and done; `doubts` is what somebody should look at, in words."""

    scheme: str
    disputes: list[DisputeOut]
    settlements: list[SettlementOut]
    doubts: list[str]

    @classmethod
    def told(cls, story: Story, say: Say) -> "VisitStory":
        """From the room's own value, in the reader's language."""
        return cls(
            **dict(VisitRow.of(story.row)),
            scheme=story.scheme.name,
            disputes=[DisputeOut.model_validate(each) for each in story.disputes],
            settlements=[SettlementOut.model_validate(each) for each in story.settlements],
            doubts=[say(text) for text in story.doubts],
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
