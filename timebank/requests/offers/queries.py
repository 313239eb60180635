"""Reading offers."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, instant_and_id
from timebank.core.provenance import Provenance
from timebank.requests.offers.model import Offer, OfferView
from timebank.requests.tables import OfferRow


async def offer(db: AsyncSession, offer_id: UUID) -> OfferView:
    """One offer; raises `NotFound`."""
    row = await db.scalar(
        select(OfferRow).where(OfferRow.id == offer_id).execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return _view(row)


async def list_offers(
    db: AsyncSession,
    community_id: UUID,
    today: date,
    *,
    ended: bool = False,
    category: str | None = None,
    member_id: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[OfferView]:
    """Those that stand, or those that have ended, the newest first; at most 100."""
    limit = min(limit, PAGE_ROWS_MAX)
    over = or_(OfferRow.ended_at.is_not(None), OfferRow.until_on < today)
    wanted = select(OfferRow).where(OfferRow.community_id == community_id, over if ended else ~over)
    if category is not None:
        wanted = wanted.where(OfferRow.category == category)
    if member_id is not None:
        wanted = wanted.where(OfferRow.member_id == member_id)
    if start := instant_and_id(after):
        wanted = wanted.where(tuple_(OfferRow.created_at, OfferRow.id) < start)
    rows = await db.scalars(
        wanted.order_by(OfferRow.created_at.desc(), OfferRow.id.desc())
        .limit(limit + 1)
        .execution_options(populate_existing=True)
    )
    views = [_view(row) for row in rows]
    return cut(views, limit=limit, key=[[view.created_at.isoformat(), str(view.id)] for view in views])


async def standing(db: AsyncSession, community_id: UUID, on: date) -> dict[UUID, list[Offer]]:
    """What each member offers on a day."""
    rows = await db.scalars(
        select(OfferRow)
        .where(OfferRow.community_id == community_id, OfferRow.ended_at.is_(None), OfferRow.until_on >= on)
        .order_by(OfferRow.id)
    )
    found: dict[UUID, list[Offer]] = defaultdict(list)
    for row in rows:
        found[row.member_id].append(_view(row).offer)
    return dict(found)


def _view(row: OfferRow) -> OfferView:
    return OfferView(
        id=row.id,
        community_id=row.community_id,
        member_id=row.member_id,
        offer=Offer(
            row.category,
            tuple(row.weekdays),
            row.from_minute,
            row.to_minute,
            row.until_on,
            row.note,
            tuple(row.wants),
            tuple(row.prefers),
        ),
        provenance=Provenance(row.provenance),
        created_at=row.created_at,
        ended_at=row.ended_at,
        version=row.version,
    )
