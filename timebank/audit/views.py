"""What audit shows: runs, their checks, findings with their history, communities, months."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from timebank.audit.model import (
    Cause,
    Check,
    CheckState,
    Event,
    Fault,
    FindingState,
    Month,
    Remark,
    Scope,
    Severity,
)
from timebank.core.errors import Text
from timebank.core.lists import Page
from timebank.core.provenance import Provenance
from timebank.hours.model import AccountKind, BalanceLine, TrialBalance


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A reconciliation run. What it came to is None until it has finished."""

    id: UUID
    community_id: UUID
    cause: Cause
    scope: Scope
    since_run_id: UUID | None  # of a run of news
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
class Holder:
    """Whose account: a member, as this reader may see them, or one of the common accounts."""

    account_id: UUID | None  # None: there is no such account any more
    name: Text
    number: str  # the member's; empty for a common account


@dataclass(frozen=True, kw_only=True)
class TransferLine:
    """A transfer with both sides, as this reader may see them, and what was behind it."""

    id: UUID
    effective_on: date
    served_on: date | None
    posted_at: datetime
    kind: str
    minutes: int
    giver: Holder
    taker: Holder
    category: str | None
    visit_id: UUID | None
    visit_number: int | None
    request_id: UUID | None
    provenance: Provenance | None
    posted_by: str
    entered_by: str
    confirmed_by: str
    reverses: UUID | None
    reversed_by: UUID | None
    remarks: tuple[Remark, ...]
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class VisitFacts:
    """The visit behind a finding."""

    id: UUID
    category: str
    served_on: date | None
    status: str
    helper: Person | None
    recipient: Person | None
    number: int


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
class FindingList:
    """A page of findings, with the people they concern."""

    page: Page[FindingView]
    people: Mapping[UUID, Person]


@dataclass(frozen=True, kw_only=True)
class FindingPage:
    """A finding with all that its page shows.

    `transfer` and `visit` are None where there is none, or none any more. `ways` is what this reader may
    do with it; `obstacle` says why not the rest.
    """

    finding: FindingView
    community: str
    people: Mapping[UUID, Person]
    account: Holder | None
    transfer: TransferLine | None
    visit: VisitFacts | None
    related: tuple[FindingView, ...]
    history: tuple[EventView, ...]
    ways: tuple[Event, ...]
    obstacle: Text | None


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """A run with every check it made, and the findings there were then: some of each check's, the lowest first.

    A run of news went on from `since`; what it leaves to full runs, `full` was the last to check.
    """

    run: RunView
    since: RunView | None
    full: RunView | None
    checks: tuple[CheckView, ...]
    left: tuple[CheckView, ...]
    findings: Mapping[str, tuple[FindingView, ...]]


@dataclass(frozen=True, kw_only=True)
class CommunityState:
    """How the books of one community stand."""

    community_id: UUID
    name: str
    code: str
    last: RunView | None
    full: RunView | None  # the last that looked at everything, and could
    old: bool  # a night's run is missing
    open_findings: int
    explained_findings: int
    still_there: int  # findings that no full run has missed since, whatever people said of them

    @property
    def in_order(self) -> bool:
        """True if the last run is of last night, agrees, what earlier ones saw is gone, and nobody is waited for."""
        waiting = self.open_findings + self.explained_findings + self.still_there
        return self.last is not None and self.last.agrees and not self.old and not waiting


@dataclass(frozen=True, kw_only=True)
class CommunityStates:
    """The communities a reader may audit: those out of order first, a page of them; and how many of each."""

    page: Page[CommunityState]
    communities: int
    in_order: int


@dataclass(frozen=True, kw_only=True)
class MonthCounts:
    """What happened in a month, in numbers. `begins_on` is the day of the book's first transfer."""

    transfers: int
    corrections: int
    forced: int
    late: int
    begins_on: date | None


@dataclass(frozen=True, kw_only=True)
class MonthPage:
    """An auditor's month: its trial balance, what was corrected and why, and what the last run said.

    What that left to full runs is said by the last of those.
    """

    state: CommunityState
    month: Month
    trial: TrialBalance
    counts: MonthCounts
    remarkable: tuple[TransferLine, ...]  # at most REMARKABLE_MAX
    checks: tuple[CheckView, ...]
    findings: Mapping[str, tuple[FindingView, ...]]

    @property
    def members(self) -> BalanceLine:
        """All members' accounts in one line: what came in and what went out."""
        return next(line for line in self.trial.kinds if line.kind is AccountKind.MEMBER)
