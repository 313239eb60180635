"""A campaign, its targets, and how far each is."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

NAME_LENGTH_MAX = 60
TARGETS_MAX = 20
GOAL_MAX = 10_000_000
DAYS_MAX = 1_100


class Measure(StrEnum):
    """What a target counts of the activities that took place: them, who was reached, who helped, for how long."""

    ACTIVITIES = "activities"
    PEOPLE = "people"
    STAFFING = "staffing"
    MINUTES = "minutes"


@dataclass(frozen=True)
class Target:
    """So much of something. `id` None: it is new."""

    title: str
    measure: Measure
    goal: int
    id: UUID | None = None


@dataclass(frozen=True)
class Campaign:
    """What a team wants to reach between two days, both included."""

    name: str
    from_on: date
    until_on: date
    targets: tuple[Target, ...]
    note: str | None = None

    def covers(self, day: date) -> bool:
        """True if an activity of that day may count for it."""
        return self.from_on <= day <= self.until_on


@dataclass(frozen=True)
class Progress:
    """A target, and how much of it has happened."""

    target: Target
    reached: int

    @property
    def is_reached(self) -> bool:
        """True if nothing is missing."""
        return self.reached >= self.target.goal

    @property
    def percent(self) -> int:
        """How far, at most 100."""
        return min(100, self.reached * 100 // self.target.goal)


@dataclass(frozen=True)
class CampaignView:
    """A campaign as it stands: only what took place counts."""

    id: UUID
    community_id: UUID
    campaign: Campaign
    progress: tuple[Progress, ...]
    version: int

    @property
    def reached(self) -> int:
        """How many of its targets are reached."""
        return sum(one.is_reached for one in self.progress)


@dataclass(frozen=True)
class Choice:
    """A target that an activity may count for."""

    campaign_id: UUID
    campaign: str
    until_on: date
    target: Target
