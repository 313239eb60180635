"""Writing campaigns, and what activities count for."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.activities.campaigns import queries
from timebank.activities.campaigns.model import Campaign, CampaignView
from timebank.activities.tables import ActivityTarget, CampaignRow, TargetRow
from timebank.core.errors import NotFound, Stale
from timebank.core.ids import derived_id


async def write(
    db: AsyncSession, community_id: UUID, campaign: Campaign, *, campaign_id: UUID, by: UUID, now: datetime
) -> None:
    """Write down a new campaign."""
    await db.execute(
        insert(CampaignRow).values(
            id=campaign_id, community_id=community_id, created_by=by, created_at=now, **_columns(campaign)
        )
    )
    await _write_targets(db, community_id, campaign_id, campaign, version=1)


async def hold(db: AsyncSession, community_id: UUID, campaign_id: UUID, *, version: int) -> CampaignView:
    """Lock a campaign to the end of the transaction, and read it. Raises `NotFound`, `Stale`."""
    found = await db.scalar(
        select(CampaignRow.version)
        .where(CampaignRow.id == campaign_id, CampaignRow.community_id == community_id)
        .with_for_update()
    )
    if found is None:
        raise NotFound
    if found != version:
        raise Stale(found)
    return await queries.campaign(db, campaign_id)


async def change(db: AsyncSession, view: CampaignView, campaign: Campaign) -> None:
    """Another in its place; a target with its id stays the same, with all that counts for it."""
    await db.execute(
        update(CampaignRow)
        .where(CampaignRow.id == view.id)
        .values(version=view.version + 1, **_columns(campaign))
    )
    kept = [one.id for one in campaign.targets if one.id is not None]
    await db.execute(delete(TargetRow).where(TargetRow.campaign_id == view.id, TargetRow.id.not_in(kept)))
    await _write_targets(db, view.community_id, view.id, campaign, version=view.version + 1)


async def count_for(
    db: AsyncSession, community_id: UUID, activity_id: UUID, targets: Collection[UUID]
) -> None:
    """Let an activity count for these targets and no others."""
    await db.execute(
        delete(ActivityTarget).where(
            ActivityTarget.activity_id == activity_id, ActivityTarget.target_id.not_in(targets)
        )
    )
    rows = [
        {"community_id": community_id, "activity_id": activity_id, "target_id": one}
        for one in sorted(targets)
    ]
    if rows:
        await db.execute(upsert(ActivityTarget).values(rows).on_conflict_do_nothing())


async def _write_targets(
    db: AsyncSession, community_id: UUID, campaign_id: UUID, campaign: Campaign, *, version: int
) -> None:
    for position, target in enumerate(campaign.targets):
        values = {
            "position": position,
            "title": target.title,
            "measure": target.measure,
            "goal": target.goal,
        }
        target_id = target.id or derived_id("target", campaign_id, version, position)
        await db.execute(
            upsert(TargetRow)
            .values(id=target_id, community_id=community_id, campaign_id=campaign_id, **values)
            .on_conflict_do_update(index_elements=["id"], set_=values)
        )


def _columns(campaign: Campaign) -> dict[str, object]:
    return {
        "name": campaign.name,
        "from_on": campaign.from_on,
        "until_on": campaign.until_on,
        "note": campaign.note,
    }
