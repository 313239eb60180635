"""Days that are not what their weekday says."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class DayKind(StrEnum):
    """What a day is: off, a workday at a weekend, or as any other after all."""

    OFF = "off"
    WORK = "work"
    PLAIN = "plain"


@dataclass(frozen=True)
class Holiday:
    """A day off, or a workday made up for one (调休)."""

    kind: DayKind
    name: str


@dataclass(frozen=True)
class CalendarDay:
    """A day of a district's calendar: what it is, what the country says, who changed it here and when."""

    day: date
    holiday: Holiday
    national: Holiday | None
    changed_by: UUID | None = None
    changed_at: datetime | None = None

    @property
    def ours(self) -> bool:
        """True if the district says otherwise than the country."""
        return self.changed_by is not None
