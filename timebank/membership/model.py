"""Values of joining: a spreadsheet, what its rows say, and what applying them would do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.core.errors import FieldError, Text
from timebank.people.id_numbers import IdNumber
from timebank.people.model import Contact, Details, Gender, MemberView, Status

Cell = str | int | float | bool | date | None
ROWS_MAX = 20_000
COLUMNS_MAX = 100


class ImportKind(StrEnum):
    """What a spreadsheet brings."""

    ROSTER = "roster"
    OPENING = "opening"


class FileKind(StrEnum):
    """As what a roster leaves the house."""

    XLSX = "xlsx"
    CSV = "csv"


# uploaded → applied; uploaded → dropped
class ImportStatus(StrEnum):
    """Where an import stands."""

    UPLOADED = "uploaded"
    APPLIED = "applied"
    DROPPED = "dropped"


class Stage(StrEnum):
    """What a running import is doing."""

    CHECKING = "checking"
    WRITING = "writing"


class Outcome(StrEnum):
    """What a row would do."""

    REFUSED = "refused"
    CHANGED = "changed"
    NEW = "new"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Sheet:
    """The cells of the sheet that was read, row 1 first, and the names of those that were not."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upload:
    """A file as it came in: its name, its SHA-256, its cells."""

    file_name: str
    digest: str
    sheet: Sheet


@dataclass(frozen=True)
class Table:
    """A sheet with its header row found: the headers, and each row's number and cells below it."""

    headers: tuple[str, ...]
    header_row: int
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Columns:
    """Which column holds which field (by position), and the headers nobody has explained yet with examples."""

    fields: Mapping[str, int]
    unknown: tuple[str, ...]
    examples: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a row says of a person; None: it says nothing."""

    name: str
    number: str | None = None
    id_number: IdNumber | None = None
    id_mask: str | None = None
    status: Status | None = None
    branch: str | None = None
    gender: Gender | None = None
    birth_on: date | None = None
    phone: str | None = None
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    skills: tuple[str, ...] | None = None
    dialects: tuple[str, ...] | None = None
    interests: tuple[str, ...] | None = None
    needs: tuple[str, ...] | None = None
    trainings: tuple[str, ...] | None = None
    avoids: tuple[str, ...] | None = None
    is_helper: bool | None = None
    is_recipient: bool | None = None
    hardship_tier: int | None = None
    lives_alone: bool | None = None
    contact: Contact | None = None
    joined_on: date | None = None
    emergency_name: str | None = None
    emergency_phone: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class FieldChange:
    """A field before and after, in words to translate; empty: nothing stands there."""

    field: str
    label: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class CardFate(StrEnum):
    """What becomes of the card of a record that ends."""

    NONE = "none"
    MOVES = "moves"
    STOPS = "stops"


@dataclass(frozen=True, kw_only=True)
class MergeLook:
    """What merging two records of one person would do. `minutes` None: there is no account.

    With any `obstacles` it can't be done; each says what to do first.
    """

    kept: MemberView
    ended: MemberView
    kept_minutes: int | None
    minutes: int | None
    visits: int
    requests: int
    offers: int
    proposals: int
    pairs: int
    card: CardFate
    details: Details
    changes: tuple[FieldChange, ...]
    obstacles: tuple[Text, ...]


@dataclass(frozen=True, kw_only=True)
class RowPlan:
    """What one row of a roster would do, and why."""

    row: int
    name: str
    outcome: Outcome
    member: MemberView | None = None
    details: Details | None = None
    number: str | None = None
    id_number: IdNumber | None = None
    status: Status | None = None
    changes: tuple[FieldChange, ...] = ()
    reasons: tuple[FieldError, ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a roster would do, row by row. `digest` names exactly this plan."""

    rows: tuple[RowPlan, ...]
    missing: tuple[MemberView, ...]
    new_branches: tuple[tuple[UUID, str], ...]
    digest: str

    def count(self, outcome: Outcome) -> int:
        """How many rows would do this."""
        return sum(row.outcome == outcome for row in self.rows)

    def of(self, outcome: Outcome) -> list[RowPlan]:
        """The rows that would do this."""
        return [row for row in self.rows if row.outcome == outcome]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an import had come when it last said so; not `running`: its process is gone, nothing was done."""

    stage: Stage
    done: int
    total: int
    by: str
    at: datetime
    running: bool


@dataclass(frozen=True, kw_only=True)
class ImportView:
    """An import as the list shows it."""

    id: UUID
    community_id: UUID
    kind: ImportKind
    file_name: str
    status: ImportStatus
    made_by: str
    made_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class RosterLook:
    """What a roster's columns mean and what it would do; nothing of it is kept."""

    headers: tuple[str, ...]
    columns: Columns
    plan: Plan
    sheet: str
    other_sheets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Preview(RosterLook):
    """An uploaded roster, what its columns mean and what it would do."""

    made: ImportView


@dataclass(frozen=True, kw_only=True)
class RefusedRows:
    """The refused rows of an upload as they stood, each with why."""

    headers: tuple[str, ...]
    rows: tuple[tuple[tuple[Cell, ...], tuple[FieldError, ...]], ...]


@dataclass(frozen=True)
class Named:
    """What a header means from now on; an empty field leaves the column out."""

    header: str
    field: str


@dataclass(frozen=True, kw_only=True)
class OpeningRow:
    """One row of opening balances: whose, how much, under which id it would be posted, or why not.

    `there_minutes` is the opening balance that already stands in the member's account.
    """

    row: int
    name: str
    outcome: Outcome
    member: MemberView | None = None
    minutes: int = 0
    there_minutes: int = 0
    transfer_id: UUID | None = None
    reasons: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OpeningLook:
    """Opening balances before anything is kept. `digest` names exactly what would be posted."""

    headers: tuple[str, ...]
    columns: Columns
    rows: tuple[OpeningRow, ...]
    digest: str
    sheet: str
    other_sheets: tuple[str, ...]

    @property
    def total_minutes(self) -> int:
        """What would be posted."""
        return sum(row.minutes for row in self.rows if row.outcome is Outcome.NEW)

    def count(self, outcome: Outcome) -> int:
        """How many rows would do this."""
        return sum(row.outcome == outcome for row in self.rows)

    def of(self, outcome: Outcome) -> list[OpeningRow]:
        """The rows that would do this."""
        return [row for row in self.rows if row.outcome == outcome]


@dataclass(frozen=True, kw_only=True)
class OpeningPreview(OpeningLook):
    """Uploaded opening balances before they are signed off."""

    made: ImportView


@dataclass(frozen=True, kw_only=True)
class OpeningBalance:
    """A member's opening balance: how much still stands, and from which signed file."""

    member: MemberView
    minutes: int
    transfer_id: UUID | None
    made: ImportView | None


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What whoever signs opening balances off has read off the paper: how many people, how many minutes."""

    people: int
    minutes: int
