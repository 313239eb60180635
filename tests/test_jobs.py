"""A slot of a job runs once, whoever's clock strikes it, and a missed one is caught up."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from tests.given import NOW, SEAL, World
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.slots import LEASE
from timebank.core.tables import JobSlot
from timebank.jobs import Job, Runner


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
