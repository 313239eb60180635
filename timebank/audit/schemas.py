"""What forms and API bodies of audit look like, and what programs read back."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from timebank.audit.model import (
    NOTE_LENGTH_MAX,
    Cause,
    CheckState,
    Event,
    FindingState,
    Remark,
    Scope,
    Severity,
)
from timebank.core.errors import N_
from timebank.core.provenance import Provenance
from timebank.web.bodies import Schema
from timebank.web.forms import Version
from timebank.web.problems import FieldProblem


def _said(note: str) -> str:
    plain = note.strip()
    if not plain or not plain.replace("\r", "").replace("\n", "").replace("\t", "").isprintable():
        raise FieldProblem(N_("请用文字写明"))
    return plain


Note = Annotated[str, Field(min_length=1, max_length=NOTE_LENGTH_MAX), AfterValidator(_said)]
CheckName = Annotated[str, Field(pattern=r"^[a-z_]{1,60}$")]


class NoteForm(BaseModel):
    """What somebody says of a finding, having seen this version of it."""

    note: Note
    version: Version


class FindingFilter(BaseModel):
    """Which findings to list."""

    state: FindingState | None = None
    check: CheckName | None = None
    after: Annotated[str | None, Field(max_length=500)] = None


class ListFilter(BaseModel):
    """Where a list goes on."""

    after: Annotated[str | None, Field(max_length=500)] = None


class NoteBody(Schema):
    """What somebody says of a finding, having seen this version of it."""

    note: Note
    version: Version


class CheckOut(BaseModel):
    """A check: what it compares."""

    name: str
    label: str
    means: str
    counts: str


class RunOut(BaseModel):
    """A reconciliation run; what it came to is null until it has finished.

    `scope`: all of the book, or what is new since the run `since_run_id`; it counts what it looked at.
    """

    id: UUID
    community_id: UUID
    cause: Cause
    scope: Scope
    since_run_id: UUID | None
    actor_name: str
    started_at: datetime
    cut_off_at: datetime | None
    finished_at: datetime | None
    milliseconds: int | None
    counts: dict[str, int]
    book_minutes: int | None
    passed: int | None
    found: int | None
    unchecked: int | None
    findings: int | None
    agrees: bool


class RunList(BaseModel):
    """Runs, newest first."""

    rows: list[RunOut]
    after: str | None


class RunCheckOut(BaseModel):
    """What a check said in one run."""

    name: str
    label: str
    state: CheckState
    found: int
    milliseconds: int
    problem: str | None


class PersonOut(BaseModel):
    """Somebody concerned, as this reader may see them."""

    id: UUID
    number: str
    name: str


class FindingOut(BaseModel):
    """A finding: both sides in minutes, what is wrong in words, and how far people have come with it."""

    id: UUID
    community_id: UUID
    number: int
    check: str
    fault: str
    says: str
    severity: Severity
    state: FindingState
    account_id: UUID | None
    account_version: int | None
    transfer_id: UUID | None
    visit_id: UUID | None
    people: list[PersonOut]
    recorded: str
    recorded_minutes: int | None
    expected: str
    expected_minutes: int | None
    difference_minutes: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    version: int


class FindingRows(BaseModel):
    """Findings, newest first."""

    rows: list[FindingOut]
    after: str | None


class EventOut(BaseModel):
    """One line of a finding's history."""

    at: datetime
    event: Event
    run_id: UUID | None
    actor_name: str | None
    note: str | None
    recorded_minutes: int | None
    expected_minutes: int | None


class FindingFull(BaseModel):
    """A finding with its history, what is like it, and what this reader may do with it."""

    finding: FindingOut
    related: list[FindingOut]
    history: list[EventOut]
    may: list[Event]
    obstacle: str | None


class RunFull(BaseModel):
    """A run with what every check said; `left` is what a run of news left to `full`, the full run before it."""

    run: RunOut
    full: RunOut | None
    checks: list[RunCheckOut]
    left: list[RunCheckOut]


class StateOut(BaseModel):
    """How the books of one community stand. `old`: a night's run is missing.

    `full` is the last run that looked at everything; `still_there` are findings that none has missed since.
    """

    community_id: UUID
    name: str
    code: str
    last: RunOut | None
    full: RunOut | None
    old: bool
    in_order: bool
    open_findings: int
    explained_findings: int
    still_there: int


class StateList(BaseModel):
    """The communities a reader may audit, those out of order first."""

    rows: list[StateOut]
    after: str | None
    communities: int
    in_order: int


class HolderOut(BaseModel):
    """Whose account, as this reader may see them."""

    account_id: UUID | None
    number: str
    name: str


class TransferOut(BaseModel):
    """A transfer with both sides and what was behind it."""

    id: UUID
    effective_on: date
    served_on: date | None
    posted_at: datetime
    kind: str
    minutes: int
    giver: HolderOut
    taker: HolderOut
    category: str | None
    visit_id: UUID | None
    visit_number: int | None
    request_id: UUID | None
    provenance: Provenance | None
    reverses: UUID | None
    reversed_by: UUID | None
    remarks: list[Remark]
    reason: str | None


class MonthOut(BaseModel):
    """A month of a book: its figures, what was corrected and why, and what the last run said.

    The trial balance of the same days is at `trial-balance`.
    """

    month: str
    from_on: date
    until_on: date
    in_minutes: int
    out_minutes: int
    book_minutes: int
    transfers: int
    corrections: int
    forced: int
    late: int
    last: RunOut | None
    full: RunOut | None
    checks: list[RunCheckOut]
    remarkable: list[TransferOut]
