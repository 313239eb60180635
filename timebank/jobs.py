"""The scheduled jobs and the clock that starts them.

APScheduler is a mere clock: every replica has one, and a slot runs once because its row is claimed in
the database. A slot missed while nothing ran is caught up when something runs again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from timebank.access import queries as access_queries
from timebank.access.guard import Call
from timebank.audit import tasks as audit_tasks
from timebank.core import clock, slots
from timebank.core.actor import system
from timebank.core.database import Database
from timebank.core.logs import log, mishap
from timebank.core.sealing import Seal
from timebank.requests import tasks as requests_tasks
from timebank.visits import tasks as visits_tasks

Task = Callable[[Call, datetime], Awaitable[dict[str, Any]]]

# Slots older than this are not caught up: the next one does their work.
CATCH_UP = timedelta(days=3)


@dataclass(frozen=True)
class Job:
    """Something done on a schedule. `cron` is in the time bank's own time zone.

    `run` is told the slot it is for, and derives every id and key from it, so that running a slot
    again changes nothing.
    """

    name: str
    cron: str
    run: Task

    @property
    def trigger(self) -> CronTrigger:
        """The schedule."""
        return CronTrigger.from_crontab(self.cron, timezone=clock.zone())

    def slots_between(self, after: datetime, until: datetime) -> list[datetime]:
        """The slots in `(after, until]`."""
        found: list[datetime] = []
        trigger = self.trigger
        at = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
        while at is not None and at <= until:
            found.append(at)
            at = trigger.get_next_fire_time(None, at + timedelta(microseconds=1))
        return found


JOBS: tuple[Job, ...] = (
    Job("requests.expire", "15 0 * * *", requests_tasks.expire),
    Job("visits.retry_refused", "30 0 * * *", visits_tasks.retry_refused),
    Job("reconcile", "0 2 * * *", audit_tasks.reconcile),
)


class Runner:
    """Runs the jobs of one process."""

    def __init__(self, database: Database, seal: Seal, jobs: tuple[Job, ...] = JOBS) -> None:
        self._database = database
        self._seal = seal
        self._jobs = jobs
        self._scheduler = AsyncIOScheduler(timezone=clock.zone())

    def start(self) -> None:
        """Start the clock, and catch up at once what was missed."""
        for job in self._jobs:
            self._scheduler.add_job(self.catch_up, job.trigger, args=[job], id=job.name, coalesce=True)
            self._scheduler.add_job(self.catch_up, args=[job], id=f"{job.name} at start")
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop the clock; what is running is cancelled, and its slot is taken over later."""
        self._scheduler.shutdown(wait=False)

    async def catch_up(self, job: Job) -> int:
        """Run every slot of a job that is due and that nobody has done; how many this process ran."""
        now = clock.now()
        done = 0
        for slot in await self._due(job, now):
            async with self._database.begin(()) as db:
                mine = await slots.claim(db, job.name, slot, now)
            if mine:
                await self._run(job, slot)
                done += 1
        log().debug("job", job=job.name, slots=done, at=now.isoformat())
        return done

    async def _run(self, job: Job, slot: datetime) -> None:
        try:
            outcome = await job.run(await self._call(job), slot)
        except Exception as error:  # noqa: BLE001 - one failing job must not stop the clock
            # Left unfinished: another try follows once the claim's lease has ended.
            mishap("job failed", error, job=job.name, slot=slot.isoformat())
            return
        async with self._database.begin(()) as db:
            await slots.finish(db, job.name, slot, clock.now(), outcome)
        log().info("job", job=job.name, slot=slot.isoformat(), **outcome)

    async def _due(self, job: Job, now: datetime) -> list[datetime]:
        """Slots since the last one done, and abandoned ones; the oldest first."""
        async with self._database.begin(()) as db:
            since = await slots.last_done(db, job.name) or now - timedelta(days=1)
            abandoned = await slots.unfinished(db, job.name, now)
        return sorted({*job.slots_between(max(since, now - CATCH_UP), now), *abandoned})

    async def _call(self, job: Job) -> Call:
        return await system_call(self._database, self._seal, job=job.name)


async def system_call(database: Database, seal: Seal, *, job: str) -> Call:
    """A call by a job, over every community there is."""
    async with database.begin(()) as db:
        everywhere = frozenset(node.id for node in await access_queries.communities(db))
    return Call(database, system(everywhere, job=job), clock.now(), seal)
