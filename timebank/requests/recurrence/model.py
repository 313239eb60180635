"""How a standing request comes round, and the single dates that were changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from timebank.requests.holidays.model import Holiday

EVERY_MAX = 12
LAST = -1


@dataclass(frozen=True)
class Recurrence:
    """Every so many weeks; with `nth` on the nth such weekday (−1: the last) of every so many months."""

    every: int = 1
    nth: int | None = None


EVERY_WEEK = Recurrence()


class OnHolidays(StrEnum):
    """What happens on a day off of the district's calendar."""

    GO_ON = "go_on"
    PAUSE = "pause"


class ChangeKind(StrEnum):
    """What was done to one date."""

    SKIP = "skip"
    MOVE = "move"
    ADD = "add"


@dataclass(frozen=True)
class DayChange:
    """One date of a standing request skipped, moved or added.

    `on_day` is the date that falls away, `to_day` and `from_minute` the one that comes instead.
    """

    id: UUID
    kind: ChangeKind
    on_day: date | None = None
    to_day: date | None = None
    from_minute: int | None = None


class TurnState(StrEnum):
    """Whether a turn comes, and why not."""

    COMES = "comes"
    MOVED_HERE = "moved_here"
    ADDED = "added"
    SKIPPED = "skipped"
    MOVED_AWAY = "moved_away"
    HOLIDAY = "holiday"


COMING = frozenset({TurnState.COMES, TurnState.MOVED_HERE, TurnState.ADDED})


@dataclass(frozen=True)
class Turn:
    """One date of a standing request. `other_day` is where it was moved from or to."""

    day: date
    from_minute: int
    state: TurnState
    change_id: UUID | None = None
    other_day: date | None = None
    holiday: Holiday | None = None

    @property
    def comes(self) -> bool:
        """True if somebody is expected on that day."""
        return self.state in COMING


@dataclass(frozen=True)
class Series:
    """A standing request with all that says when it comes round. `first_on` is its first day and its weekday."""

    first_on: date
    from_minute: int
    recurrence: Recurrence = EVERY_WEEK
    on_holidays: OnHolidays = OnHolidays.GO_ON
    changes: tuple[DayChange, ...] = ()
    holidays: Mapping[date, Holiday] = field(default_factory=dict)
