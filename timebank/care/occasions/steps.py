"""Writing what was done for somebody, and what they wish of the calendar."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from timebank.care.occasions.errors import GreetingStruck
from timebank.care.occasions.model import Choice, Greeting
from timebank.care.tables import CalendarChoice, GreetingRow
from timebank.core import clock
from timebank.core.errors import NotFound


async def note(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    greeting: Greeting,
    *,
    greeting_id: UUID,
    by: UUID,
    now: datetime,
) -> None:
    """Write down what was done."""
    await db.execute(
        insert(GreetingRow).values(
            id=greeting_id,
            community_id=community_id,
            member_id=member_id,
            occasion=greeting.occasion,
            for_on=greeting.for_on,
            done_on=greeting.done_on,
            what=greeting.what,
            by_whom=greeting.by_whom,
            noted_by=by,
            noted_on=clock.day_of(now),
            noted_at=now,
        )
    )


async def strike(
    db: AsyncSession, community_id: UUID, greeting_id: UUID, *, reason: str, by: UUID, now: datetime
) -> None:
    """It was noted wrongly: it stays, and the occasion is open again. Raises `NotFound`, `GreetingStruck`."""
    row = await db.scalar(
        select(GreetingRow)
        .where(GreetingRow.id == greeting_id, GreetingRow.community_id == community_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound
    if row.struck_because is not None:
        raise GreetingStruck(reason=row.struck_because)
    struck = {"struck_by": by, "struck_at": now, "struck_because": reason}
    await db.execute(update(GreetingRow).where(GreetingRow.id == greeting_id).values(struck))


async def choose(db: AsyncSession, community_id: UUID, member_id: UUID, choice: Choice) -> None:
    """Keep what a member wishes."""
    values = {"inclusion": choice.inclusion, "birthday_by": choice.birthday_by}
    await db.execute(
        upsert(CalendarChoice)
        .values(member_id=member_id, community_id=community_id, **values)
        .on_conflict_do_update(index_elements=["member_id"], set_=values)
    )


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID) -> None:
    """What was done for one is done for the other; where both say the same, each keeps its own."""
    other = aliased(GreetingRow)
    same = exists().where(
        other.member_id == to_id,
        other.occasion == GreetingRow.occasion,
        other.for_on == GreetingRow.for_on,
        other.struck_at.is_(None),
    )
    await db.execute(
        update(GreetingRow).where(GreetingRow.member_id == from_id, ~same).values(member_id=to_id)
    )
    known = exists().where(CalendarChoice.member_id == to_id)
    if not await db.scalar(select(known)):
        await db.execute(
            update(CalendarChoice).where(CalendarChoice.member_id == from_id).values(member_id=to_id)
        )


async def forget(db: AsyncSession, member_id: UUID) -> None:
    """Nothing of it is kept of who is erased."""
    await db.execute(delete(GreetingRow).where(GreetingRow.member_id == member_id))
    await db.execute(delete(CalendarChoice).where(CalendarChoice.member_id == member_id))
