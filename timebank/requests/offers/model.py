"""An offer of help: what, on which days and hours, until when.

offered → ended      by the member, or at the desk for them
ended → offered      taken back; an offer whose last day is over has ended by itself
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from timebank.core.provenance import Provenance


@dataclass(frozen=True)
class Offer:
    """What somebody would gladly do. Without `weekdays` any day is meant (0 = Monday).

    `wants` is what they would like in return, any one of it; `prefers` are recipients, the dearest first, which
    counts where a scheme is one of mentors.
    """

    category: str
    weekdays: tuple[int, ...]
    from_minute: int
    to_minute: int
    until_on: date
    note: str | None = None
    wants: tuple[str, ...] = ()
    prefers: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class OfferView:
    """An offer as it stands."""

    id: UUID
    community_id: UUID
    member_id: UUID
    offer: Offer
    provenance: Provenance
    created_at: datetime
    ended_at: datetime | None
    version: int

    def stands(self, on: date) -> bool:
        """True if it may be taken up on that day."""
        return self.ended_at is None and on <= self.offer.until_on
