"""Minutes set aside: what is wished, and what stands."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.core.errors import Text


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What minutes are set aside for, without names; kept with the hold for ever."""

    subject_id: UUID
    served_on: date
    category: str
    helper_id: UUID
    recipient_id: UUID


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """A wish to hold minutes of one account for another until an instant. `id` becomes the hold's."""

    id: UUID
    from_account: UUID
    to_account: UUID
    minutes: int
    until: datetime
    occasion: Occasion
    by: UUID | None = None
    group: int | None = None


class HoldState(StrEnum):
    """What has become of a hold; the ledger says it, and nobody else keeps it.

    open → captured (used, in part or whole; the rest released), voided (released), expired
    """

    OPEN = "open"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Minutes that are or were set aside."""

    id: UUID
    from_account: UUID
    to_account: UUID
    minutes: int
    until: datetime
    state: HoldState
    captured_minutes: int
    occasion: Occasion

    @property
    def is_open(self) -> bool:
        """True until it is used, released or expired."""
        return self.state is HoldState.OPEN


@dataclass(frozen=True, kw_only=True)
class LetGo:
    """A wish to release a hold. In a `group` it goes with what is posted instead."""

    id: UUID
    hold: Hold
    by: UUID | None = None
    group: int | None = None


@dataclass(frozen=True, kw_only=True)
class HeldLine:
    """One hold as the account's holder reads it."""

    hold_id: UUID
    subject_id: UUID
    served_on: date
    minutes: int
    until_on: date  # the last day
    words: Text
