"""What audit shows: runs, their checks, findings with their history, the state of each community."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from timebank.audit.model import Cause, Check, CheckState, Event, Fault, FindingState, Severity
from timebank.core.errors import Text


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A reconciliation run. What it came to is None until it has finished."""

    id: UUID
    community_id: UUID
    cause: Cause
    actor_name: str
    started_at: datetime
    cut_off_at: datetime | None
    finished_at: datetime | None
    milliseconds: int | None
    counts: Mapping[str, int]
    book_minutes: int | None
    passed: int | None
    found: int | None
    unchecked: int | None
    findings: int | None

    @property
    def checks(self) -> int:
        """How many checks it made, or tried to."""
        return (self.passed or 0) + (self.found or 0) + (self.unchecked or 0)

    @property
    def agrees(self) -> bool:
        """True if it finished, could check everything, and everything agreed."""
        return self.finished_at is not None and self.passed == self.checks


@dataclass(frozen=True, kw_only=True)
class CheckView:
    """What a check said in one run."""

    name: str
    check: Check | None  # None: this version has it no more
    state: CheckState
    found: int
    milliseconds: int
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody concerned, as this reader may see them."""

    id: UUID
    name: str
    number: str


@dataclass(frozen=True, kw_only=True)
class VisitFacts:
    """The visit behind a finding."""

    id: UUID
    category: str
    served_on: date | None
    status: str
    helper: Person | None
    recipient: Person | None


@dataclass(frozen=True, kw_only=True)
class FindingView:
    """A finding: what does not agree, whose it is, and how far people have come with it."""

    id: UUID
    community_id: UUID
    number: int
    check: str
    check_label: str
    means: str
    fault: Fault
    facts: Mapping[str, str]
    severity: Severity
    state: FindingState
    account_id: UUID | None
    account_version: int | None
    transfer_id: UUID | None
    visit_id: UUID | None
    member_ids: tuple[UUID, ...]
    recorded_minutes: int | None
    expected_minutes: int | None
    difference_minutes: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    explained_by: UUID | None
    version: int

    @property
    def says(self) -> Text:
        """What is wrong, in a sentence."""
        return Text(self.fault.label, dict(self.facts))


@dataclass(frozen=True, kw_only=True)
class EventView:
    """One line of a finding's history."""

    at: datetime
    event: Event
    run_id: UUID | None
    actor_name: str | None
    note: str | None
    recorded_minutes: int | None
    expected_minutes: int | None


@dataclass(frozen=True, kw_only=True)
class FindingPage:
    """A finding with all that its page shows."""

    finding: FindingView
    history: tuple[EventView, ...]
    related: tuple[FindingView, ...]
    visit: VisitFacts | None


@dataclass(frozen=True, kw_only=True)
class CommunityState:
    """How the books of one community stand."""

    community_id: UUID
    name: str
    last: RunView | None
    old: bool  # a night's run is missing
    open_findings: int
    explained_findings: int
