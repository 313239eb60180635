"""What is noted of a pair on its way."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.pairing.model import PairView
from timebank.people.model import MemberView
from timebank.visits.model import VisitView


class NoteKind(StrEnum):
    """What somebody of the desk did for a pair."""

    ACCOMPANIED = "accompanied"  # came along to a visit, as to the first
    LOOKED_IN = "looked_in"  # asked either of them how it goes
    REVIEWED = "reviewed"  # sat down with it, and said when the next time is


@dataclass(frozen=True, kw_only=True)
class Note:
    """What was done, when, by whom, and in a word. `next_on`: when a review is due again."""

    id: UUID
    pair_id: UUID
    kind: NoteKind
    on: date
    word: str
    next_on: date | None
    by: UUID
    by_name: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How a pair is kept: its notes, the latest first; when it is to be reviewed, and whether it fell silent."""

    notes: tuple[Note, ...]
    review_on: date | None
    accompanied: bool
    silent_since: date | None


@dataclass(frozen=True, kw_only=True)
class Neglected:
    """A pair that somebody should look at: `silent_since` no visit came about, or its review is due."""

    pair: PairView
    silent_since: date | None
    review_on: date | None


@dataclass(frozen=True, kw_only=True)
class SubstitutePage:
    """Who could go once instead of the helper of a pair, the fittest first."""

    pair: PairView
    visit: VisitView
    helper: MemberView
    recipient: MemberView
    fit: tuple[MemberView, ...]
