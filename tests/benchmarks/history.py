"""What a long history costs: its tree, a checkpoint, a receipt, what is new since the last one, a night, ten years."""

import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import ledger
from ledger import proof
from tests.benchmarks import nightly, server
from tests.benchmarks.books import Book, books_of
from tests.benchmarks.nightly import Desk
from tests.benchmarks.scale import Scale
from timebank.core.database import Database
from timebank.core.embedded import Running
from timebank.hours.proving import origin_of

_MEMBERS = 1_000
_BATCH = 2_000
_NEW = 1_000  # transfers since the last checkpoint
_TRIES = 20
_PARTS = (100, 10, 1)  # of the transfers, one after the other
_FIRST_ON = date(2016, 1, 1)
_LAST_ON = date(2025, 12, 31)


@dataclass
class Past:
    """A book that grows, and the key that signs what it comes to."""

    desk: Desk
    database: Database
    book: Book
    key: Ed25519PrivateKey
    chance: Random
    transfers: int = 0

    async def grow(self, transfers: int) -> None:
        """So many transfers between any two members."""
        while self.transfers < transfers:
            size = min(_BATCH, transfers - self.transfers)
            pairs = (self.chance.sample(self.book.members, 2) for _ in range(size))
            await self.desk.post([nightly.gift(self.book, giver, taker, 1) for giver, taker in pairs])
            self.transfers += size

    async def prove(self) -> float:
        """Seconds until every transfer has its place and what they come to is signed."""
        began = time.perf_counter()
        placed = 1
        while placed:
            async with self.database.begin([self.book.id]) as db:
                placed = await proof.sequence(db, self.book.id)
        async with self.database.begin([self.book.id]) as db:
            await proof.sign_checkpoint(db, self.book.id, origin=origin_of(self.book.id), keys=[self.key])
        return time.perf_counter() - began

    async def news(self) -> tuple[float, float]:
        """Seconds to prove what is new, and for the night that reconciles it, behind all that was there before."""
        proved, reconciled = [], []
        await self.desk.reconcile()
        for _ in range(3):
            await self.grow(self.transfers + _NEW)
            proved.append(await self.prove())
            reconciled.append(await self.desk.reconcile())
        return median(proved), median(reconciled)

    async def receipt(self) -> float:
        """Seconds for the receipt of any transfer."""
        took = []
        async with self.database.begin([self.book.id]) as db:
            for _ in range(_TRIES):
                member = self.chance.choice(self.book.members)
                [head] = await ledger.accounts(db, self.book.id, ids=[member])
                version = self.chance.randint(1, head.version)  # of any age: the newest have the shortest way
                [entry] = await ledger.entries(db, self.book.id, member, before_version=version + 1, limit=1)
                began = time.perf_counter()
                assert await proof.receipt(db, self.book.id, entry.transfer_id)
                took.append(time.perf_counter() - began)
        return median(took)

    async def live_ten_years(self) -> None:
        """A member helps every other day, from the first day of ten years to the last."""
        helper, *others = self.book.members
        days = [_FIRST_ON + timedelta(days=2 * at) for at in range((_LAST_ON - _FIRST_ON).days // 2)]
        for at in range(0, len(days), _BATCH):
            batch = [
                replace(nightly.gift(self.book, self.chance.choice(others), helper, 1), effective_on=day)
                for day in days[at : at + _BATCH]
            ]
            await self.desk.post(batch)

    async def statement(self) -> float:
        """Seconds for the ten years of that member, line by line."""
        took = []
        async with self.database.begin([self.book.id]) as db:
            for _ in range(_TRIES):
                began = time.perf_counter()
                made = await ledger.statement(db, self.book.id, self.book.members[0], _FIRST_ON, _LAST_ON)
                took.append(time.perf_counter() - began)
        assert len(made.lines) == (_LAST_ON - _FIRST_ON).days // 2
        return median(took)


async def measure(scale: Scale, folder: Path) -> dict[str, float]:
    """What is new, behind a hundredth, a tenth and all of the transfers; then the tree of all, made at once."""
    [book] = books_of(replace(scale, communities=1, members=min(_MEMBERS, scale.members)))
    async with server.fresh(folder / "history") as running:
        database = Database(running.service_url)
        desk = Desk(database, running, book)
        await desk.open()
        # As autovacuum does within a minute of a real start: without it the first batches take ten times as long.
        await server.run_as_superuser(running, "VACUUM ANALYZE")
        past = Past(desk, database, book, Ed25519PrivateKey.generate(), Random("history"))
        await past.live_ten_years()
        found: dict[str, float] = {}
        for part in _PARTS:
            await past.grow(max(1, scale.transfers // part))
            await server.run_as_superuser(running, "VACUUM ANALYZE")
            took = await past.prove()
            print(f"{past.transfers:,} transfers: the rest of the tree in {took:.2f} s", flush=True)
            proved, reconciled = await past.news()
            found[f"ledger.news_{1_000_000 // part}_ms"] = proved * 1000
            found[f"audit.nightly_{1_000_000 // part}_s"] = reconciled
        found["ledger.receipt_ms"] = await past.receipt() * 1000
        found["ledger.statement_10y_ms"] = await past.statement() * 1000
        await _forget(running)
        found["ledger.tree_1000000_s"] = await past.prove()
        await database.close()
    return found


async def _forget(running: Running) -> None:
    """The tree and what was signed, so that all of it is made at once."""
    tables = ("signers", "checkpoints", "nodes", "sequenced", "leaves")
    for table in tables:
        await server.run_as_superuser(
            running,
            f"ALTER TABLE ledger.{table} DISABLE TRIGGER history_is_final",
            f"TRUNCATE ledger.{table}",
            f"ALTER TABLE ledger.{table} ENABLE ALWAYS TRIGGER history_is_final",
        )
