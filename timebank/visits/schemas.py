"""What programs send about visits. Amounts are whole minutes."""

from datetime import time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from timebank.people.model import Category
from timebank.visits.model import (
    MINUTES_MAX,
    SHEET_ROWS_MAX,
    NewPlan,
    PaidBy,
    Served,
    SheetRow,
    Side,
    Status,
)
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Instant, Line, Version

Minutes = Annotated[int, Field(ge=1, le=MINUTES_MAX)]
# 0: it did not take place.
SaidMinutes = Annotated[int, Field(ge=0, le=MINUTES_MAX)]
Number = Annotated[int, Field(ge=1, le=2**53)]
Words = Annotated[Line, Field(max_length=200)]
Note = Annotated[Line, Field(max_length=500)]
# A job's or a member's own provenance is never typed in.
Told = Literal["phone", "desk", "paper"]


class VisitFilter(Schema):
    """Which visits to list; days are included."""

    status: list[Status] = Field(default=[])
    member_id: UUID | None = None
    request_id: UUID | None = None
    pair_id: UUID | None = None
    from_on: Day | None = None
    until_on: Day | None = None
    after: Annotated[str, Field(max_length=300)] | None = None


class NewVisit(Schema):
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


class SeenVisit(Schema):
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


class ServedVisit(Schema):
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


class ServedVisits(Schema):
    """Visits that have happened. `signed` false: only the helper's word is known."""

    rows: Annotated[list[ServedVisit], Field(min_length=1, max_length=SHEET_ROWS_MAX)]
    provenance: Told = "paper"
    signed: bool = True


class TypedLine(Schema):
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


class TypedSheet(Schema):
    """A sheet to look over; `scheme_id` for the lines that were not planned here."""

    rows: Annotated[list[TypedLine], Field(min_length=1, max_length=SHEET_ROWS_MAX)]
    scheme_id: UUID | None = None


class SignedSheet(TypedSheet):
    """A sheet to write down."""

    provenance: Told = "paper"
    signed: bool = True


class BlankLines(Schema):
    """How many blank lines are to be printed."""

    count: Annotated[int, Field(ge=1, le=SHEET_ROWS_MAX)]
