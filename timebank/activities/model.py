"""Values of activities: a talk or an event at a place, and who takes part in it.

planned → held        by the sign-in sheet, which may be typed again
planned → cancelled   with a reason
cancelled → planned   taken back

A participation: enrolled while there is a seat, else waiting; moved up when a seat becomes free.

enrolled, waiting → withdrawn → enrolled, waiting
waiting → enrolled            when a seat becomes free
waiting, withdrawn → walked_in   who came all the same
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.core.provenance import Provenance
from timebank.people.model import Brief
from timebank.visits.model import Refusal

# As many as one sheet can be copied back from; a larger event counts its guests.
SEATS_MAX = 800
GUESTS_MAX = 5_000
TITLE_LENGTH_MAX = 60
PLACE_LENGTH_MAX = 60
DAYS_AHEAD_MAX = 366
DAYS_BACK_MAX = 366


class ActivityKind(StrEnum):
    """A talk has a speaker and listeners; at an event people do something together."""

    TALK = "talk"
    EVENT = "event"


class Earners(StrEnum):
    """Who earns what they serve in an activity."""

    NOBODY = "nobody"
    STAFFING = "staffing"
    EVERYBODY = "everybody"


class Status(StrEnum):
    """Where an activity stands."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What can happen to an activity."""

    CHANGE = "change"
    CANCEL = "cancel"
    RESTORE = "restore"
    COUNT = "count"
    SIGN_IN = "sign_in"
    SETTLE = "settle"
    STAFF = "staff"
    REPORT = "report"


MOVES: Mapping[tuple[Status, Move], Status] = {
    (Status.PLANNED, Move.CHANGE): Status.PLANNED,
    (Status.PLANNED, Move.CANCEL): Status.CANCELLED,
    (Status.CANCELLED, Move.RESTORE): Status.PLANNED,
    (Status.PLANNED, Move.COUNT): Status.PLANNED,
    (Status.HELD, Move.COUNT): Status.HELD,
    (Status.PLANNED, Move.SIGN_IN): Status.HELD,
    (Status.HELD, Move.SIGN_IN): Status.HELD,
    # Who helped is often noted only afterwards.
    (Status.PLANNED, Move.STAFF): Status.PLANNED,
    (Status.HELD, Move.STAFF): Status.HELD,
    (Status.HELD, Move.SETTLE): Status.HELD,
    (Status.HELD, Move.REPORT): Status.HELD,
}


class Part(StrEnum):
    """In which part somebody takes part; only a participant takes a seat."""

    PARTICIPANT = "participant"
    SPEAKER = "speaker"
    HELPER = "helper"


STAFFING = (Part.SPEAKER, Part.HELPER)


class Standing(StrEnum):
    """How somebody stands to an activity."""

    ENROLLED = "enrolled"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"
    WALKED_IN = "walked_in"


# Who is expected, or was there.
TAKES_PART = (Standing.ENROLLED, Standing.WAITING, Standing.WALKED_IN)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What is planned: minutes count from midnight, half-open. `guest_speaker` is nobody on the roster.

    `earners` earn under the rules of the scheme, which is named where anybody earns.
    """

    kind: ActivityKind
    title: str
    place: str
    held_on: date
    from_minute: int
    to_minute: int
    seats: int
    guest_speaker: str | None = None
    note: str | None = None
    scheme_id: UUID | None = None
    earners: Earners = Earners.NOBODY

    @property
    def minutes(self) -> int:
        """How long it is to last."""
        return self.to_minute - self.from_minute


@dataclass(frozen=True)
class Report:
    """What was written about it afterwards."""

    notes: str | None
    went_well: str | None
    by: UUID
    at: datetime


@dataclass(frozen=True)
class Heads:
    """How many were there: participants, those among them who had not enrolled, speakers and helpers, guests."""

    participants: int = 0
    walked_in: int = 0
    staffing: int = 0
    guests: int = 0

    @property
    def total(self) -> int:
        """Everybody."""
        return self.participants + self.staffing + self.guests


@dataclass(frozen=True, kw_only=True)
class ActivityView:
    """An activity as it stands. `heads` says nothing before the sign-in sheet was typed in."""

    id: UUID
    community_id: UUID
    plan: Planned
    status: Status
    status_reason: str | None
    seats_taken: int
    waiting: int
    heads: Heads
    report: Report | None
    version: int

    @property
    def seats_free(self) -> int:
        """Seats that nobody has."""
        return self.plan.seats - self.seats_taken


@dataclass(frozen=True, kw_only=True)
class Participation:
    """Somebody's part in an activity, as whose turn it was to say so.

    `came` None: the sign-in sheet has not said yet. `refusal`: why what they served is not posted.
    """

    id: UUID
    activity_id: UUID
    member_id: UUID
    part: Part
    standing: Standing
    provenance: Provenance
    said_at: datetime
    turn: int
    moved_up_at: datetime | None = None
    withdrawn_because: str | None = None
    came: bool | None = None
    served_minutes: int | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Taking:
    """A participation, and whose it is."""

    participation: Participation
    member: Brief


@dataclass(frozen=True)
class Gathering:
    """An activity with everybody in it: in the order in which they enrolled, the waiting in theirs.

    `posted` are the minutes that stand in the ledger for each participation.
    """

    activity: ActivityView
    takings: tuple[Taking, ...]
    posted: Mapping[UUID, int] = field(default_factory=dict)

    @property
    def refused(self) -> tuple[Taking, ...]:
        """Those whose hours the ledger would not take."""
        return tuple(one for one in self.takings if one.participation.refusal)

    def of(self, *standings: Standing, parts: tuple[Part, ...] = tuple(Part)) -> tuple[Taking, ...]:
        """Those who stand so, in these parts."""
        return tuple(
            one
            for one in self.takings
            if one.participation.standing in standings and one.participation.part in parts
        )


@dataclass(frozen=True)
class Invitation:
    """An activity as one member sees it: with their own part, and nobody else's.

    `ahead`: how many wait before them.
    """

    activity: ActivityView
    mine: Participation | None
    ahead: int = 0


@dataclass(frozen=True)
class SignIn:
    """What the sheet says: which members came, whether they had enrolled or not, and guests without an account.

    `served` has the minutes of speakers and helpers where they differ from the plan's.
    """

    came: frozenset[UUID]
    guests: int = 0
    served: tuple[tuple[UUID, int], ...] = ()
