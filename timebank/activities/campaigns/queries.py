"""Reading campaigns, and how far they are: only activities that took place, within their days, count."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.activities.campaigns.model import Campaign, CampaignView, Choice, Measure, Progress, Target
from timebank.activities.model import Part, Status
from timebank.activities.tables import Activity, ActivityTarget, CampaignRow, ParticipationRow, TargetRow
from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, decode, lost_place


async def campaign(db: AsyncSession, campaign_id: UUID) -> CampaignView:
    """One campaign; raises `NotFound`."""
    found = await _views(db, select(CampaignRow).where(CampaignRow.id == campaign_id))
    if not found:
        raise NotFound
    return found[0]


async def list_campaigns(
    db: AsyncSession, community_id: UUID, *, after: str | None = None, limit: int = 50
) -> Page[CampaignView]:
    """A page of campaigns, the latest first."""
    limit = min(limit, PAGE_ROWS_MAX)
    wanted = select(CampaignRow).where(CampaignRow.community_id == community_id)
    if start := _start(after):
        wanted = wanted.where(tuple_(CampaignRow.from_on, CampaignRow.id) < start)
    views = await _views(
        db, wanted.order_by(CampaignRow.from_on.desc(), CampaignRow.id.desc()).limit(limit + 1)
    )
    return cut(views, limit=limit, key=[[str(view.campaign.from_on), str(view.id)] for view in views])


async def choices(db: AsyncSession, community_id: UUID, day: date | None) -> list[Choice]:
    """The targets that an activity of that day may count for; without a day, of all campaigns."""
    wanted = (
        select(CampaignRow.id.label("campaign_id"), CampaignRow.name, CampaignRow.until_on, TargetRow)
        .join(TargetRow, TargetRow.campaign_id == CampaignRow.id)
        .where(CampaignRow.community_id == community_id)
        .order_by(CampaignRow.from_on.desc(), CampaignRow.id, TargetRow.position)
    )
    if day is not None:
        wanted = wanted.where(CampaignRow.from_on <= day, CampaignRow.until_on >= day)
    rows = await db.execute(wanted)
    return [Choice(row.campaign_id, row.name, row.until_on, _target(row.TargetRow)) for row in rows]


async def targets_of(db: AsyncSession, activity_id: UUID) -> set[UUID]:
    """The targets that an activity counts for."""
    found = await db.scalars(
        select(ActivityTarget.target_id).where(ActivityTarget.activity_id == activity_id)
    )
    return set(found)


async def activities_of(db: AsyncSession, campaign_id: UUID) -> dict[UUID, set[UUID]]:
    """The activities that count for a campaign, planned or over, each with its targets."""
    rows = await db.execute(
        select(ActivityTarget.activity_id, ActivityTarget.target_id)
        .join(TargetRow, TargetRow.id == ActivityTarget.target_id)
        .where(TargetRow.campaign_id == campaign_id)
    )
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for row in rows:
        found[row.activity_id].add(row.target_id)
    return dict(found)


async def _views(db: AsyncSession, wanted: Select[CampaignRow]) -> list[CampaignView]:
    rows = (await db.scalars(wanted.execution_options(populate_existing=True))).all()
    ids = [row.id for row in rows]
    targets: dict[UUID, list[Target]] = defaultdict(list)
    for one in await db.scalars(
        select(TargetRow)
        .where(TargetRow.campaign_id.in_(ids))
        .order_by(TargetRow.position)
        .execution_options(populate_existing=True)
    ):
        targets[one.campaign_id].append(_target(one))
    reached = await _reached(db, ids)
    return [_view(row, tuple(targets[row.id]), reached) for row in rows]


async def _reached(db: AsyncSession, campaign_ids: Collection[UUID]) -> dict[tuple[UUID, Measure], int]:
    """What has happened for each target, in each measure."""
    one = ParticipationRow
    came = one.came.is_(True)
    each = (
        select(
            one.activity_id,
            func.count().filter(came, one.part == Part.PARTICIPANT).label("participants"),
            func.count().filter(came, one.part != Part.PARTICIPANT).label("staffing"),
            func.coalesce(func.sum(one.served_minutes), 0).label("minutes"),
        )
        .group_by(one.activity_id)
        .subquery()
    )
    rows = await db.execute(
        select(
            ActivityTarget.target_id,
            func.count().label("activities"),
            func.sum(func.coalesce(each.c.participants, 0) + Activity.guests).label("people"),
            func.sum(func.coalesce(each.c.staffing, 0)).label("staffing"),
            func.sum(func.coalesce(each.c.minutes, 0)).label("minutes"),
        )
        .join(TargetRow, TargetRow.id == ActivityTarget.target_id)
        .join(CampaignRow, CampaignRow.id == TargetRow.campaign_id)
        .join(Activity, Activity.id == ActivityTarget.activity_id)
        .outerjoin(each, each.c.activity_id == Activity.id)
        .where(
            TargetRow.campaign_id.in_(campaign_ids),
            Activity.status == Status.HELD,
            Activity.held_on.between(CampaignRow.from_on, CampaignRow.until_on),
        )
        .group_by(ActivityTarget.target_id)
    )
    return {(row.target_id, measure): int(getattr(row, measure.value)) for row in rows for measure in Measure}


def _start(after: str | None) -> tuple[date, UUID] | None:
    key = decode(after, parts=2)
    if key is None:
        return None
    try:
        return date.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        raise lost_place() from None


def _view(
    row: CampaignRow, targets: tuple[Target, ...], reached: dict[tuple[UUID, Measure], int]
) -> CampaignView:
    return CampaignView(
        id=row.id,
        community_id=row.community_id,
        campaign=Campaign(row.name, row.from_on, row.until_on, targets, row.note),
        progress=tuple(
            Progress(one, reached.get((one.id, one.measure), 0)) for one in targets if one.id is not None
        ),
        version=row.version,
    )


def _target(row: TargetRow) -> Target:
    return Target(row.title, Measure(row.measure), row.goal, row.id)
