"""Building the district's database once, and finding it again: it is kept for a week, while its generator stays."""

import asyncio
import hashlib
import json
import multiprocessing
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

from tests.benchmarks import district, server, year
from tests.benchmarks.scale import Scale
from timebank.core import clock, embedded, migrating
from timebank.core.embedded import Running
from timebank.core.errors import Text
from timebank.core.sealing import Seal
from timebank.sample.cast import Desk
from timebank.sample.history import tell
from timebank.sample.writing import HistoryDatabase

# Each community's last two weeks are told on a connection of its own, of which a process has so many.
_TOGETHER = 8
_KEPT_DAYS = 7
_GENERATORS = ("district.py", "year.py")


@asynccontextmanager
async def built(folder: Path, scale: Scale) -> AsyncIterator[Running]:
    """The server with the district in it; building it is said aloud."""
    note = folder / "built.json"
    if not _is_fresh(note, scale):
        server.remove(folder)
        await _build(folder, scale)
        note.write_text(json.dumps({"key": _key(scale), "on": str(_today())}), encoding="utf-8")
    running = embedded.start(folder)
    try:
        await migrating.upgrade(running.owner_url)
        yield running
    finally:
        running.stop()


async def _build(folder: Path, scale: Scale) -> None:
    began = time.perf_counter()
    running = embedded.start(folder)
    try:
        await migrating.upgrade(running.owner_url)
        history = HistoryDatabase(running.owner_url)
        await district.found(history, scale, _today() - timedelta(days=year.DAYS))
        await history.close()
        _in_parts(_live, running, scale, scale.communities)
        # Else every plan is made for empty tables.
        await server.run_as_superuser(running, "VACUUM ANALYZE")
        print(f"{scale.visits:,} visits after {time.perf_counter() - began:.0f} s", flush=True)
        _in_parts(_tell, running, scale, scale.told)
        await server.run_as_superuser(running, "VACUUM ANALYZE", "CHECKPOINT")
    finally:
        running.stop()
    print(f"built after {time.perf_counter() - began:.0f} s", flush=True)


_Work = Callable[[list[Desk], Scale], Awaitable[None]]


def _in_parts(work: _Work, running: Running, scale: Scale, communities: int) -> None:
    """The same work for the first so many communities, in as many processes as there are processors."""
    parts = min(os.cpu_count() or 1, communities)
    with ProcessPoolExecutor(parts, mp_context=multiprocessing.get_context("spawn")) as processes:
        started = [
            processes.submit(_part, work, running.owner_url, scale, range(part, communities, parts))
            for part in range(parts)
        ]
        for each in started:
            each.result()


def _part(work: _Work, owner_url: str, scale: Scale, which: range) -> None:
    async def all_places() -> None:
        history = HistoryDatabase(owner_url)
        seal = Seal(bytes.fromhex(district.SEAL_KEY))
        places = district.places(scale)
        for at in range(0, len(which), _TOGETHER):
            chosen = [places[number] for number in which[at : at + _TOGETHER]]
            await work([await district.desk(history, seal, place) for place in chosen], scale)
        await history.close()

    asyncio.run(all_places())


async def _live(desks: list[Desk], scale: Scale) -> None:
    first = _today() - timedelta(days=year.DAYS)
    for desk in desks:
        await district.settle(desk, first)
        await year.live(desk, first=first, today=_today(), visits=scale.visits // scale.communities)


async def _tell(desks: list[Desk], scale: Scale) -> None:
    """The last days through the use cases: wishes, a round, proposals, pairs, paper, disputes, nightly jobs."""
    await tell(desks, first=_today() - timedelta(days=year.TOLD_DAYS), today=_today(), say=_silently)


def _silently(text: Text) -> None:
    pass


def _today() -> date:
    return clock.day_of(clock.now())


def _is_fresh(note: Path, scale: Scale) -> bool:
    if not note.exists():
        return False
    known = json.loads(note.read_text(encoding="utf-8"))
    age = _today() - date.fromisoformat(known["on"])
    return bool(known["key"] == _key(scale)) and age < timedelta(days=_KEPT_DAYS)


def _key(scale: Scale) -> str:
    """Of the size and of what generates the district; later migrations are applied to it, as in any house."""
    digest = hashlib.sha256(repr(scale).encode())
    for name in _GENERATORS:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()
