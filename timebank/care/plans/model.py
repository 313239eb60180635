"""Values of care plans (一人一策): one for one person, looked at again and again.

running → running   changed, or reviewed: a version is added, and those before it stay
running → ended     with a reason; a new plan may begin
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.people.model import Brief
from timebank.requests.model import RequestView

GOALS_MAX = 12
GOAL_LENGTH_MAX = 200
TEAM_MAX = 20
PART_LENGTH_MAX = 60
REQUESTS_MAX = 20
WORD_LENGTH_MAX = 2000
REVIEW_DAYS_MAX = 366


class How(StrEnum):
    """How a version came about."""

    WRITTEN = "written"
    REVIEWED = "reviewed"


@dataclass(frozen=True)
class Seat:
    """Somebody's part in the care of one person: a member, or somebody of the staff."""

    part: str
    member_id: UUID | None = None
    staff_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is planned: the goals, who does what, which standing requests belong to it, when it is looked at again."""

    goals: tuple[str, ...]
    team: tuple[Seat, ...] = ()
    request_ids: tuple[UUID, ...] = ()
    review_on: date
    word: str | None = None


@dataclass(frozen=True, kw_only=True)
class Version:
    """A plan as it stood from one writing to the next."""

    number: int
    how: How
    plan: Plan
    written_by: UUID
    written_on: date
    written_at: datetime


@dataclass(frozen=True)
class Ended:
    """When a plan ended, and why."""

    on: date
    because: str


@dataclass(frozen=True, kw_only=True)
class PlanView:
    """A plan as it stands: its last version. `version` is that version's number."""

    id: UUID
    community_id: UUID
    member_id: UUID
    begun_on: date
    ended: Ended | None
    latest: Version

    @property
    def version(self) -> int:
        """What a change must have seen; an end is none of the versions, so it needs no number of its own."""
        return self.latest.number

    def is_due(self, day: date) -> bool:
        """True if it is to be looked at again by that day."""
        return self.ended is None and self.latest.plan.review_on <= day


@dataclass(frozen=True)
class SeatShown:
    """A seat with who sits in it."""

    seat: Seat
    name: str
    number: str | None
    phone: str | None


@dataclass(frozen=True)
class PlanPage:
    """A plan with whose it is, who is in the team by name, and the requests that belong to it."""

    view: PlanView
    member: Brief
    team: Sequence[SeatShown]
    requests: Sequence[RequestView]
    written_by: str
    versions: Sequence[Version] = ()


@dataclass(frozen=True)
class PlanLine:
    """A plan in a list, and whose it is."""

    view: PlanView
    member: Brief
