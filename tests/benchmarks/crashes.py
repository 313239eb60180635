"""PostgreSQL, the service or both are killed in the middle of load, over and over: what was acknowledged stands.

A kill takes what PostgreSQL had not handed to the kernel, not what the kernel had not handed to the disk: that
fsync is on is asked, not proved.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import text

import ledger
from ledger import Operation
from tests.benchmarks import poster, server
from tests.benchmarks.prover import Prover
from tests.benchmarks.scale import Scale
from tests.core.test_embedded import processes
from tests.ledger.books import Book, faults, move, open_book
from timebank.core import embedded
from timebank.core.database import Database
from timebank.core.embedded import Running

CALLERS = 16
_BOOKS = 4
_REPOSITORY = Path(__file__).parents[2]
_VICTIMS = (("database",), ("service",), ("database", "service"))

_KEPT = text("""
    SELECT o.id, o.refusal, NULL AS account_id, 0 AS minutes FROM ledger.outcomes o
    WHERE o.book_id = :book AND o.refusal IS NOT NULL
    UNION ALL
    SELECT e.transfer_id, NULL, e.account_id, e.minutes FROM ledger.entries e WHERE e.book_id = :book
""")

# An id, why it was refused or None, the account and what it got: a posting leaves two, a refusal one.
Trace = tuple[UUID, str | None, UUID | None, int]


@dataclass
class Machine:
    """PostgreSQL and a service that posts, each in processes of its own that can be killed."""

    folder: Path
    running: Running
    service: "subprocess.Popen[str]" = field(init=False)
    port: int = field(init=False)

    def serve(self) -> None:
        """Start the service; returns when it takes calls."""
        self.service = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.poster"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="ascii", cwd=_REPOSITORY,
            env={**os.environ, poster.URL: self.running.service_url},
        )  # fmt: skip
        assert self.service.stdout is not None
        self.port = int(self.service.stdout.readline())

    def kill(self, victims: Sequence[str]) -> None:
        """Nothing of them lives on, not even to say goodbye."""
        pids = processes(self.folder) if "database" in victims else []
        pids += [self.service.pid] if "service" in victims else []
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def mend(self, victims: Sequence[str]) -> None:
        """Start again what was killed."""
        if "database" in victims:
            self.running.stop()  # nothing runs; it gives back the locks
            self.running = embedded.start(self.folder)
        if "service" in victims:
            self.leave()
            self.serve()

    def leave(self) -> None:
        """Let the service end, unless it was killed."""
        self.service.communicate(timeout=60)


@dataclass
class Callers:
    """What those who call the service know: what they asked for, and what was acknowledged."""

    books: list[Book]
    chance: Random
    prover: Prover = field(default_factory=Prover)
    asking: bool = True
    acknowledged: dict[UUID, tuple[Operation, str]] = field(default_factory=dict)
    pending: dict[int, Operation] = field(default_factory=dict)  # by caller
    answered_again: int = 0

    async def call(self, port: int) -> None:
        """All of them at once, each over a connection of its own, until told to stop or cut off."""
        await asyncio.gather(*(self._one(number, port) for number in range(CALLERS)))

    async def _one(self, number: int, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError):
            # What was cut off is asked for first, under the same id.
            while self.asking or number in self.pending:
                wish = self.pending.setdefault(number, self._wish(number))
                writer.write(poster.asked(wish))
                answer = (await reader.readline()).decode()
                if not answer.endswith("\n"):
                    break
                if answer.strip() != poster.LATER:
                    self._hear(number, answer.split())
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    def _wish(self, number: int) -> Operation:
        book = self.books[number % len(self.books)]
        debit, credit = self.chance.sample(book.account_ids, 2)
        return move(book, debit, credit, self.chance.randint(1, 200))

    def _hear(self, number: int, answer: list[str]) -> None:
        said, *again = answer
        assert said == "posted" or said in iter(ledger.Refusal), answer
        wish = self.pending.pop(number)
        self.acknowledged[wish.id] = (wish, said)
        self.answered_again += len(again)

    def expected(self) -> Counter[Trace]:
        """What must be found of all that was acknowledged."""
        traces: Counter[Trace] = Counter()
        for wish, said in self.acknowledged.values():
            if said == "posted":
                traces[wish.id, None, wish.debit_id, -wish.minutes] += 1
                traces[wish.id, None, wish.credit_id, wish.minutes] += 1
            else:
                traces[wish.id, said, None, 0] += 1
        return traces


@dataclass
class Losses:
    """The ids that were acknowledged and not found, or found more than once, or otherwise."""

    lost: set[UUID] = field(default_factory=set)
    doubled: set[UUID] = field(default_factory=set)


async def measure(scale: Scale, folder: Path) -> dict[str, float]:
    """So many crashes, and what they cost: nothing."""
    found = Losses()
    async with office(folder / "crashes") as (machine, callers):
        for number in range(scale.crashes):
            victims = _VICTIMS[number % len(_VICTIMS)]
            before = len(callers.acknowledged)
            await crash(machine, callers, victims)
            await compare(machine, callers, found)
            told = f"crash {number + 1} of the {' and the '.join(victims)}: "
            told += f"{len(callers.acknowledged) - before:,} acknowledged, {len(callers.pending)} cut off"
            print(told, flush=True)
        await _settle(machine, callers)
        await compare(machine, callers, found)
    return {
        "ledger.crashes": scale.crashes,
        "ledger.acknowledged_lost": len(found.lost),
        "ledger.acknowledged_doubled": len(found.doubled),
    }


async def _settle(machine: Machine, callers: Callers) -> None:
    """Ask again for what was cut off last, and sign all there is."""
    callers.asking = False
    await callers.call(machine.port)
    assert not callers.pending
    database = Database(machine.running.service_url)
    posted = Counter(wish.book_id for wish, said in callers.acknowledged.values() if said == "posted")
    for book in callers.books:
        await callers.prover.sign(database, book)
        assert callers.prover.signed[book.id].size == posted[book.id]
    await database.close()
    told = f"{len(callers.acknowledged):,} acknowledged, {callers.answered_again:,} of them committed and cut off "
    print(told + f"before anyone heard; {callers.prover.count:,} checkpoints", flush=True)


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[tuple[Machine, Callers]]:
    """A machine that serves, and those who call it."""
    async with server.fresh(folder) as running:
        await _require_durable(running)
        machine = Machine(folder, running)
        callers = await _callers(running)
        machine.serve()
        try:
            yield machine, callers
        finally:
            machine.leave()
            machine.running.stop()


async def _require_durable(running: Running) -> None:
    async with server.superuser(running) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await connection.fetchval(f"SHOW {setting}") == "on", setting


async def _callers(running: Running) -> Callers:
    """Each upon one of a few books, so that several connections commit at the same time."""
    callers = Callers([], Random("crashes"))
    database = Database(running.service_url)
    for _ in range(_BOOKS):
        async with database.begin([]) as db:
            book = await open_book(db)
            parties = (book.pool, book.chen, book.li, book.wang)
            first = [move(book, book.opening, one, 1_000) for one in parties]
            await ledger.post(db, first)
        callers.books.append(book)
        callers.acknowledged |= {one.id: (one, "posted") for one in first}
    await database.close()
    return callers


async def crash(machine: Machine, callers: Callers, victims: Sequence[str]) -> None:
    """A while of load, a kill in the middle of it, and a new start while those who still can go on calling."""
    callers.asking = True
    calling = asyncio.create_task(callers.call(machine.port))
    proving = asyncio.create_task(callers.prover.prove(machine.running.service_url, callers.books))
    await asyncio.sleep(callers.chance.uniform(0.2, 0.6))
    machine.kill(victims)
    await asyncio.to_thread(machine.mend, victims)
    callers.asking = callers.prover.signing = False
    await asyncio.gather(calling, proving)


async def compare(machine: Machine, callers: Callers, found: Losses) -> None:
    """Look for everything that was ever acknowledged, and for what nobody was told."""
    kept: Counter[Trace] = Counter()
    database = Database(machine.running.service_url)
    for book in callers.books:
        async with database.begin([book.id]) as db:
            kept.update(tuple(row) for row in await db.execute(_KEPT, {"book": book.id}))
            assert await faults(db, book) == []
            found.lost |= await callers.prover.lost(db, book)
    await database.close()
    expected = callers.expected()
    unheard = {wish.id for wish in callers.pending.values()}
    found.lost |= {id_ for id_, *_ in expected - kept}
    found.doubled |= {id_ for id_, *_ in kept - expected} - unheard
