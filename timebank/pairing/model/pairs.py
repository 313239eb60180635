"""A pair 结对: a helper who comes to a recipient every week until somebody ends it.

trial → active       it goes well
trial, active → paused → trial or active again      somebody is away or unwell for a while
trial, active, paused → ended                       with thanks; the future visits fall away
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.pairing.model.proposals import Occasion
from timebank.requests.recurrence.model import Turn
from timebank.visits.model import VisitView


class PairStatus(StrEnum):
    """Where a pair stands."""

    TRIAL = "trial"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


PAIR_MOVES: dict[PairStatus, frozenset[PairStatus]] = {
    PairStatus.TRIAL: frozenset({PairStatus.ACTIVE, PairStatus.PAUSED, PairStatus.ENDED}),
    PairStatus.ACTIVE: frozenset({PairStatus.PAUSED, PairStatus.ENDED}),
    PairStatus.PAUSED: frozenset({PairStatus.TRIAL, PairStatus.ACTIVE, PairStatus.ENDED}),
    PairStatus.ENDED: frozenset(),
}
# Only these plan visits.
VISITING = (PairStatus.TRIAL, PairStatus.ACTIVE)


@dataclass(frozen=True)
class PairView:
    """A pair and its weekly time; `occasion.on` is the first day. `confirmed_on` ended the trial."""

    id: UUID
    community_id: UUID
    scheme_id: UUID
    request_id: UUID
    proposal_id: UUID
    helper_id: UUID
    recipient_id: UUID
    category: str
    occasion: Occasion
    status: PairStatus
    trial_until: date
    confirmed_on: date | None
    paused_on: date | None
    ended_on: date | None
    note: str | None
    version: int
    made_at: datetime

    @property
    def resumed_status(self) -> PairStatus:
        """What a paused pair goes on as."""
        return PairStatus.ACTIVE if self.confirmed_on else PairStatus.TRIAL


@dataclass(frozen=True)
class Hit:
    """A visit of a pair that is planned on a day off, or was cancelled for one that is none any more."""

    pair: PairView
    turn: Turn
    visit: VisitView
