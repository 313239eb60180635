"""Reading members' weeks and absences, and who is kept apart."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.people.model import AbsenceKind, AbsenceView, Apart, Window
from timebank.people.tables import Absence, Availability, DoNotPair


async def availability(db: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, tuple[Window, ...]]:
    """Each member's weekly windows in order; members without any are left out."""
    rows = await db.execute(
        select(Availability.member_id, Availability.weekday, Availability.from_minute, Availability.to_minute)
        .where(Availability.member_id.in_(member_ids))
        .order_by(Availability.member_id, Availability.weekday, Availability.from_minute)
    )
    week: dict[UUID, list[Window]] = defaultdict(list)
    for member_id, *window in rows:
        week[member_id].append(Window(*window))
    return {member_id: tuple(windows) for member_id, windows in week.items()}


async def absences(db: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, list[AbsenceView]]:
    """Each member's absences, the earliest first; members without any are left out."""
    rows = await db.scalars(
        select(Absence).where(Absence.member_id.in_(member_ids)).order_by(Absence.member_id, Absence.from_on)
    )
    found: dict[UUID, list[AbsenceView]] = defaultdict(list)
    for row in rows:
        found[row.member_id].append(
            AbsenceView(row.id, row.member_id, row.from_on, row.until_on, AbsenceKind(row.kind), row.note)
        )
    return dict(found)


def away_on_day(day: date) -> Select[UUID]:
    """The ids of everybody who is away on that day, to be narrowed."""
    return select(Absence.member_id).where(Absence.from_on <= day, Absence.until_on >= day)


async def away(db: AsyncSession, member_ids: Collection[UUID], day: date) -> set[UUID]:
    """Who of them is away on that day."""
    return set(await db.scalars(away_on_day(day).where(Absence.member_id.in_(member_ids))))


async def do_not_pair(db: AsyncSession, community_id: UUID) -> list[Apart]:
    """Everybody who is not to be brought together."""
    return await _apart(db, DoNotPair.community_id == community_id)


async def apart_from(db: AsyncSession, member_id: UUID) -> list[Apart]:
    """Whom one member is not to be paired with."""
    return await _apart(db, (DoNotPair.first_id == member_id) | (DoNotPair.second_id == member_id))


async def _apart(db: AsyncSession, which: ColumnElement[bool]) -> list[Apart]:
    rows = await db.scalars(select(DoNotPair).where(which).order_by(DoNotPair.first_id, DoNotPair.second_id))
    return [Apart(row.first_id, row.second_id, row.reason) for row in rows]
