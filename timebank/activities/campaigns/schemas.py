"""What forms and API bodies of campaigns look like."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.activities.campaigns.model import (
    GOAL_MAX,
    NAME_LENGTH_MAX,
    TARGETS_MAX,
    Campaign,
    CampaignView,
    Measure,
    Progress,
    Target,
)
from timebank.requests.schemas import Note
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line, Version

Name = Annotated[Line, Field(max_length=NAME_LENGTH_MAX)]
HOUR = 60


class CampaignForm(BaseModel):
    """What a coordinator fills in for a campaign, besides its targets."""

    name: Name
    from_on: Day
    until_on: Day
    note: Note | None = None
    version: Version | None = None


class TargetForm(BaseModel):
    """One line of targets; hours are written as hours."""

    id: UUID | None = None
    title: Name
    measure: Measure
    goal: Annotated[int, Field(ge=1, le=GOAL_MAX // HOUR)]

    @property
    def target(self) -> Target:
        """The value."""
        goal = self.goal * HOUR if self.measure is Measure.MINUTES else self.goal
        return Target(self.title, self.measure, goal, self.id)


class TargetBody(Schema):
    """A target; with its `id` it stays the same one, with all that counts for it. Minutes are minutes."""

    id: UUID | None = None
    title: Name
    measure: Measure
    goal: Annotated[int, Field(ge=1, le=GOAL_MAX)]


class CampaignFields(Schema):
    """What a team wants to reach between two days, both included."""

    name: Name
    from_on: Day
    until_on: Day
    targets: Annotated[list[TargetBody], Field(min_length=1, max_length=TARGETS_MAX)]
    note: Note | None = None

    @property
    def campaign(self) -> Campaign:
        """The value."""
        targets = tuple(Target(one.title, one.measure, one.goal, one.id) for one in self.targets)
        return Campaign(self.name, self.from_on, self.until_on, targets, self.note)


class ChangedCampaign(CampaignFields):
    """Another campaign in its place, as it was seen."""

    version: Version


class ProgressBody(BaseModel):
    """A target and how much of it has happened."""

    id: UUID
    title: str
    measure: Measure
    goal: int
    reached: int


class CampaignBody(BaseModel):
    """A campaign as the API shows it; only activities that took place count."""

    id: UUID
    name: str
    from_on: date
    until_on: date
    note: str | None
    targets: list[ProgressBody]
    version: int


class CampaignList(BaseModel):
    """A page of campaigns."""

    rows: list[CampaignBody]
    after: str | None


def body_of(view: CampaignView) -> CampaignBody:
    """A campaign for a program."""
    campaign = view.campaign
    return CampaignBody(
        id=view.id,
        name=campaign.name,
        from_on=campaign.from_on,
        until_on=campaign.until_on,
        note=campaign.note,
        targets=[_progress_of(one) for one in view.progress],
        version=view.version,
    )


def _progress_of(one: Progress) -> ProgressBody:
    target = one.target
    assert target.id is not None
    return ProgressBody(
        id=target.id, title=target.title, measure=target.measure, goal=target.goal, reached=one.reached
    )


def form_of(view: CampaignView) -> dict[str, object]:
    """What the form holds for a campaign as it stands; its targets by their places."""
    campaign = view.campaign
    found: dict[str, object] = {
        "name": campaign.name,
        "from_on": campaign.from_on,
        "until_on": campaign.until_on,
        "note": campaign.note,
        "version": view.version,
    }
    for place, target in enumerate(campaign.targets, start=1):
        goal = target.goal // HOUR if target.measure is Measure.MINUTES else target.goal
        found |= {
            f"id-{place}": target.id,
            f"title-{place}": target.title,
            f"measure-{place}": target.measure,
            f"goal-{place}": goal,
        }
    return found
