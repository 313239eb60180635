"""What forms and API bodies of joining and importing look like."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.hours.schemas import Reason
from timebank.membership.model import ROWS_MAX, CardFate, FileKind, Outcome, Signed, Stage
from timebank.people.model import Status
from timebank.people.schemas import Line, MemberForm, ReasonForm
from timebank.web.bodies import Schema
from timebank.web.forms import Version

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
People = Annotated[int, Field(ge=0, le=ROWS_MAX)]
LEFT_OUT = "-"


class NewMemberForm(MemberForm):
    """A person to take in: as a member, as one whose application waits, or only to be helped."""

    status: Literal["applied", "active", "served"] = "active"
    via: Literal["phone", "paper", "desk"] = "desk"


class MoveForm(BaseModel):
    """Where a membership goes, as the record was read at `version`."""

    to: Status
    version: Version


class MoveBody(MoveForm, Schema):
    """The same from a program."""


class ColumnsForm(BaseModel):
    """Headers and what each means, in the same order; `-` leaves a column out."""

    header: Annotated[list[Annotated[Line, Field(max_length=200)]], Field(max_length=100)]
    field: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=100)]


class ApplyForm(BaseModel):
    """The preview that was seen."""

    digest: Digest


class SignOffForm(ApplyForm):
    """The preview that was seen, and what the coordinator reads off the paper: people, hours, minutes."""

    people: People
    total_hours: Annotated[int, Field(ge=0, le=10_000_000)]
    total_minutes: Annotated[int, Field(ge=0, le=59)] = 0

    def signed(self) -> Signed:
        """What was read off the paper."""
        return Signed(people=self.people, minutes=self.total_hours * 60 + self.total_minutes)


class TakeBackForm(BaseModel):
    """Why an opening balance is taken back."""

    reason: Reason


class ChangeRow(BaseModel):
    """A field before and after."""

    field: str
    before: list[str]
    after: list[str]


class WhichOther(BaseModel):
    """The other record, in words or by its id, and which of the two is kept."""

    other: Annotated[Line, Field(max_length=60)] | None = None
    keep: UUID | None = None


class MergeForm(BaseModel):
    """The two records as they were read, which of them is kept, and why."""

    other: UUID
    keep: UUID
    version: Version
    kept_version: Version
    reason: Reason


class MergeBody(Schema):
    """Into which record this one goes, as both were read, and why."""

    into: UUID
    version: Version
    kept_version: Version
    reason: Reason


class MergeView(BaseModel):
    """What merging would do; with `obstacles` it can't be done. `minutes` null: the ended one has no account."""

    kept_id: UUID
    kept_version: int
    ended_id: UUID
    version: int
    minutes: int | None
    visits: int
    requests: int
    offers: int
    proposals: int
    pairs: int
    card: CardFate
    changes: list[ChangeRow]
    obstacles: list[str]


class AlikeRow(BaseModel):
    """Two records that may be one person's."""

    name: str
    one_id: UUID
    one_number: str
    other_id: UUID
    other_number: str


class Merged(BaseModel):
    """The record that was kept."""

    id: UUID


class ExportForm(ReasonForm):
    """As what a roster with ID numbers in full is wanted, and why."""

    kind: FileKind = FileKind.XLSX


class ExportBody(ExportForm, Schema):
    """The same from a program."""


class ShowRows(BaseModel):
    """Which rows of a preview to look at."""

    show: Outcome | None = None
    after: Annotated[int, Field(ge=0)] = 0


class NamedBody(Schema):
    """What a header means; an empty field leaves the column out."""

    header: Annotated[Line, Field(min_length=1, max_length=200)]
    field: Annotated[str, Field(max_length=40)] = ""


class ColumnsBody(Schema):
    """What several headers mean."""

    columns: Annotated[list[NamedBody], Field(max_length=100)]


class ApplyBody(ApplyForm, Schema):
    """The same from a program."""


class SignOffBody(Schema):
    """The preview that was seen, how many people get something, and how many minutes in all."""

    digest: Digest
    people: People
    total_minutes: Annotated[int, Field(ge=0, le=10**12)]

    def signed(self) -> Signed:
        """What is signed for."""
        return Signed(people=self.people, minutes=self.total_minutes)


class TakeBackBody(TakeBackForm, Schema):
    """The same from a program."""


class TakenBack(BaseModel):
    """The transfer that was taken back."""

    transfer_id: UUID


class ImportRow(BaseModel):
    """An import: uploaded, applied or dropped; `counts` by outcome once it is applied."""

    id: UUID
    kind: str
    file_name: str
    status: str
    made_by: str
    made_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    counts: dict[str, int]


class ProgressRow(BaseModel):
    """How far an import has come."""

    stage: Stage
    done: int
    total: int
    by: str
    at: datetime
    running: bool


class ReasonRow(BaseModel):
    """Why a row is refused: the column and the reason."""

    column: str
    detail: str


class PreviewRow(BaseModel):
    """What one row of the file would do."""

    row: int
    name: str
    outcome: Outcome
    member_id: UUID | None
    minutes: int | None = None
    changes: list[ChangeRow] = []
    reasons: list[ReasonRow] = []
    notes: list[str] = []


class MissingRow(BaseModel):
    """A member whom the file does not mention."""

    member_id: UUID
    number: str
    name: str


class PreviewView(BaseModel):
    """What an upload would do; send `digest` back to do it.

    Of a roster all rows that would do anything are listed, of opening balances all rows.
    """

    id: UUID
    digest: str
    sheet: str
    other_sheets: list[str]
    unknown_columns: list[str]
    counts: dict[str, int]
    rows: list[PreviewRow]
    missing: list[MissingRow] = []
    new_branches: list[str] = []
    total_minutes: int | None = None
