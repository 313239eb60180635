"""One occasion of help: planned, attended, claimed, confirmed, settled."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from timebank.core.amounts import MINUTES_VISIT_MAX
from timebank.core.provenance import Provenance

MINUTES_MAX = MINUTES_VISIT_MAX
LATE_DAYS_MAX = 400
SHEET_ROWS_MAX = 100
# The code of a refusal that is the room's own: on that day the scheme had no rules.
NO_POLICY = "no_policy"


class Status(StrEnum):
    """How far a visit has come."""

    PLANNED = "planned"
    ATTENDED = "attended"
    CLAIMED = "claimed"
    DISPUTED = "disputed"
    CONFIRMED = "confirmed"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Side(StrEnum):
    """The two sides of a visit."""

    HELPER = "helper"
    RECIPIENT = "recipient"


class Move(StrEnum):
    """What may happen to a visit."""

    RESCHEDULE = "reschedule"
    CHECK_IN = "check_in"
    UNDO_CHECK_IN = "undo_check_in"
    CHECK_OUT = "check_out"
    CLAIM = "claim"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    RESOLVE = "resolve"
    AMEND = "amend"
    SETTLE = "settle"
    REOPEN = "reopen"
    VOID = "void"
    CANCEL = "cancel"
    NO_SHOW = "no_show"
    RESTORE = "restore"


# planned ⇄ attended → claimed → confirmed → settled      check_in / undo_check_in, claim, confirm, settle
#    │ │       │       ↑  │  │      ↑   │  ↑     │
#    │ └───────┼───────┘  │  │      │   │  └─────┤        claim without a check-in; reopen (reversed: corrected)
#    │         │          │  ↓      │   │        │
#    │         │          │ disputed┘   │        │        dispute, resolve
#    │         │          │  │          │        │
#    ├─────────┴──────────┴──┴──────────┴────────┴→ cancelled      cancel; void (reversed: it never happened)
#    └→ no_show
#
# planned → planned (reschedule); attended → attended (check_out).
# cancelled and no_show → planned (restore) while no minutes were claimed. A visit that the ledger refused
# stays confirmed with the refusal: amend (fewer minutes, another payer) and settle again, wait, or cancel.
# A visit told late or on paper begins as claimed, with its true day.
# Ends: settled, cancelled, no_show.
MOVES: Mapping[Move, tuple[frozenset[Status], Status]] = {
    Move.RESCHEDULE: (frozenset({Status.PLANNED}), Status.PLANNED),
    Move.CHECK_IN: (frozenset({Status.PLANNED}), Status.ATTENDED),
    Move.UNDO_CHECK_IN: (frozenset({Status.ATTENDED}), Status.PLANNED),
    Move.CHECK_OUT: (frozenset({Status.ATTENDED}), Status.ATTENDED),
    Move.CLAIM: (frozenset({Status.PLANNED, Status.ATTENDED, Status.CLAIMED}), Status.CLAIMED),
    Move.CONFIRM: (frozenset({Status.CLAIMED}), Status.CONFIRMED),
    Move.DISPUTE: (frozenset({Status.CLAIMED}), Status.DISPUTED),
    Move.RESOLVE: (frozenset({Status.DISPUTED}), Status.CONFIRMED),
    Move.AMEND: (frozenset({Status.CONFIRMED}), Status.CONFIRMED),
    Move.SETTLE: (frozenset({Status.CONFIRMED}), Status.SETTLED),
    Move.REOPEN: (frozenset({Status.SETTLED}), Status.CONFIRMED),
    Move.VOID: (frozenset({Status.SETTLED}), Status.CANCELLED),
    Move.CANCEL: (
        frozenset({Status.PLANNED, Status.ATTENDED, Status.CLAIMED, Status.DISPUTED, Status.CONFIRMED}),
        Status.CANCELLED,
    ),
    Move.NO_SHOW: (frozenset({Status.PLANNED}), Status.NO_SHOW),
    Move.RESTORE: (frozenset({Status.CANCELLED, Status.NO_SHOW}), Status.PLANNED),
}
BEGINNINGS = frozenset({Status.PLANNED, Status.CLAIMED})
ENDS = frozenset({Status.SETTLED, Status.CANCELLED, Status.NO_SHOW})
# Those whose time and minutes count: for load, overlaps, and who has met whom.
LIVE = frozenset(Status) - {Status.CANCELLED, Status.NO_SHOW}


class PaidBy(StrEnum):
    """Whose account the minutes come from (the same words as a scheme's policy)."""

    RECIPIENT = "recipient"
    POOL = "pool"
    GRANTS = "grants"


@dataclass(frozen=True)
class PlannedVisit:
    """A visit to come, as a pair, a proposal or a desk plans it. The id is the caller's."""

    id: UUID
    community_id: UUID
    scheme_id: UUID
    category: str
    helper_id: UUID
    recipient_id: UUID
    planned_from: datetime
    planned_until: datetime
    request_id: UUID | None = None
    pair_id: UUID | None = None
    proposal_id: UUID | None = None
    place: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class NewPlan:
    """What a desk plans by hand. Instants are aware."""

    scheme_id: UUID
    category: str
    helper_id: UUID
    recipient_id: UUID
    planned_from: datetime
    planned_until: datetime
    request_id: UUID | None = None
    place: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Served:
    """A visit that has happened, told late or on paper, with its true day.

    `visit_id` where it was planned here, and so is only to be filled in. `number` is that of a printed line.
    """

    category: str
    helper_id: UUID
    recipient_id: UUID
    served_on: date
    minutes: int
    scheme_id: UUID
    began_at: datetime | None = None
    ended_at: datetime | None = None
    number: int | None = None
    visit_id: UUID | None = None
    place: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class SheetRow:
    """One line of a sign-in sheet as it was typed. People are words: a number, a name, its pinyin."""

    helper: str = ""
    recipient: str = ""
    category: str | None = None
    served_on: date | None = None
    begin: time | None = None
    end: time | None = None
    minutes: int | None = None
    number: int | None = None

    @property
    def is_empty(self) -> bool:
        """True if nothing that makes a visit was typed."""
        return not (self.helper or self.recipient or self.begin or self.end or self.minutes)


@dataclass(frozen=True)
class Refusal:
    """Why a settlement was not posted: the ledger's code, whose account stood in the way, by how much."""

    code: str
    account_id: UUID | None = None
    short_minutes: int | None = None


@dataclass(frozen=True)
class Said:
    """Somebody's word for the minutes: who, when, and how it reached us."""

    minutes: int
    by: UUID
    at: datetime
    source: Provenance


@dataclass(frozen=True)
class Stamp:
    """An instant, and how it reached us."""

    at: datetime
    source: Provenance


@dataclass(frozen=True)
class VisitView:
    """A visit as it stands. `served_on` is the planned day until the true one is known."""

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
    status: Status
    status_reason: str | None
    absent: Side | None
    checked_in: Stamp | None
    checked_out: Stamp | None
    claimed: Said | None
    said_minutes: int | None
    confirmed: Said | None
    paid_by: PaidBy | None
    revision: int
    settled_minutes: int | None
    refusal: Refusal | None
    note: str | None
    provenance: Provenance
    created_by: UUID
    created_at: datetime
    changed_at: datetime
    version: int

    @property
    def moves(self) -> frozenset[Move]:
        """What may happen to it now."""
        return frozenset(move for move, (before, _) in MOVES.items() if self.status in before)

    @property
    def parties(self) -> frozenset[UUID]:
        """The helper and the recipient."""
        return frozenset({self.helper_id, self.recipient_id})

    def side_of(self, member_ids: Collection[UUID]) -> Side | None:
        """Which side somebody with these memberships is on."""
        if self.helper_id in member_ids:
            return Side.HELPER
        return Side.RECIPIENT if self.recipient_id in member_ids else None


@dataclass(frozen=True)
class DisputeView:
    """What one side said against the other's minutes, and how it ended."""

    id: UUID
    visit_id: UUID
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


@dataclass(frozen=True)
class SettlementView:
    """One time a visit was posted. `minutes` is the sum of its transfers."""

    visit_id: UUID
    revision: int
    transfer_ids: tuple[UUID, ...]
    minutes: int
    house_version_id: UUID | None
    scheme_version_id: UUID
    settled_by: UUID
    settled_at: datetime
    reversed_by: UUID | None
    reversed_at: datetime | None
    reversed_because: str | None


@dataclass(frozen=True)
class Outcome:
    """How settling one visit ended: the visit as it now stands, and whether minutes moved just now."""

    visit: VisitView
    posted: bool


class Waiting(StrEnum):
    """Why a visit waits for a desk."""

    DISPUTED = "disputed"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"
    UNCLAIMED = "unclaimed"
    UNATTENDED = "unattended"


@dataclass(frozen=True)
class DueVisit:
    """A visit that waits for a desk: why, and since when."""

    visit: VisitView
    waiting: Waiting
    since: datetime


@dataclass(frozen=True)
class Meetings:
    """How often two people have met, and when last."""

    count: int
    last_on: date
