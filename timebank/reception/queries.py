"""Reading places and who waits."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound
from timebank.reception.model import About, Opening, Place, Standing, Visitor
from timebank.reception.tables import PlaceRow, VisitorRow


async def places(db: AsyncSession, community_id: UUID, *, open_on: date | None = None) -> list[Place]:
    """The places of a community by name; with `open_on` those that are not given up by then."""
    rows = await db.scalars(
        select(PlaceRow).where(PlaceRow.community_id == community_id).order_by(PlaceRow.name, PlaceRow.id)
    )
    found = [_place(row) for row in rows]
    return [one for one in found if open_on is None or one.closed_on is None or open_on < one.closed_on]


async def place(db: AsyncSession, community_id: UUID, place_id: UUID) -> Place:
    """One place. Raises `NotFound`."""
    row = await db.scalar(
        select(PlaceRow).where(PlaceRow.id == place_id, PlaceRow.community_id == community_id)
    )
    if row is None:
        raise NotFound
    return _place(row)


async def visitors(db: AsyncSession, community_id: UUID, day: date) -> list[Visitor]:
    """Everybody who came on a day, in the order of their numbers."""
    rows = await db.scalars(
        select(VisitorRow)
        .where(VisitorRow.community_id == community_id, VisitorRow.on_day == day)
        .order_by(VisitorRow.number)
        .execution_options(populate_existing=True)
    )
    return [visitor_of(row) for row in rows]


def visitor_of(row: VisitorRow) -> Visitor:
    """A row as the room's value."""
    return Visitor(
        id=row.id,
        number=row.number,
        on_day=row.on_day,
        member_id=row.member_id,
        name=row.name,
        about=About(row.about),
        standing=Standing(row.standing),
        came_at=row.came_at,
        called_at=row.called_at,
        called_by=row.called_by,
        ended_at=row.ended_at,
        version=row.version,
    )


def _place(row: PlaceRow) -> Place:
    return Place(
        id=row.id,
        community_id=row.community_id,
        name=row.name,
        address=row.address,
        note=row.note,
        hours=tuple(sorted(Opening(*one) for one in row.hours)),
        closed_on=row.closed_on,
        version=row.version,
    )
