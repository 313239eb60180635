"""Values of sign-in: who came in, and the tree of units they may see."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

STAFF_LOGIN = timedelta(hours=12)
MEMBER_LOGIN = timedelta(days=90)
ATTEMPT_WINDOW = timedelta(minutes=15)
ATTEMPTS_MAX = 8
# From one address, at whatever names and cards: a whole neighbourhood may share one.
ATTEMPTS_OF_ADDRESS_MAX = 100
PASSWORD_LENGTH_MIN = 10
PIN_DIGITS = 6


class Level(StrEnum):
    """The levels of the tree, from the top."""

    DISTRICT = "district"
    TOWN = "town"
    COMMUNITY = "community"


@dataclass(frozen=True)
class UnitNode:
    """A unit and where it hangs."""

    id: UUID
    parent_id: UUID | None
    level: Level
    name: str
    code: str


@dataclass(frozen=True)
class Token:
    """A fresh login: the opaque token is shown once, to the browser or program that signed in."""

    login_id: UUID
    token: str
    home: str


@dataclass(frozen=True)
class IssuedCard:
    """A card as it is printed: the only moment when its secret and its PIN can be read."""

    card_id: UUID
    member_id: UUID
    number: str
    secret: str
    pin: str
