"""Use cases of jobs: see how they went, and have one run now."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access_queries
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.core import slots
from timebank.core.actor import Role
from timebank.core.ids import derived_id
from timebank.core.tables import JobFailure, JobSlot
from timebank.jobs.model import Asked, Failure, Overview, Run

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
FAILURES_MAX = 20


@reading(who=DESK, where=EVERYWHERE)
async def overview(db: AsyncSession, act: Act, *, jobs: Collection[str]) -> Overview:
    """How each job went last, and what failed lately."""
    runs = {name: _run(row) for name, row in (await slots.latest(db, jobs)).items()}
    failed = [_failure(row) for row in await slots.failures(db, jobs, limit=FAILURES_MAX)]
    askers = {run.asked_by for run in runs.values() if run.asked_by is not None}
    return Overview(runs, failed, await access_queries.staff_names(db, askers))


@use_case(who=DESK, where=EVERYWHERE)
async def ask(db: AsyncSession, act: Act, *, job: str) -> Asked:
    """Have a job run as soon as a process looks; whoever asks while one is asked for gets that one."""
    slot = await slots.ask(db, job, by=act.actor.id, now=act.now)
    assert slot.asked_by is not None
    return Asked(derived_id("job", job), slot.slot, slot.asked_by)


def _run(row: JobSlot) -> Run:
    return Run(
        slot=row.slot,
        started_at=row.started_at,
        finished_at=row.finished_at,
        free_at=row.free_at,
        attempts=row.attempts,
        holder=row.holder,
        asked_by=row.asked_by,
        outcome=row.outcome or {},
    )


def _failure(row: JobFailure) -> Failure:
    return Failure(row.job, row.slot, row.attempt, row.at, row.kind, row.holder)
