"""Scheduled slots in the database: who claimed one, when it ended, what came of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.tables import JobSlot

# A claim whose process died is taken over after this long.
LEASE = timedelta(minutes=30)


async def claim(db: AsyncSession, job: str, slot: datetime, now: datetime) -> bool:
    """Take a slot for this process; False if another has it or did it.

    An effect that must happen once rests on more than this: the task's use cases carry the slot as
    their Idempotency-Key, so that a slot taken over after a crash goes on where the first one died.
    """
    taken = insert(JobSlot).values(job=job, slot=slot, started_at=now)
    taken = taken.on_conflict_do_update(
        index_elements=[JobSlot.job, JobSlot.slot],
        set_={"started_at": now},
        where=(JobSlot.finished_at.is_(None)) & (JobSlot.started_at <= now - LEASE),
    )
    return (await db.execute(taken.returning(JobSlot.job))).scalar_one_or_none() is not None


async def finish(db: AsyncSession, job: str, slot: datetime, now: datetime, outcome: dict[str, Any]) -> None:
    """Write down that a slot is done, and what came of it."""
    await db.execute(
        update(JobSlot)
        .where(JobSlot.job == job, JobSlot.slot == slot)
        .values(finished_at=now, outcome=outcome)
    )


async def last_done(db: AsyncSession, job: str) -> datetime | None:
    """The latest slot of a job that was finished."""
    return await db.scalar(
        select(func.max(JobSlot.slot)).where(JobSlot.job == job, JobSlot.finished_at.is_not(None))
    )


async def unfinished(db: AsyncSession, job: str, now: datetime) -> list[datetime]:
    """Slots that were claimed and whose process seems to have died, oldest first."""
    rows = await db.scalars(
        select(JobSlot.slot)
        .where(JobSlot.job == job, JobSlot.finished_at.is_(None))
        .where(JobSlot.started_at <= now - LEASE)
        .order_by(JobSlot.slot)
    )
    return list(rows)
