"""Where one can go, when it is open, and who waits there.

waiting → called → served     somebody at the desk calls the next, and sees to them
waiting, called → left        nobody answered, or they could not wait
called, served, left → waiting        taken back by mistake
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

HOURS_MAX = 14


@dataclass(frozen=True, order=True)
class Opening:
    """Open on a weekday (0 = Monday) from one minute of the day to another, half-open."""

    weekday: int
    from_minute: int
    to_minute: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """A desk or a room of the community, and when one can go there."""

    id: UUID
    community_id: UUID
    name: str
    address: str
    note: str | None
    hours: tuple[Opening, ...]
    closed_on: date | None
    version: int


class About(StrEnum):
    """What somebody comes for."""

    ASK = "ask"  # help is wanted
    HOURS = "hours"  # hours to look at or to write down
    CARD = "card"
    JOIN = "join"
    OTHER = "other"


class Standing(StrEnum):
    """How far somebody is who came."""

    WAITING = "waiting"
    CALLED = "called"
    SERVED = "served"
    LEFT = "left"


class Move(StrEnum):
    """What may happen to them."""

    CALL = "call"
    SERVE = "serve"
    LEAVE = "leave"
    WAIT = "wait"


MOVES: Mapping[Move, tuple[frozenset[Standing], Standing]] = {
    Move.CALL: (frozenset({Standing.WAITING}), Standing.CALLED),
    Move.SERVE: (frozenset({Standing.CALLED}), Standing.SERVED),
    Move.LEAVE: (frozenset({Standing.WAITING, Standing.CALLED}), Standing.LEFT),
    Move.WAIT: (frozenset({Standing.CALLED, Standing.SERVED, Standing.LEFT}), Standing.WAITING),
}


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody who came in, under a number of the day. `member_id` None: who is no member, or nobody asked."""

    id: UUID
    number: int
    on_day: date
    member_id: UUID | None
    name: str
    about: About
    standing: Standing
    came_at: datetime
    called_at: datetime | None
    called_by: UUID | None
    ended_at: datetime | None
    version: int
