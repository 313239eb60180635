"""Use cases of the holiday calendar: everybody at a desk reads it, the district's administrator changes it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.access.model import Level, UnitNode
from timebank.core.actor import Role
from timebank.core.errors import Forbidden
from timebank.requests.holidays import queries, steps
from timebank.requests.holidays.model import CalendarDay, Holiday

READERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR})


@dataclass(frozen=True)
class Calendar:
    """A district's year, and whether this reader may change it."""

    district: UnitNode
    days: list[CalendarDay]
    editable: bool


@reading(who=READERS, where="community_id")
async def calendar(db: AsyncSession, act: Act, *, community_id: UUID, year: int) -> Calendar:
    """The calendar that a community keeps."""
    district = await queries.district(db, community_id)
    editable = district.id in {node.id for node in await access.administered(db, act.actor.id)}
    return Calendar(district, await queries.year(db, district.id, year), editable)


@use_case(who={Role.ADMINISTRATOR}, where=EVERYWHERE)
async def set_day(db: AsyncSession, act: Act, *, district_id: UUID, day: date, holiday: Holiday) -> None:
    """Say what a day is in this district. Raises `Forbidden` to who does not administer it."""
    await _administers(db, act, district_id)
    await steps.set_day(db, district_id, day, holiday, by=act.actor.id, now=act.now)


@use_case(who={Role.ADMINISTRATOR}, where=EVERYWHERE)
async def forget_day(db: AsyncSession, act: Act, *, district_id: UUID, day: date) -> None:
    """Back to what the country says. Raises `Forbidden` to who does not administer the district."""
    await _administers(db, act, district_id)
    await steps.forget_day(db, district_id, day)


async def _administers(db: AsyncSession, act: Act, district_id: UUID) -> None:
    districts = {
        node.id for node in await access.administered(db, act.actor.id) if node.level is Level.DISTRICT
    }
    if district_id not in districts:
        raise Forbidden
