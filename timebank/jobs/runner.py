"""The clock of one process.

APScheduler is a mere clock: every replica has one, and a slot runs once because its row is claimed in
the database. A slot missed while nothing ran is caught up when something runs again.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from timebank.access import queries as access_queries
from timebank.access.guard import Call
from timebank.core import clock, slots
from timebank.core.actor import system
from timebank.core.database import Database
from timebank.core.errors import TimebankError
from timebank.core.ids import new_id
from timebank.core.logs import log, mishap
from timebank.core.sealing import Seal
from timebank.jobs.schedule import JOBS, Job

# How often a process looks for what somebody asked for, and for what a dead process left.
LOOK_SECONDS = 5
_RENEW_SECONDS = slots.LEASE.total_seconds() / 5


class Runner:
    """Runs the jobs of one process."""

    def __init__(self, database: Database, seal: Seal, jobs: tuple[Job, ...] = JOBS) -> None:
        self._database = database
        self._seal = seal
        self._jobs = {job.name: job for job in jobs}
        self._busy: set[str] = set()
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{new_id().hex[-6:]}"
        # More than one may be started, since whoever comes while one is at it turns back at once; and a tick
        # that a busy process was late for still counts.
        late = {"coalesce": True, "misfire_grace_time": None, "max_instances": 3}
        self._scheduler = AsyncIOScheduler(timezone=clock.zone(), job_defaults=late)

    def start(self) -> None:
        """Start the clock, and catch up at once what was missed."""
        for job in self._jobs.values():
            self._scheduler.add_job(self.catch_up, job.trigger, args=[job], id=job.name)
            self._scheduler.add_job(self.catch_up, args=[job], id=f"{job.name} at start")
        self._scheduler.add_job(self.look, "interval", seconds=LOOK_SECONDS, id="look")
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop the clock; what is running is cancelled, and its slot is taken over later."""
        self._scheduler.shutdown(wait=False)

    async def look(self) -> None:
        """Take up what somebody asked for, and what a process left that failed or died."""
        try:
            async with self._database.begin(()) as db:
                waiting = await slots.jobs_waiting(db, clock.now())
        except Exception as error:  # noqa: BLE001 - the database may be away; the next look follows soon
            mishap("looking for jobs failed", error)
            return
        for name in waiting:
            if name in self._jobs and name not in self._busy:
                # Beside this look, which must not wait for a long job.
                again = f"{name} taken up"
                self._scheduler.add_job(
                    self.catch_up, args=[self._jobs[name]], id=again, replace_existing=True
                )

    async def catch_up(self, job: Job) -> int:
        """Run every slot of a job that is due and that nobody has done; how many this process ran."""
        if job.name in self._busy:
            return 0  # this process is at it, and looks again before it stops
        self._busy.add(job.name)
        done = 0
        try:
            while ran := await self._run_due(job):
                done += ran
        except Exception as error:  # noqa: BLE001 - the clock goes on, and what was missed is caught up
            mishap("catching up failed", error, job=job.name)
        finally:
            self._busy.discard(job.name)
        return done

    async def _run_due(self, job: Job) -> int:
        now = clock.now()
        ran = 0
        for slot in await self._due(job, now):
            async with self._database.begin(()) as db:
                mine = await slots.claim(db, job.name, slot, holder=self._holder, now=clock.now())
            if mine:
                await self._run(job, slot)
                ran += 1
        log().debug("job", job=job.name, slots=ran, at=now.isoformat())
        return ran

    async def _run(self, job: Job, slot: datetime) -> None:
        try:
            async with self._holding(job, slot):
                outcome = await job.run(await system_call(self._database, self._seal, job=job.name), slot)
        except Exception as error:  # noqa: BLE001 - one failing job must not stop the clock
            mishap("job failed", error, job=job.name, slot=slot.isoformat())
            async with self._database.begin(()) as db:
                await slots.fail(
                    db, job.name, slot, holder=self._holder, now=clock.now(), kind=kind_of(error)
                )
            return
        async with self._database.begin(()) as db:
            await slots.finish(db, job.name, slot, holder=self._holder, now=clock.now(), outcome=outcome)
        log().info("job", job=job.name, slot=slot.isoformat(), **outcome)

    @asynccontextmanager
    async def _holding(self, job: Job, slot: datetime) -> AsyncIterator[None]:
        """Say again and again that this process is alive and at it, so that no other takes the slot over."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(_RENEW_SECONDS)
                try:
                    async with self._database.begin(()) as db:
                        await slots.hold(db, job.name, slot, holder=self._holder, now=clock.now())
                except Exception as error:  # noqa: BLE001 - the next time follows well within the lease
                    mishap("renewing a claim failed", error, job=job.name)

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing

    async def _due(self, job: Job, now: datetime) -> list[datetime]:
        """Slots since the last one done, and abandoned ones; the oldest first."""
        async with self._database.begin(()) as db:
            since = await slots.last_done(db, job.name) or now - timedelta(days=1)
            waiting = await slots.waiting(db, job.name, now)
        return sorted({*job.slots_between(max(since, now - slots.CATCH_UP), now), *waiting})


def kind_of(error: BaseException) -> str:
    """What kind of mistake it was; never its message, which may hold somebody's data."""
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(sorted({kind_of(inner) for inner in error.exceptions}))
    cause = getattr(error, "orig", None) or error
    return cause.code if isinstance(cause, TimebankError) else type(cause).__name__


async def system_call(database: Database, seal: Seal, *, job: str) -> Call:
    """A call by a job, over every community there is."""
    async with database.begin(()) as db:
        everywhere = frozenset(node.id for node in await access_queries.communities(db))
    return Call(database, system(everywhere, job=job), clock.now(), seal)
