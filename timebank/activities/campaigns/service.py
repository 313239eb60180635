"""Use cases of campaigns."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.activities import queries as activities
from timebank.activities.campaigns import queries, rules, steps
from timebank.activities.campaigns.model import Campaign, CampaignView, Choice
from timebank.activities.model import ActivityView
from timebank.core.actor import Role
from timebank.core.errors import FieldError, Invalid, NotFound
from timebank.core.lists import Page

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Counting:
    """A campaign, and the activities that count for it by day, each with the targets it counts for."""

    view: CampaignView
    activities: tuple[tuple[ActivityView, frozenset[UUID]], ...]


@use_case(who=DESK, where="community_id")
async def start(db: AsyncSession, act: Act, *, community_id: UUID, campaign: Campaign) -> UUID:
    """Start a campaign; its id. Raises `Invalid` with every field that is wrong."""
    _refuse(rules.problems(campaign, counted={}))
    if any(one.id is not None for one in campaign.targets):
        raise NotFound
    campaign_id = act.id_for("campaign")
    await steps.write(db, community_id, campaign, campaign_id=campaign_id, by=act.actor.id, now=act.now)
    return campaign_id


@use_case(who=DESK, where="community_id")
async def change_campaign(
    db: AsyncSession, act: Act, *, community_id: UUID, campaign_id: UUID, campaign: Campaign, version: int
) -> None:
    """Put it differently. Raises `Stale`, `Invalid`, `NotFound` for a target of another campaign."""
    view = await steps.hold(db, community_id, campaign_id, version=version)
    own = {one.id: one.title for one in view.campaign.targets if one.id is not None}
    if any(one.id is not None and one.id not in own for one in campaign.targets):
        raise NotFound
    used = {one for found in (await queries.activities_of(db, campaign_id)).values() for one in found}
    counted = {target_id: title for target_id, title in own.items() if target_id in used}
    _refuse(rules.problems(campaign, counted=counted))
    await steps.change(db, view, campaign)


@reading(who=DESK, where="community_id")
async def list_campaigns(
    db: AsyncSession, act: Act, *, community_id: UUID, after: str | None = None
) -> Page[CampaignView]:
    """A page of campaigns with how far they are, the latest first."""
    return await queries.list_campaigns(db, community_id, after=after)


@reading(who=DESK, where="community_id")
async def one_campaign(db: AsyncSession, act: Act, *, community_id: UUID, campaign_id: UUID) -> Counting:
    """A campaign with what counts for it. Raises `NotFound`."""
    view = await queries.campaign(db, campaign_id)
    if view.community_id != community_id:
        raise NotFound
    targets = await queries.activities_of(db, campaign_id)
    known = await activities.activities(db, targets)
    by_day = sorted(known.values(), key=lambda one: (one.plan.held_on, one.id))
    return Counting(view, tuple((one, frozenset(targets[one.id])) for one in by_day))


@reading(who=DESK, where="community_id")
async def choices(db: AsyncSession, act: Act, *, community_id: UUID, day: date | None) -> list[Choice]:
    """The targets that an activity of that day may count for."""
    return await queries.choices(db, community_id, day)


def _refuse(found: list[FieldError]) -> None:
    if found:
        raise Invalid(found)
