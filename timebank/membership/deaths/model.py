"""Values of a choice for afterwards, and of a death."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.core.errors import Text
from timebank.core.provenance import Provenance
from timebank.people.model import Brief, MemberView


class To(StrEnum):
    """To whom the minutes go: somebody the member named, somebody of the family, or everybody."""

    NOMINEE = "nominee"
    KIN = "kin"
    POOL = "pool"


class Way(StrEnum):
    """How the balance goes now."""

    AS_CHOSEN = "as_chosen"
    REST_TO_POOL = "rest_to_pool"  # what the chosen one has no room for
    POOL = "pool"
    LATER = "later"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a member chose, how it was said, who heard it and on which day. `heir_id` None: the pool."""

    to: To
    heir_id: UUID | None
    source: Provenance
    heard_by: str
    said_on: date


@dataclass(frozen=True, kw_only=True)
class Bequest:
    """The choice that holds. `number`: the how-manieth; each one before it stays written down.

    `heir`: whom the heir's record has become by now, if it was merged.
    """

    said: Said
    number: int
    heir: Brief | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where the minutes go as things stand. `heir` None: the pool; `kept`: nowhere."""

    heir: Brief | None = None
    kept: bool = False
    obstacle: Text | None = None


# recorded → settled (at once, or later); either → undone by a second person
@dataclass(frozen=True, kw_only=True)
class Death:
    """A death as it was recorded. `minutes`: what went to the heir or the pool, `rest_minutes`: beside it to the pool.

    Both are None until the balance has gone; below zero: the pool made good for it.
    """

    id: UUID
    member_id: UUID
    died_on: date
    told_by: str
    recorded_by: UUID
    recorded_by_name: str
    recorded_at: datetime
    status_before: str
    way: Way | None
    heir_id: UUID | None
    minutes: int | None
    rest_minutes: int | None
    transfer_ids: tuple[UUID, ...]
    settled_by: UUID | None
    undone_because: str | None
    version: int

    @property
    def settled(self) -> bool:
        """True once the balance has gone, or is to stay."""
        return self.settled_by is not None


@dataclass(frozen=True, kw_only=True)
class Look:
    """What recording a death would do, or did. `minutes` None: there is no account.

    `unsettled`: visits that took place and are not in the book yet. `room_minutes` None: the heir has no ceiling.
    """

    member: MemberView
    bequest: Bequest | None
    destination: Destination
    minutes: int | None
    room_minutes: int | None
    planned: int
    unsettled: int
    pairs: int
    death: Death | None
