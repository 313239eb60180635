"""A wish for help: what, when, how long, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.core.provenance import Provenance
from timebank.requests.recurrence.model import EVERY_WEEK, OnHolidays, Recurrence

PRIORITY_MAX = 3
WINDOWS_MAX = 14
HELPERS_MAX = 6
PREFERRED_MAX = 10
DAYS_AHEAD_MAX = 366
# Stands where nobody chose a scheme: the first that takes this kind of help is taken.
ANY_SCHEME = UUID(int=0)
# Stands where nobody said: what the member's record says is taken.
AS_RECORDED = ("as_recorded",)


class Kind(StrEnum):
    """Once, or again and again (which becomes a standing pair): every week, unless its recurrence says otherwise."""

    ONCE = "once"
    WEEKLY = "weekly"


class Status(StrEnum):
    """How far a request has come."""

    SUBMITTED = "submitted"
    PUBLISHED = "published"
    MATCHED = "matched"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REJECTED = "rejected"


class Move(StrEnum):
    """What may happen to a request."""

    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    REJECT = "reject"
    RECONSIDER = "reconsider"
    MATCH = "match"
    RETURN = "return"
    FINISH = "finish"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    EXPIRE = "expire"
    RENEW = "renew"


# submitted ⇄ published ⇄ matched → done         publish / unpublish, match / return, finish
#     │           │          │
#     │           │          └→ withdrawn
#     │           ├→ withdrawn
#     ├→ withdrawn│
#     ├───────────┴→ rejected, expired           before anybody was found only
#     ↑
#     └── rejected (reconsider), withdrawn (restore), expired (renew): taken back by mistake, looked at afresh
#
# Ends: done, withdrawn, expired, rejected.
MOVES: Mapping[Move, tuple[frozenset[Status], Status]] = {
    Move.PUBLISH: (frozenset({Status.SUBMITTED}), Status.PUBLISHED),
    Move.UNPUBLISH: (frozenset({Status.PUBLISHED}), Status.SUBMITTED),
    Move.REJECT: (frozenset({Status.SUBMITTED, Status.PUBLISHED}), Status.REJECTED),
    Move.RECONSIDER: (frozenset({Status.REJECTED}), Status.SUBMITTED),
    Move.MATCH: (frozenset({Status.PUBLISHED}), Status.MATCHED),
    Move.RETURN: (frozenset({Status.MATCHED}), Status.PUBLISHED),
    Move.FINISH: (frozenset({Status.MATCHED}), Status.DONE),
    Move.WITHDRAW: (frozenset({Status.SUBMITTED, Status.PUBLISHED, Status.MATCHED}), Status.WITHDRAWN),
    Move.RESTORE: (frozenset({Status.WITHDRAWN}), Status.SUBMITTED),
    Move.EXPIRE: (frozenset({Status.SUBMITTED, Status.PUBLISHED}), Status.EXPIRED),
    Move.RENEW: (frozenset({Status.EXPIRED}), Status.SUBMITTED),
}
ENDS = frozenset({Status.DONE, Status.WITHDRAWN, Status.EXPIRED, Status.REJECTED})
OPEN = frozenset({Status.SUBMITTED, Status.PUBLISHED, Status.MATCHED})


@dataclass(frozen=True)
class Window:
    """When help would be welcome: `[from_minute, to_minute)` of one day, or of a weekday (0 = Monday)."""

    from_minute: int
    to_minute: int
    on_day: date | None = None
    weekday: int | None = None


@dataclass(frozen=True)
class Wish:
    """What somebody asks for. Minutes are whole; days are calendar days where the time bank is.

    `circumstances` are what a helper is told before they answer: stairs, pets, a wheelchair. `helpers` is how many are wanted at once.
    Only who belongs to one of `helper_branches` may come; none named is no limit. With `gives` help goes both ways:
    only who would like one of these in return may come. `prefers` are helpers, the dearest first; they count where
    a scheme is one of mentors.
    """

    scheme_id: UUID
    category: str
    kind: Kind
    duration_minutes: int
    starts_on: date
    expires_on: date
    windows: tuple[Window, ...]
    skills: tuple[str, ...] = ()
    priority: int = 0
    wanted_gender: str | None = None
    wanted_dialect: str | None = None
    place: str | None = None
    note: str | None = None
    circumstances: tuple[str, ...] = ()
    recurrence: Recurrence = EVERY_WEEK
    on_holidays: OnHolidays = OnHolidays.GO_ON
    helpers: int = 1
    helper_branches: tuple[UUID, ...] = ()
    gives: tuple[str, ...] = ()
    prefers: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Settled:
    """The first day and the hour at which a standing request was agreed."""

    on: date
    from_minute: int


@dataclass(frozen=True)
class RequestView:
    """A request as it stands. `last_why` counts why nobody came in the last round, by reason."""

    id: UUID
    community_id: UUID
    member_id: UUID
    wish: Wish
    status: Status
    status_reason: str | None
    provenance: Provenance
    created_by: UUID
    created_at: datetime
    published_at: datetime | None
    changed_at: datetime
    version: int
    passed_over: int
    last_why: Mapping[str, int]
    settled: Settled | None = None

    @property
    def moves(self) -> frozenset[Move]:
        """What may happen to it now."""
        return frozenset(move for move, (before, _) in MOVES.items() if self.status in before)
