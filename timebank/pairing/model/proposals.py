"""A proposal 邀约: one helper for one request at one time, which both sides must want.

open → accepted      both said yes
open → declined      the first no
open → expired       the deadline passed
open → withdrawn     the coordinator took it back, or the request went away
accepted → declined  one of several changes their mind before all have said yes
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from timebank.core import clock
from timebank.core.provenance import Provenance
from timebank.pairing.model.why import Why
from timebank.requests.recurrence.model import Recurrence


class ProposalStatus(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


_ENDS = frozenset(set(ProposalStatus) - {ProposalStatus.OPEN})
PROPOSAL_MOVES: dict[ProposalStatus, frozenset[ProposalStatus]] = {
    status: _ENDS if status is ProposalStatus.OPEN else frozenset() for status in ProposalStatus
} | {ProposalStatus.ACCEPTED: frozenset({ProposalStatus.DECLINED})}


class Side(StrEnum):
    """Who of the two is meant."""

    HELPER = "helper"
    RECIPIENT = "recipient"

    @property
    def other(self) -> "Side":
        """The one across."""
        return Side.RECIPIENT if self is Side.HELPER else Side.HELPER


class Answer(StrEnum):
    """What a side said."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class Answered:
    """An answer, who wrote it down, when, and how it reached us."""

    answer: Answer
    by: UUID
    at: datetime
    provenance: Provenance


@dataclass(frozen=True)
class Occasion:
    """When it is to be: the (first) day, minutes since midnight there, and for how long; once, or again and again."""

    on: date
    from_minute: int
    minutes: int
    recurrence: Recurrence | None = None

    @property
    def weekly(self) -> bool:
        """True if it comes round: then its weekday and hour are taken every week, to be safe."""
        return self.recurrence is not None

    @property
    def starts_at(self) -> datetime:
        """The instant of the first visit."""
        return self.starts_on(self.on)

    @property
    def ends_at(self) -> datetime:
        """When the first visit is over."""
        return self.starts_at + self.lasts

    @property
    def lasts(self) -> timedelta:
        """How long a visit takes."""
        return timedelta(minutes=self.minutes)

    def starts_on(self, day: date) -> datetime:
        """The instant at which a visit of that day begins."""
        return clock.midnight(day) + timedelta(minutes=self.from_minute)


@dataclass(frozen=True)
class NewProposal:
    """A proposal to make: both sides still to be asked."""

    id: UUID
    round_id: UUID | None
    request_id: UUID
    scheme_id: UUID
    helper_id: UUID
    recipient_id: UUID
    category: str
    occasion: Occasion
    deadline: datetime
    why: Why
    seat: int = 1


@dataclass(frozen=True)
class Crew:
    """Who fills the seats of a request: those who said yes, those being asked, how many are wanted."""

    wanted: int
    agreed: tuple["ProposalView", ...] = ()
    asked: tuple["ProposalView", ...] = ()

    @property
    def taken(self) -> tuple["ProposalView", ...]:
        """The proposals that hold a seat."""
        return (*self.agreed, *self.asked)

    @property
    def free(self) -> tuple[int, ...]:
        """The seats for which nobody is being asked."""
        held = {one.seat for one in self.taken}
        return tuple(seat for seat in range(1, self.wanted + 1) if seat not in held)

    @property
    def complete(self) -> bool:
        """True if everybody has said yes."""
        return len(self.agreed) >= self.wanted


@dataclass(frozen=True)
class ProposalView:
    """A proposal with both answers, where there are any. `by_hand`: a coordinator chose, no round did."""

    id: UUID
    community_id: UUID
    round_id: UUID | None
    request_id: UUID
    scheme_id: UUID
    helper_id: UUID
    recipient_id: UUID
    category: str
    occasion: Occasion
    status: ProposalStatus
    helper_answer: Answered | None
    recipient_answer: Answered | None
    deadline: datetime
    made_by: UUID
    made_at: datetime
    closed_at: datetime | None
    seat: int = 1

    @property
    def by_hand(self) -> bool:
        """True if a coordinator named the helper."""
        return self.round_id is None

    def party(self, side: Side) -> UUID:
        """The member on one side."""
        return self.helper_id if side is Side.HELPER else self.recipient_id

    def answer(self, side: Side) -> Answered | None:
        """What that side has said."""
        return self.helper_answer if side is Side.HELPER else self.recipient_answer

    def side_of(self, member_id: UUID) -> Side | None:
        """Which side a member is on."""
        return next((side for side in Side if self.party(side) == member_id), None)

    @property
    def unanswered(self) -> tuple[Side, ...]:
        """Who has not spoken yet."""
        return tuple(side for side in Side if self.answer(side) is None)
