"""The only place that reads the clock; everything else is told the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from timebank.core.settings import settings

_set: ContextVar[datetime | None] = ContextVar("set_clock", default=None)


def now() -> datetime:
    """The present instant, in UTC."""
    return _set.get() or datetime.now(UTC)


def zone() -> ZoneInfo:
    """The time zone of days, weeks and months."""
    return ZoneInfo(settings().time_zone)


def day_of(instant: datetime) -> date:
    """The calendar day of an instant where the time bank is."""
    return instant.astimezone(zone()).date()


def is_set() -> bool:
    """True while history is being written under a set clock."""
    return _set.get() is not None


@contextmanager
def set_to(instant: datetime) -> Iterator[None]:
    """Within the block `now()` is `instant`: for the sample's history and for tests."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no place here")
    token = _set.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _set.reset(token)
