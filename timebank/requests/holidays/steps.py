"""Writing a district's own days."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.requests.holidays.model import Holiday
from timebank.requests.tables import HolidayRow


async def set_day(
    db: AsyncSession, district_id: UUID, day: date, holiday: Holiday, *, by: UUID, now: datetime
) -> None:
    """Say what a day is here, whatever the country says."""
    values = {"kind": holiday.kind, "name": holiday.name, "changed_by": by, "changed_at": now}
    await db.execute(
        insert(HolidayRow)
        .values(district_id=district_id, day=day, **values)
        .on_conflict_do_update(index_elements=[HolidayRow.district_id, HolidayRow.day], set_=values)
    )


async def forget_day(db: AsyncSession, district_id: UUID, day: date) -> None:
    """Back to what the country says."""
    await db.execute(delete(HolidayRow).where(HolidayRow.district_id == district_id, HolidayRow.day == day))
