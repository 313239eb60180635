"""Reconciliation runs, their checks, and findings: what does not agree, on both sides, in minutes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import N_

FINDINGS_PER_CHECK_MAX = 1_000
NOTE_LENGTH_MAX = 2_000
# More than this on one month's page stands in its file only.
REMARKABLE_MAX = 100
# Rows of one file of findings or transfers.
FILE_ROWS_MAX = 100_000


class Cause(StrEnum):
    """What started a run."""

    NIGHTLY = "nightly"
    BY_HAND = "by_hand"


class Scope(StrEnum):
    """How much of the book a run looks at: all of it, or what is new since the last run that was complete."""

    FULL = "full"
    NEWS = "news"


class CheckState(StrEnum):
    """What a check of one run said. One that could not be made says nothing either way."""

    PASSED = "passed"
    FOUND = "found"
    UNCHECKED = "unchecked"


class Severity(StrEnum):
    """GRAVE: minutes are not what they were, or a record is gone. NOTABLE: something to look at."""

    GRAVE = "grave"
    NOTABLE = "notable"


class FindingState(StrEnum):
    """How far people have come with a finding. The machine repairs nothing and closes nothing.

    open → explained (a note) → closed (a note, by a second person)
    explained → open   a second person is not satisfied
    explained, closed → open   a later run sees another difference, or sees it again after it was gone
    """

    OPEN = "open"
    EXPLAINED = "explained"
    CLOSED = "closed"


class Event(StrEnum):
    """What happened to a finding: seen by a run, or done by a person."""

    FOUND = "found"
    CHANGED = "changed"
    GONE = "gone"
    BACK = "back"
    EXPLAINED = "explained"
    RETURNED = "returned"
    CLOSED = "closed"


class Remark(StrEnum):
    """Why a reader of a month looks at a transfer twice. LATE: served in a month before it was posted."""

    CORRECTION = "correction"
    FORCED = "forced"
    LATE = "late"


@dataclass(frozen=True)
class Month:
    """A calendar month of one book."""

    first_on: date
    last_on: date

    @property
    def name(self) -> str:
        """2026-11, as it stands in an address."""
        return f"{self.first_on:%Y-%m}"


@dataclass(frozen=True, kw_only=True)
class Since:
    """How far the run had come since which a run of news looks. `read_at` is by the database's clock."""

    run_id: UUID
    read_at: datetime
    leaves: int
    checkpoints: int


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How far an account's entries were looked at, and what they come to from the first one on."""

    account_id: UUID
    version: int
    balance_minutes: int


@dataclass(frozen=True, kw_only=True)
class Reached:
    """How far a run comes: of which accounts more was looked at than before, and of the proof."""

    read_at: datetime
    leaves: int
    checkpoints: int
    marks: tuple[Mark, ...]


Look = Callable[[AsyncSession, UUID, Since | None], Awaitable[Sequence[Mapping[str, Any]]]]


@dataclass(frozen=True)
class Fault:
    """One way in which a check can fail: what it says of the two sides."""

    code: str
    label: str
    recorded: str = N_("账上记的")
    expected: str = N_("应当是")
    severity: Severity = Severity.GRAVE


@dataclass(frozen=True)
class Check:
    """One comparison: set-based SQL that gives a row for each difference, and none where all agrees.

    The SQL reads `relations` by name and takes `:book`, the community's id. Its columns are those of
    `Difference` it has; `fault` is one of `faults`. It reads the rows as they are and trusts no constraint.
    Where SQL can't say it, as of signatures, a function looks and gives the same columns. What can't be told
    from what is new is `left_to_full` runs.
    """

    name: str
    label: str
    means: str
    counts: str
    faults: tuple[Fault, ...]
    sql: str = ""
    look: Look | None = None
    left_to_full: bool = False


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two sides that should agree and do not. Minutes are None where a side is not an amount."""

    check: str
    fault: str
    account_id: UUID | None = None
    account_version: int | None = None
    transfer_id: UUID | None = None
    visit_id: UUID | None = None
    recorded_minutes: int | None = None
    expected_minutes: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same in every run that sees it: what is wrong with which rows, not by how much."""
        subject = (self.account_id, self.account_version, self.transfer_id, self.visit_id)
        return "/".join([self.check, self.fault, *("-" if part is None else str(part) for part in subject)])

    @property
    def difference_minutes(self) -> int | None:
        """Recorded less expected, where both are amounts."""
        if self.recorded_minutes is None or self.expected_minutes is None:
            return None
        return self.recorded_minutes - self.expected_minutes


@dataclass(frozen=True, kw_only=True)
class Named:
    """A difference with the visit and the people it concerns."""

    difference: Difference
    severity: Severity
    visit_id: UUID | None
    member_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What one check of a run came to. At most FINDINGS_PER_CHECK_MAX of what it `found` are kept."""

    name: str
    state: CheckState
    found: int
    milliseconds: int
    problem: str | None
    differences: tuple[Named, ...]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What a run compared, as of its cut-off."""

    accounts: int
    transfers: int
    entries: int
    movements: int
    visits: int
    book_minutes: int
    last_posted_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything a run read in its one snapshot."""

    cut_off_at: datetime
    milliseconds: int
    scope: Scope
    counts: Counts
    checks: tuple[Checked, ...]
    reached: Reached

    @property
    def complete(self) -> bool:
        """True if every check could be made."""
        return all(checked.state is not CheckState.UNCHECKED for checked in self.checks)
