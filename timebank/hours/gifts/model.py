"""Values of gifts: to whom, how much, and what a member may give now."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from timebank.core.errors import Text
from timebank.schemes.model import Dated, HousePolicy


class Receiver(StrEnum):
    """Who gets it, as the policy sees them."""

    POOL = "pool"
    KIN = "kin"
    MEMBER = "member"


@dataclass(frozen=True, kw_only=True)
class GiftTarget:
    """Somebody to give to. `member_id` None: the pool. `name` is masked for who is not at a desk.

    `word`: what they are to the giver, if it is on record. `here` False: of another community's book.
    """

    receiver: Receiver
    member_id: UUID | None
    name: Text
    number: str = ""
    word: str | None = None
    here: bool = True


@dataclass(frozen=True, kw_only=True)
class GiftView:
    """A gift that was made. `incoming`: the reader received it."""

    transfer_id: UUID
    given_on: date
    other: Text
    minutes: int
    reason: str | None
    incoming: bool
    corrected: bool


@dataclass(frozen=True, kw_only=True)
class Giving:
    """What a member may give today, to whom of their family, and what they gave and got before."""

    member_id: UUID
    available_minutes: int
    given_this_year: int
    house: Dated[HousePolicy]
    family: tuple[GiftTarget, ...]
    gifts: tuple[GiftView, ...]

    @property
    def most_minutes(self) -> int:
        """The most that can be given to the pool now."""
        return max(0, self.available_minutes - self.house.content.gift_kept_minutes)


@dataclass(frozen=True, kw_only=True)
class GiftPreview:
    """What a gift would do, to be read out before it is made."""

    target: GiftTarget
    minutes: int
    left_minutes: int
