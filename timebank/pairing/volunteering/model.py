"""A helper's own word that they would go to one published request; the round or the coordinator decides.

said → taken back      by the helper, at the desk for them, or with their no when they are asked
taken back → said      after all; who says it again after four weeks says it anew
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from timebank.core.provenance import Provenance
from timebank.requests.model import Window
from timebank.requests.recurrence.model import EVERY_WEEK, Recurrence


@dataclass(frozen=True)
class Volunteering:
    """Who volunteered for which request: said by whom, how it reached us, and whether it was taken back."""

    id: UUID
    community_id: UUID
    request_id: UUID
    member_id: UUID
    provenance: Provenance
    said_by: UUID
    said_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Glimpse:
    """All that a helper may see of a request before they are asked: nothing of who it is for.

    No name, address, place, note or age. `windows` are those that can still be; where others are coming
    already, theirs. `wanted` is how many come together.
    """

    request_id: UUID
    category: str
    skills: tuple[str, ...]
    circumstances: tuple[str, ...]
    weekly: bool
    windows: tuple[Window, ...]
    minutes: int
    wanted: int
    recurrence: Recurrence = EVERY_WEEK


class Near(IntEnum):
    """How far, as coarsely as it is told: a distance to the metre would lead to a door."""

    HALF_A_KILOMETRE = 1
    ONE_KILOMETRE = 2
    THREE_KILOMETRES = 3
    FARTHER = 4
    UNKNOWN = 5


@dataclass(frozen=True)
class Nearby:
    """A request that waits for somebody, as one helper who could go sees it."""

    glimpse: Glimpse
    near: Near
    waiting_days: int


class Outcome(StrEnum):
    """What came of volunteering."""

    WAITING = "waiting"  # nobody has decided
    ASKED = "asked"  # they are being asked
    CHOSEN = "chosen"  # they go
    OTHERS = "others"  # somebody else goes
    OVER = "over"  # nobody has to go any more


NOT_CHOSEN = frozenset({Outcome.OTHERS, Outcome.OVER})


@dataclass(frozen=True)
class Volunteered:
    """What somebody volunteered for, and what came of it; `proposal_id` where they are asked."""

    glimpse: Glimpse
    outcome: Outcome
    said_at: datetime
    proposal_id: UUID | None = None
