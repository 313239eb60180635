"""Three processes of the service on one database: every slot runs once, whichever of them dies.

They are real processes on real ports, told of a quick schedule by a setting, and killed by their ids.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from tests.given import World
from tests.postgres import Database as Urls
from timebank.core.database import Database
from timebank.core.slots import LEASE, PROCESS_LOST

pytestmark = [pytest.mark.slow(30), pytest.mark.timeout(900)]
REPOSITORY = Path(__file__).resolve().parents[2]
EVERY_SECONDS = 2
NEVER = "0 0 1 1 *"
COMMUNITIES = 2
PATIENCE = 240  # seconds for what takes one on a machine that has nothing else to do
QUICK = {"requests.expire": f"*/{EVERY_SECONDS} * * * * *"}
REST = ("checkpoint", "hours.expire_holds", "hours.apply_house_policies", "pairing.close_proposals", "visits.retry_refused", "pairing.plan_pairs", "reconcile")  # fmt: skip


@dataclass
class Replicas:
    """Processes of the service on one database."""

    urls: Urls
    data: Path
    running: "dict[int, subprocess.Popen[str]]" = field(default_factory=dict)
    addresses: dict[int, str] = field(default_factory=dict)

    def start(self, many: int) -> None:
        """Start some, and wait until each answers."""
        schedule = dict.fromkeys(REST, NEVER) | QUICK
        environment = os.environ | {
            "DATABASE_URL": self.urls.service_url,
            "TIMEBANK_DATA": str(self.data),
            "TIMEBANK_SCHEDULE": json.dumps(schedule),
            "PYTHONIOENCODING": "utf-8",
        }
        started = [
            subprocess.Popen(
                [sys.executable, "-c", "from timebank.cli import main; main()", "serve", "--port", "18100"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", cwd=REPOSITORY, env=environment,
            )
            for _ in range(many)
        ]  # fmt: skip
        for process in started:
            self.running[process.pid] = process
        for process in started:
            self.addresses[process.pid] = _address(process)

    def kill(self, pid: int) -> None:
        """End one as a power cut would."""
        process = self.running.pop(pid)
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def kill_all(self) -> None:
        """End all of them."""
        for pid in list(self.running):
            self.kill(pid)


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    said = ""
    while not (found := re.search(r"浏览器打开 (http://[0-9.:]+)", said)):
        line = process.stdout.readline()
        assert line, said
        said += line
    return found[1]


@pytest.fixture
def replicas(fresh_database: Urls, tmp_path: Path) -> Iterator[Replicas]:
    made = Replicas(fresh_database, tmp_path)
    yield made
    made.kill_all()


@pytest.fixture
async def books(fresh_database: Urls) -> AsyncIterator[AsyncEngine]:
    """A look into the database as its owner. Each job has a slot behind it, so that it starts from now."""
    made = Database(fresh_database.service_url)
    await World(made).settle_in()
    async with made.begin(()) as db:
        for job in (*QUICK, *REST):
            await db.execute(
                text("""
                INSERT INTO timebank.job_slots (job, slot, free_at, finished_at)
                VALUES (:job, date_trunc('second', now()), now(), now())"""),
                {"job": job},
            )
    await made.close()
    engine = create_async_engine(fresh_database.owner_url, poolclass=NullPool)
    yield engine
    await engine.dispose()


async def _asked(books: AsyncEngine, question: str, **values: object) -> list[Any]:
    async with books.begin() as db:
        await db.execute(text("SET LOCAL ROLE timebank_owner"))
        return list((await db.execute(text(question), values)).all())


async def _runs(books: AsyncEngine) -> list[tuple[datetime, int, bool]]:
    rows = await _asked(
        books,
        """SELECT slot, attempts, finished_at IS NOT NULL FROM timebank.job_slots
           WHERE job = 'requests.expire' AND started_at IS NOT NULL ORDER BY slot""",
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def _until(fits: Callable[[Any], bool], look: Callable[[], Any], *, seconds: int = PATIENCE) -> Any:
    end = monotonic() + seconds
    while not fits(found := await look()):
        assert monotonic() < end, found
        await asyncio.sleep(0.2)
    return found


async def test_every_slot_runs_once_in_three_processes_and_an_outage_is_caught_up(
    replicas: Replicas, books: AsyncEngine
) -> None:
    replicas.start(3)
    assert len(set(replicas.addresses.values())) == 3
    async with httpx.AsyncClient(timeout=PATIENCE) as browser:
        for address in replicas.addresses.values():
            assert (await browser.get(f"{address}/health/ready")).status_code == 200

    await _until(lambda runs: len(runs) >= 6, lambda: _runs(books))
    replicas.kill_all()
    dark_from = datetime.now(UTC)
    before = await _runs(books)
    await asyncio.sleep(4 * EVERY_SECONDS)
    assert await _runs(books) == before
    cut_short = {slot for slot, _, done in before if not done}
    await _let_leases_pass(books)
    light_at = datetime.now(UTC)

    replicas.start(3)
    caught_up = await _until(
        lambda runs: runs[-1][0] > light_at + timedelta(seconds=EVERY_SECONDS) and all(r[2] for r in runs),
        lambda: _runs_done(books),
    )
    replicas.kill_all()
    missed = [slot for slot, _, _ in caught_up if dark_from < slot <= light_at]
    assert len(missed) >= 3
    slots = [slot for slot, _, _ in caught_up]
    assert slots == [slots[0] + n * timedelta(seconds=EVERY_SECONDS) for n in range(len(slots))]
    assert {slot for slot, attempts, _ in caught_up if attempts != 1} == cut_short
    # What the slots did, counted where it was written: one act for each slot and community, and
    # for one that was cut short at most the acts of its two halves.
    acts = await _asked(
        books,
        "SELECT count(*) FROM timebank.acts WHERE operation = 'requests.expire_due'",
    )
    after = await _runs(books)
    cut_short |= {slot for slot, _, done in after if not done}
    whole = COMMUNITIES * sum(slot not in cut_short for slot, _, _ in after)
    assert whole <= acts[0][0] <= whole + 2 * COMMUNITIES * len(cut_short)


async def _runs_done(books: AsyncEngine) -> list[tuple[datetime, int, bool]]:
    """The runs up to the last that is done, since the next may just be under way."""
    runs = await _runs(books)
    last = max((n for n, run in enumerate(runs) if run[2]), default=0)
    return runs[: last + 1]


async def test_a_slot_whose_process_was_killed_in_the_middle_is_taken_over_after_its_lease(
    replicas: Replicas, books: AsyncEngine
) -> None:
    # A desk that holds requests keeps the job waiting in the middle of its work.
    async with books.connect() as desk:
        await _hold_requests(desk)
        replicas.start(3)
        [(slot, holder)] = await _until(
            lambda rows: len(rows) == 1,
            lambda: _asked(
                books, "SELECT slot, holder FROM timebank.job_slots WHERE holder IS NOT NULL LIMIT 1"
            ),
        )
        replicas.kill(int(holder.split(":")[-2]))
        await desk.rollback()

    others = await _until(lambda runs: sum(run[2] for run in runs) >= 2, lambda: _runs(books))
    assert (slot, 1, False) in others  # within the lease nobody touches it
    await _let_leases_pass(books, of=holder)
    await _until(lambda runs: (slot, 2, True) in runs, lambda: _runs(books))
    replicas.kill_all()
    assert {run[1] for run in await _runs(books) if run[2] and run[0] != slot} == {1}
    failed = await _asked(books, "SELECT slot, attempt, kind, holder FROM timebank.job_failures")
    assert failed == [(slot, 1, PROCESS_LOST, holder)]


async def _hold_requests(desk: AsyncConnection) -> None:
    await desk.execute(text("SET LOCAL ROLE timebank_owner"))
    await desk.execute(text("LOCK TABLE timebank.requests IN ACCESS EXCLUSIVE MODE"))


async def _let_leases_pass(books: AsyncEngine, of: str = "%") -> None:
    async with books.begin() as db:
        await db.execute(text("SET LOCAL ROLE timebank_owner"))
        await db.execute(
            text(
                "UPDATE timebank.job_slots SET free_at = free_at - CAST(:lease AS interval) WHERE holder LIKE :of"
            ),
            {"lease": LEASE, "of": of},
        )
