"""Reading when standing requests come round."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.requests.holidays import queries as holidays
from timebank.requests.model import Kind, RequestView
from timebank.requests.recurrence.model import ChangeKind, DayChange, Series
from timebank.requests.tables import DayChangeRow

# The calendar is read so far: nobody knows the days off of the year after next.
CALENDAR = timedelta(days=800)


async def series(
    db: AsyncSession, community_id: UUID, views: Sequence[RequestView], today: date
) -> dict[UUID, Series]:
    """When each standing request comes round, from today on.

    One that nobody was found for yet is shown at the first time it named.
    """
    standing = [view for view in views if view.wish.kind is Kind.WEEKLY]
    if not standing:
        return {}
    changes = await _changes(
        db, DayChangeRow.request_id.in_([view.id for view in standing]), DayChangeRow.undone_at.is_(None)
    )
    days = await holidays.holidays(db, community_id, today, today + CALENDAR)
    found = {}
    for view in standing:
        first_on, minute = _first(view)
        found[view.id] = Series(
            first_on,
            minute,
            view.wish.recurrence,
            view.wish.on_holidays,
            tuple(changes[view.id]),
            days,
        )
    return found


async def undone_changes(db: AsyncSession, request_id: UUID) -> list[DayChange]:
    """The changes of a request that were taken back."""
    return (await _changes(db, DayChangeRow.request_id == request_id, DayChangeRow.undone_at.is_not(None)))[
        request_id
    ]


async def _changes(db: AsyncSession, *which: ColumnElement[bool]) -> dict[UUID, list[DayChange]]:
    found: dict[UUID, list[DayChange]] = defaultdict(list)
    rows = await db.scalars(
        select(DayChangeRow)
        .where(*which)
        .order_by(DayChangeRow.made_at, DayChangeRow.id)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        found[row.request_id].append(
            DayChange(row.id, ChangeKind(row.kind), row.on_day, row.to_day, row.from_minute)
        )
    return found


def _first(view: RequestView) -> tuple[date, int]:
    if view.settled is not None:
        return view.settled.on, view.settled.from_minute
    window = view.wish.windows[0]
    weekday = view.wish.starts_on.weekday() if window.weekday is None else window.weekday
    ahead = (weekday - view.wish.starts_on.weekday()) % 7
    return view.wish.starts_on + timedelta(days=ahead), window.from_minute
