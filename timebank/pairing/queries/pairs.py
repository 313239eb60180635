"""Reading standing pairs."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, instant_and_id
from timebank.pairing.model import VISITING, Occasion, PairStatus, PairView
from timebank.pairing.tables import Pair
from timebank.requests.recurrence.model import Recurrence

LIVING = (PairStatus.TRIAL, PairStatus.ACTIVE, PairStatus.PAUSED)


async def pair(db: AsyncSession, pair_id: UUID) -> PairView:
    """One pair; raises `NotFound`."""
    row = await db.scalar(select(Pair).where(Pair.id == pair_id).execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return pair_view(row)


async def living_pairs(
    db: AsyncSession, community_id: UUID, *, member_id: UUID | None = None
) -> list[PairView]:
    """Every pair that has not ended, paused ones too; of one member if named."""
    wanted = [Pair.community_id == community_id, Pair.status.in_(LIVING)]
    if member_id is not None:
        wanted.append(_of(member_id))
    rows = await db.scalars(
        select(Pair).where(*wanted).order_by(Pair.id).execution_options(populate_existing=True)
    )
    return [pair_view(row) for row in rows]


async def pair_of_proposal(db: AsyncSession, proposal_id: UUID) -> PairView | None:
    """The pair that an accepted proposal of a weekly request became."""
    row = await db.scalar(select(Pair).where(Pair.proposal_id == proposal_id))
    return None if row is None else pair_view(row)


async def visiting_pair(db: AsyncSession, request_id: UUID) -> PairView | None:
    """The pair of a request that plans visits now."""
    row = await db.scalar(
        select(Pair)
        .where(Pair.request_id == request_id, Pair.status.in_(VISITING))
        .execution_options(populate_existing=True)
    )
    return None if row is None else pair_view(row)


async def trials_over(db: AsyncSession, community_id: UUID, day: date) -> list[PairView]:
    """Pairs whose trial has run its time and about whom nobody has said how it went."""
    rows = await db.scalars(
        select(Pair)
        .where(Pair.community_id == community_id, Pair.status == PairStatus.TRIAL, Pair.trial_until <= day)
        .order_by(Pair.trial_until, Pair.id)
    )
    return [pair_view(row) for row in rows]


async def list_pairs(
    db: AsyncSession,
    community_id: UUID,
    *,
    statuses: Collection[PairStatus] = (),
    member_id: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[PairView]:
    """The newest first, at most 100."""
    limit = min(limit, PAGE_ROWS_MAX)
    wanted: list[ColumnElement[bool]] = [Pair.community_id == community_id]
    if statuses:
        wanted.append(Pair.status.in_(statuses))
    if member_id is not None:
        wanted.append(_of(member_id))
    if start := instant_and_id(after):
        wanted.append(tuple_(Pair.made_at, Pair.id) < start)
    rows = await db.scalars(
        select(Pair)
        .where(*wanted)
        .order_by(Pair.made_at.desc(), Pair.id.desc())
        .limit(limit + 1)
        .execution_options(populate_existing=True)
    )
    views = [pair_view(row) for row in rows]
    return cut(views, limit=limit, key=[[view.made_at.isoformat(), str(view.id)] for view in views])


def pair_view(row: Pair) -> PairView:
    """A row as a value."""
    return PairView(
        id=row.id,
        community_id=row.community_id,
        scheme_id=row.scheme_id,
        request_id=row.request_id,
        proposal_id=row.proposal_id,
        helper_id=row.helper_id,
        recipient_id=row.recipient_id,
        category=row.category,
        occasion=Occasion(row.on_day, row.from_minute, row.minutes, Recurrence(row.every, row.nth)),
        status=PairStatus(row.status),
        trial_until=row.trial_until,
        confirmed_on=row.confirmed_on,
        paused_on=row.paused_on,
        ended_on=row.ended_on,
        note=row.note,
        version=row.version,
        made_at=row.made_at,
    )


def _of(member_id: UUID) -> ColumnElement[bool]:
    return or_(Pair.helper_id == member_id, Pair.recipient_id == member_id)
