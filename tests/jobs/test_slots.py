"""A slot of a job runs once, whoever's clock strikes it, and a missed one is caught up."""

import asyncio
import importlib.util
import inspect
import pkgutil
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

import timebank
from tests.given import NOW, SEAL, World
from timebank.access.guard import Call
from timebank.core import clock, slots
from timebank.core.slots import LEASE
from timebank.core.tables import JobSlot
from timebank.jobs.errors import BadSchedule
from timebank.jobs.runner import Runner
from timebank.jobs.schedule import JOBS, Job, at_other_times


class _Counted:
    def __init__(self, *, fails: int = 0) -> None:
        self.slots: list[datetime] = []
        self.fails = fails

    async def __call__(self, call: Call, slot: datetime) -> dict[str, Any]:
        self.slots.append(slot)
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the power went out")
        return {"communities": len(call.actor.communities)}


@pytest.mark.slow
async def test_ten_clocks_strike_and_the_slot_runs_once(two_desks: World) -> None:
    task = _Counted()
    job = Job("nightly", "0 2 * * *", task)
    runners = [Runner(two_desks.database, SEAL, (job,)) for _ in range(10)]
    ran = await asyncio.gather(*(runner.catch_up(job) for runner in runners))
    assert sum(ran) == 1
    # NOW is 10:00 in Shanghai; the last 02:00 there was 18:00 UTC the day before.
    assert task.slots == [datetime(2026, 11, 21, 18, 0, tzinfo=UTC)]
    async with two_desks.database.begin(()) as db:
        row = (await db.scalars(select(JobSlot))).one()
    assert row.outcome == {"communities": 2}
    assert row.finished_at == NOW


async def test_slots_missed_in_an_outage_are_caught_up_in_order(two_desks: World) -> None:
    task = _Counted()
    job = Job("nightly", "0 2 * * *", task)
    runner = Runner(two_desks.database, SEAL, (job,))
    await runner.catch_up(job)
    with clock.set_to(NOW + timedelta(days=2)):
        assert await runner.catch_up(job) == 2
        assert await runner.catch_up(job) == 0
    assert task.slots == sorted(task.slots)


async def test_a_slot_whose_run_failed_is_tried_again_after_its_lease(two_desks: World) -> None:
    task = _Counted(fails=1)
    job = Job("nightly", "0 2 * * *", task)
    runner = Runner(two_desks.database, SEAL, (job,))
    assert await runner.catch_up(job) == 1
    assert await runner.catch_up(job) == 0
    with clock.set_to(NOW + LEASE):
        assert await runner.catch_up(job) == 1
    assert len(set(task.slots)) == 1


async def test_the_real_scheduler_starts_what_is_due(two_desks: World) -> None:
    task = _Counted()
    runner = Runner(two_desks.database, SEAL, (Job("nightly", "0 2 * * *", task),))
    runner.start()
    for _ in range(200):
        if task.slots:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    await runner.stop()
    assert len(task.slots) == 1


@pytest.mark.slow
async def test_a_failure_is_kept_by_its_kind_and_tried_again_ever_later(two_desks: World) -> None:
    task = _Counted(fails=2)
    job = Job("nightly", "0 2 * * *", task)
    runner = Runner(two_desks.database, SEAL, (job,))
    await runner.catch_up(job)
    with clock.set_to(NOW + LEASE):
        await runner.look()
        assert await runner.catch_up(job) == 1
    with clock.set_to(NOW + 2 * LEASE):
        assert await runner.catch_up(job) == 0
    with clock.set_to(NOW + 3 * LEASE):
        assert await runner.catch_up(job) == 1
    async with two_desks.database.begin(()) as db:
        failed = await slots.failures(db, ["nightly"], limit=20)
        row = (await slots.latest(db, ["nightly"]))["nightly"]
    assert [(each.attempt, each.kind) for each in failed] == [(2, "RuntimeError"), (1, "RuntimeError")]
    assert (row.attempts, row.outcome) == (3, {"communities": 2})


async def test_a_process_that_lost_its_claim_does_not_end_the_slot(two_desks: World) -> None:
    at = NOW - timedelta(hours=8)
    async with two_desks.database.begin(()) as db:
        assert await slots.claim(db, "nightly", at, holder="dead", now=NOW - LEASE)
        assert await slots.claim(db, "nightly", at, holder="alive", now=NOW)
        await slots.finish(db, "nightly", at, holder="dead", now=NOW, outcome={})
        assert (await slots.latest(db, ["nightly"]))["nightly"].finished_at is None
        [failure] = await slots.failures(db, ["nightly"], limit=20)
    assert (failure.kind, failure.holder) == (slots.PROCESS_LOST, "dead")


async def test_a_claim_that_is_renewed_is_not_taken_over(two_desks: World) -> None:
    at = NOW - timedelta(hours=8)
    async with two_desks.database.begin(()) as db:
        await slots.claim(db, "nightly", at, holder="busy", now=NOW - LEASE)
        await slots.hold(db, "nightly", at, holder="busy", now=NOW)
        assert not await slots.claim(db, "nightly", at, holder="other", now=NOW)


async def test_a_run_that_somebody_asked_for_leaves_the_schedule_as_it_was(two_desks: World) -> None:
    task = _Counted()
    job = Job("nightly", "0 2 * * *", task)
    runner = Runner(two_desks.database, SEAL, (job,))
    await runner.catch_up(job)
    with clock.set_to(NOW + timedelta(days=2)):
        async with two_desks.database.begin(()) as db:
            asked = await slots.ask(db, "nightly", by=two_desks.coordinator, now=clock.now())
            assert await slots.jobs_waiting(db, clock.now()) == ["nightly"]
        assert await runner.catch_up(job) == 3
    assert task.slots[-1] == asked.slot


def test_every_task_of_a_room_is_scheduled() -> None:
    scheduled = {(job.run.__module__, job.run.__name__) for job in JOBS}
    for room in pkgutil.iter_modules(timebank.__path__, "timebank."):
        if room.ispkg and importlib.util.find_spec(f"{room.name}.tasks"):
            tasks = importlib.import_module(f"{room.name}.tasks")
            for name, task in inspect.getmembers(tasks, inspect.iscoroutinefunction):
                if task.__module__ == tasks.__name__ and not name.startswith("_"):
                    assert (tasks.__name__, name) in scheduled


@pytest.mark.parametrize(
    "chosen", [{"reconcile": "at night"}, {"reconcile": "99 2 * * *"}, {"make_tea": "0 2 * * *"}]
)
def test_a_schedule_that_cannot_be_is_refused(chosen: dict[str, str]) -> None:
    with pytest.raises(BadSchedule):
        at_other_times(JOBS, chosen)
    changed = at_other_times(JOBS, {"reconcile": "*/2 * * * * *"})
    assert [job.cron for job in changed if job.name == "reconcile"] == ["*/2 * * * * *"]
