"""Values of keeping in touch: how often somebody in a hardship tier is to be seen, and who really was.

A contact: noted → struck   with why, where it was noted wrongly; it stays to be read
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from timebank.people.model import Brief

TIERS = (1, 2, 3)
RHYTHM_DAYS_MAX = 366
DAYS_BACK_MAX = 366
DAYS_AHEAD_MAX = 366
NAME_LENGTH_MAX = 60
WORD_LENGTH_MAX = 500


class ContactKind(StrEnum):
    """How somebody was asked after."""

    CALL = "call"
    LOOK_IN = "look_in"


class Seen(StrEnum):
    """By what somebody was last seen: a visit, or a contact that was noted."""

    VISIT = "visit"
    CALL = "call"
    LOOK_IN = "look_in"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A call or a look-in: when, by whom, and a word on how they are. `reached`: they were really spoken to."""

    kind: ContactKind
    happened_on: date
    by_whom: str
    reached: bool = True
    word: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContactView:
    """A contact as it was noted."""

    id: UUID
    member_id: UUID
    contact: Contact
    noted_at: datetime
    struck_because: str | None

    @property
    def counts(self) -> bool:
        """True if the member was seen by it."""
        return self.contact.reached and self.struck_because is None


@dataclass(frozen=True)
class Rhythm:
    """After how many days at most somebody in each tier is to be seen or spoken to again."""

    days: Mapping[int, int]


@dataclass(frozen=True, kw_only=True)
class RhythmVersion:
    """A rhythm, and from when it holds; the first has no maker."""

    rhythm: Rhythm
    in_force_from: date
    made_at: datetime


# Nobody in a tier is unseen for more than two weeks, where a community has said nothing else.
DEFAULT = Rhythm({1: 14, 2: 14, 3: 14})


@dataclass(frozen=True)
class LastSeen:
    """The last day on which somebody was seen, and by what."""

    on: date
    by: Seen


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Somebody in a hardship tier: when last seen, how many days may pass, how many have."""

    member: Brief
    last: LastSeen | None
    allowed_days: int
    gap_days: int | None

    @property
    def is_unseen(self) -> bool:
        """True if nobody has seen them within the rhythm, or ever."""
        return self.gap_days is None or self.gap_days > self.allowed_days

    @property
    def due_on(self) -> date | None:
        """The last day on which they can be seen in time; None where nobody has seen them yet."""
        return None if self.last is None else self.last.on + timedelta(days=self.allowed_days)


@dataclass(frozen=True)
class Watch:
    """Everybody in a hardship tier on a day, the most pressing first."""

    day: date
    rhythm: Rhythm
    watched: Sequence[Watched]

    @property
    def unseen(self) -> list[Watched]:
        """Those whom nobody has seen within the rhythm."""
        return [one for one in self.watched if one.is_unseen]

    def due_within(self, days: int) -> list[Watched]:
        """Those still in time whose last day is so near."""
        until = self.day + timedelta(days=days)
        return [one for one in self.watched if not one.is_unseen and one.due_on and one.due_on <= until]

    @property
    def longest(self) -> Watched | None:
        """Who has waited longest since being seen; None where nobody has been."""
        seen = [one for one in self.watched if one.gap_days is not None]
        return max(seen, key=lambda one: one.gap_days or 0, default=None)

    @property
    def never(self) -> int:
        """How many nobody has ever seen."""
        return sum(1 for one in self.watched if one.last is None)


@dataclass(frozen=True)
class InTouch:
    """One member's contacts, the latest first; `watched` only in a hardship tier."""

    member: Brief
    watched: Watched | None
    last: LastSeen | None
    contacts: Sequence[ContactView]
