"""Writing places, and letting people in."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound, Stale, Text
from timebank.reception import rules
from timebank.reception.errors import NobodyWaits, VisitorMoved
from timebank.reception.model import About, Move, Opening, Standing, Visitor
from timebank.reception.queries import visitor_of
from timebank.reception.tables import PlaceRow, VisitorRow


async def write_place(
    db: AsyncSession,
    community_id: UUID,
    *,
    place_id: UUID,
    name: str,
    address: str,
    note: str | None,
    hours: Sequence[Opening],
    now: datetime,
) -> None:
    """Write down a new place."""
    await db.execute(
        insert(PlaceRow).values(
            id=place_id,
            community_id=community_id,
            name=name,
            address=address,
            note=note,
            hours=_plain(hours),
            created_at=now,
        )
    )


async def change_place(
    db: AsyncSession,
    community_id: UUID,
    place_id: UUID,
    *,
    version: int,
    name: str,
    address: str,
    note: str | None,
    hours: Sequence[Opening],
    closed_on: date | None,
) -> None:
    """Put it differently, give it up from a day on, or take it again (None). Raises `Stale`, `NotFound`."""
    written = await db.scalar(
        update(PlaceRow)
        .where(PlaceRow.id == place_id, PlaceRow.community_id == community_id, PlaceRow.version == version)
        .values(
            name=name,
            address=address,
            note=note,
            hours=_plain(hours),
            closed_on=closed_on,
            version=version + 1,
        )
        .returning(PlaceRow.id)
    )
    if written is None:
        seen = await db.scalar(
            select(PlaceRow.version).where(PlaceRow.id == place_id, PlaceRow.community_id == community_id)
        )
        if seen is None:
            raise NotFound
        raise Stale(seen)


async def let_in(
    db: AsyncSession,
    community_id: UUID,
    *,
    visitor_id: UUID,
    member_id: UUID | None,
    name: str,
    about: About,
    day: date,
    by: UUID,
    now: datetime,
) -> Visitor:
    """Give somebody the next number of the day."""
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('timebank.reception ' || :community, 0))"),
        {"community": str(community_id)},
    )
    last = await db.scalar(
        select(func.max(VisitorRow.number)).where(
            VisitorRow.community_id == community_id, VisitorRow.on_day == day
        )
    )
    row = await db.scalar(
        insert(VisitorRow)
        .values(
            id=visitor_id,
            community_id=community_id,
            on_day=day,
            number=(last or 0) + 1,
            member_id=member_id,
            name=name,
            about=about,
            standing=Standing.WAITING,
            came_at=now,
            created_by=by,
        )
        .returning(VisitorRow)
    )
    assert row is not None
    return visitor_of(row)


async def call_next(db: AsyncSession, community_id: UUID, *, day: date, by: UUID, now: datetime) -> Visitor:
    """Call whoever has waited longest; two desks at once call two people. Raises `NobodyWaits`."""
    row = await db.scalar(
        select(VisitorRow)
        .where(
            VisitorRow.community_id == community_id,
            VisitorRow.on_day == day,
            VisitorRow.standing == Standing.WAITING,
        )
        .order_by(VisitorRow.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        raise NobodyWaits
    return await move(db, community_id, row.id, Move.CALL, version=row.version, by=by, now=now)


async def move(
    db: AsyncSession,
    community_id: UUID,
    visitor_id: UUID,
    what: Move,
    *,
    version: int,
    by: UUID,
    now: datetime,
) -> Visitor:
    """Call, serve, let go, or take back. Raises `NotFound`, `Stale`, `VisitorMoved`."""
    row = await db.scalar(
        select(VisitorRow)
        .where(VisitorRow.id == visitor_id, VisitorRow.community_id == community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.version != version:
        raise Stale(row.version)
    after = rules.moved(Standing(row.standing), what)
    if after is None:
        raise VisitorMoved(standing=Text(rules.STANDINGS[Standing(row.standing)]))
    row.standing, row.version = after, version + 1
    if what is Move.CALL:
        row.called_at, row.called_by = now, by
    row.ended_at = now if after in (Standing.SERVED, Standing.LEFT) else None
    if after is Standing.WAITING:
        row.called_at = row.called_by = None
    await db.flush()
    return visitor_of(row)


def _plain(hours: Sequence[Opening]) -> list[list[int]]:
    return [[one.weekday, one.from_minute, one.to_minute] for one in sorted(hours)]
