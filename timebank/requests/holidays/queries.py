"""Reading the calendar that a community keeps: its district's."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.model import Level, UnitNode
from timebank.core.errors import NotFound
from timebank.requests.holidays import rules
from timebank.requests.holidays.model import CalendarDay, DayKind, Holiday
from timebank.requests.tables import HolidayRow


async def district(db: AsyncSession, unit_id: UUID) -> UnitNode:
    """The district that a unit lies in; raises `NotFound`."""
    nodes = {node.id: node for node in await access.units(db)}
    node = nodes.get(unit_id)
    while node is not None and node.level is not Level.DISTRICT:
        node = nodes.get(node.parent_id) if node.parent_id else None
    if node is None:
        raise NotFound
    return node


async def holidays(db: AsyncSession, community_id: UUID, first: date, last: date) -> dict[date, Holiday]:
    """The days between two days that are not what their weekday says."""
    ours = await _ours(db, (await district(db, community_id)).id, first, last)
    return rules.merged(first, last, {row.day: _holiday(row) for row in ours})


async def year(db: AsyncSession, district_id: UUID, of: int) -> list[CalendarDay]:
    """A district's calendar of one year, by day; a day that is plain here although the country has it off is in it."""
    country = rules.national(of)
    rows = {row.day: row for row in await _ours(db, district_id, date(of, 1, 1), date(of, 12, 31))}
    days = [
        CalendarDay(row.day, _holiday(row), country.get(row.day), row.changed_by, row.changed_at)
        for row in rows.values()
    ]
    days += [CalendarDay(day, holiday, holiday) for day, holiday in country.items() if day not in rows]
    return sorted(days, key=lambda one: one.day)


async def _ours(db: AsyncSession, district_id: UUID, first: date, last: date) -> Sequence[HolidayRow]:
    found = await db.scalars(
        select(HolidayRow)
        .where(HolidayRow.district_id == district_id, HolidayRow.day.between(first, last))
        .order_by(HolidayRow.day)
        .execution_options(populate_existing=True)
    )
    return found.all()


def _holiday(row: HolidayRow) -> Holiday:
    return Holiday(DayKind(row.kind), row.name)
