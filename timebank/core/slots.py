"""Scheduled slots in the database: who claimed one, when it ended, what came of it, how it failed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.tables import JobFailure, JobSlot

# A claim whose process died is taken over after this long; a living one renews it well before.
LEASE = timedelta(minutes=5)
# Slots older than this are not caught up, nor tried again: a later one does their work.
CATCH_UP = timedelta(days=3)
_RETRY_MAX = timedelta(hours=6)
# The kind of failure of a run whose process went away in the middle.
PROCESS_LOST = "process-lost"


async def claim(db: AsyncSession, job: str, slot: datetime, *, holder: str, now: datetime) -> bool:
    """Take a slot for this process; False if another has it or did it.

    An effect that must happen once rests on more than this: the task's use cases carry the slot as
    their Idempotency-Key, so that a slot taken over after a crash goes on where the first one died.
    """
    await db.execute(upsert(JobSlot).values(job=job, slot=slot, free_at=now).on_conflict_do_nothing())
    found = (
        await db.execute(
            select(JobSlot.holder, JobSlot.attempts)
            .where(JobSlot.job == job, JobSlot.slot == slot)
            .where(JobSlot.finished_at.is_(None), JobSlot.free_at <= now)
            .with_for_update(skip_locked=True)
        )
    ).one_or_none()
    if found is None:
        return False
    if found.holder is not None:
        await _write_failure(db, job, slot, found.attempts, found.holder, now=now, kind=PROCESS_LOST)
    await db.execute(
        update(JobSlot)
        .where(JobSlot.job == job, JobSlot.slot == slot)
        .values(started_at=now, free_at=now + LEASE, holder=holder, attempts=found.attempts + 1)
    )
    return True


async def hold(db: AsyncSession, job: str, slot: datetime, *, holder: str, now: datetime) -> None:
    """Keep a claim for another lease."""
    await db.execute(_mine(job, slot, holder).values(free_at=now + LEASE))


async def finish(
    db: AsyncSession, job: str, slot: datetime, *, holder: str, now: datetime, outcome: dict[str, Any]
) -> None:
    """Write down that a slot is done, and what came of it; nothing where the claim was lost meanwhile."""
    await db.execute(_mine(job, slot, holder).values(finished_at=now, outcome=outcome, holder=None))


async def fail(db: AsyncSession, job: str, slot: datetime, *, holder: str, now: datetime, kind: str) -> None:
    """Write down that a run failed; it is tried again after a lease, then after two, four, …"""
    attempts = await db.scalar(
        _mine(job, slot, holder).values(holder=None, free_at=now + LEASE).returning(JobSlot.attempts)
    )
    if attempts is None:
        return
    await db.execute(
        update(JobSlot)
        .where(JobSlot.job == job, JobSlot.slot == slot)
        .values(free_at=now + min(LEASE * 2 ** min(attempts - 1, 10), _RETRY_MAX))
    )
    await _write_failure(db, job, slot, attempts, holder, now=now, kind=kind)


async def ask(db: AsyncSession, job: str, *, by: UUID, now: datetime) -> JobSlot:
    """A slot of its own for `now`, or the one that somebody asked for and that isn't done yet.

    One that failed is tried again at once.
    """
    await db.execute(
        upsert(JobSlot)
        .values(job=job, slot=now, free_at=now, asked_by=by)
        .on_conflict_do_update(
            index_elements=[JobSlot.job],
            index_where=JobSlot.asked_by.is_not(None) & JobSlot.finished_at.is_(None),
            set_={"free_at": func.least(JobSlot.free_at, now)},
            where=JobSlot.holder.is_(None),
        )
    )
    asked = select(JobSlot).where(JobSlot.job == job, JobSlot.asked_by.is_not(None))
    return (await db.scalars(asked.where(JobSlot.finished_at.is_(None)))).one()


async def last_done(db: AsyncSession, job: str) -> datetime | None:
    """The latest slot of a job's schedule that was finished."""
    return await db.scalar(
        select(func.max(JobSlot.slot)).where(
            JobSlot.job == job, JobSlot.finished_at.is_not(None), JobSlot.asked_by.is_(None)
        )
    )


async def waiting(db: AsyncSession, job: str, now: datetime) -> list[datetime]:
    """Slots that somebody asked for, that failed, or whose process seems to have died; oldest first."""
    return sorted(await db.scalars(select(JobSlot.slot).where(JobSlot.job == job, *_is_waiting(now))))


async def jobs_waiting(db: AsyncSession, now: datetime) -> list[str]:
    """The jobs that have such slots."""
    return list(await db.scalars(select(JobSlot.job).where(*_is_waiting(now)).distinct()))


async def latest(db: AsyncSession, jobs: Collection[str]) -> dict[str, JobSlot]:
    """The slot of each job that came last, done or not."""
    rows = await db.scalars(
        select(JobSlot)
        .where(JobSlot.job.in_(jobs))
        .ext(distinct_on(JobSlot.job))
        .order_by(JobSlot.job, JobSlot.slot.desc())
    )
    return {row.job: row for row in rows}


async def failures(db: AsyncSession, jobs: Collection[str], *, limit: int) -> list[JobFailure]:
    """What failed, the newest first."""
    newest = select(JobFailure).where(JobFailure.job.in_(jobs)).order_by(JobFailure.at.desc())
    return list(await db.scalars(newest.limit(limit)))


def _is_waiting(now: datetime) -> tuple[Any, ...]:
    wanted = (JobSlot.slot > now - CATCH_UP) | JobSlot.asked_by.is_not(None)
    return (JobSlot.finished_at.is_(None), JobSlot.free_at <= now, wanted)


def _mine(job: str, slot: datetime, holder: str) -> Any:
    return update(JobSlot).where(
        JobSlot.job == job,
        JobSlot.slot == slot,
        JobSlot.holder == holder,
        JobSlot.finished_at.is_(None),
    )


async def _write_failure(
    db: AsyncSession, job: str, slot: datetime, attempt: int, holder: str, *, now: datetime, kind: str
) -> None:
    await db.execute(
        insert(JobFailure).values(job=job, slot=slot, attempt=attempt, at=now, kind=kind, holder=holder)
    )
