"""The only place that reads the clock; everything else is told the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from time import monotonic_ns
from zoneinfo import ZoneInfo

from timebank.core.settings import settings


class Hands:
    """A set clock: it stands still until it is moved."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant
        self.move(instant)

    def move(self, instant: datetime) -> None:
        """Let it be `instant` from now on, everywhere this clock is looked at."""
        if instant.tzinfo is None:
            raise ValueError("a naive datetime has no place here")
        self.instant = instant.astimezone(UTC)


_set: ContextVar[Hands | None] = ContextVar("set_clock", default=None)


def now() -> datetime:
    """The present instant, in UTC."""
    hands = _set.get()
    return hands.instant if hands else datetime.now(UTC)


def zone() -> ZoneInfo:
    """The time zone of days, weeks and months."""
    return ZoneInfo(settings().time_zone)


def day_of(instant: datetime) -> date:
    """The calendar day of an instant where the time bank is."""
    return instant.astimezone(zone()).date()


def midnight(day: date) -> datetime:
    """The instant at which a calendar day begins where the time bank is."""
    return datetime.combine(day, time.min, zone())


def stopwatch() -> int:
    """Milliseconds from some fixed moment: only differences mean anything."""
    return monotonic_ns() // 1_000_000


def is_set() -> bool:
    """True while history is being written under a set clock."""
    return _set.get() is not None


@contextmanager
def set_to(instant: datetime) -> Iterator[Hands]:
    """Within the block, and in all it starts, the clock is set: for the sample's history and for tests."""
    hands = Hands(instant)
    token = _set.set(hands)
    try:
        yield hands
    finally:
        _set.reset(token)
