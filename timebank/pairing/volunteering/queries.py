"""Reading who volunteered."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.provenance import Provenance
from timebank.pairing.tables import Volunteer
from timebank.pairing.volunteering.model import Volunteering


async def volunteers(
    db: AsyncSession, community_id: UUID, since: datetime, *, request_ids: Collection[UUID] | None = None
) -> dict[UUID, list[Volunteering]]:
    """Who volunteered since then and has not taken it back, by request, the first first."""
    wanted = select(Volunteer).where(
        Volunteer.community_id == community_id,
        Volunteer.withdrawn_at.is_(None),
        Volunteer.said_at >= since,
    )
    if request_ids is not None:
        wanted = wanted.where(Volunteer.request_id.in_(request_ids))
    found: dict[UUID, list[Volunteering]] = defaultdict(list)
    for row in await db.scalars(wanted.order_by(Volunteer.said_at, Volunteer.id)):
        found[row.request_id].append(_view(row))
    return dict(found)


async def volunteered_by(db: AsyncSession, member_id: UUID, since: datetime) -> list[Volunteering]:
    """What a member volunteered for since then and has not taken back, the latest first."""
    rows = await db.scalars(
        select(Volunteer)
        .where(Volunteer.member_id == member_id, Volunteer.withdrawn_at.is_(None), Volunteer.said_at >= since)
        .order_by(Volunteer.said_at.desc(), Volunteer.id)
    )
    return [_view(row) for row in rows]


def _view(row: Volunteer) -> Volunteering:
    return Volunteering(
        id=row.id,
        community_id=row.community_id,
        request_id=row.request_id,
        member_id=row.member_id,
        provenance=Provenance(row.provenance),
        said_by=row.said_by,
        said_at=row.said_at,
        withdrawn_at=row.withdrawn_at,
    )
