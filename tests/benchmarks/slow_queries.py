"""The ten longest queries of pages and search, and of the nightly jobs, each with the plan it ran under."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import district, server
from tests.benchmarks.building import built
from tests.benchmarks.scale import Scale
from tests.benchmarks.visitors import at_work
from timebank.access.guard import Call
from timebank.core import clock, embedded
from timebank.core.actor import system
from timebank.core.database import Database
from timebank.core.embedded import Running
from timebank.core.sealing import Seal
from timebank.jobs.schedule import JOBS

LISTED = 10
_EACH_PAGE = 2
# What is opened less often than the five pages.
_BESIDE = ("search", "accounts", "month")
_LONGEST = """
SELECT queryid, calls, mean_exec_time AS mean, max_exec_time AS most, query FROM pg_stat_statements
JOIN pg_roles r ON r.oid = userid
WHERE r.rolname = 'timebank_service' AND query NOT LIKE '%pg_catalog%'
ORDER BY mean_exec_time DESC LIMIT $1
"""
_EXPLAINED = (
    "session_preload_libraries = 'auto_explain'",
    "auto_explain.log_min_duration = 0",
    "auto_explain.log_analyze = on",
    "auto_explain.log_buffers = on",
    "auto_explain.log_verbose = on",
)
Work = Callable[[Running, Path, Scale], Awaitable[None]]


@dataclass(frozen=True)
class Query:
    """One statement as it was run, and the plan of the time it took longest."""

    calls: int
    mean_ms: float
    most_ms: float
    text: str
    plan: str


async def write(scale: Scale, folder: Path, file: Path) -> str:
    """Write both lists into a file; the same without plans, to be shown."""
    place = folder / "district"
    async with built(place, scale) as running:
        await server.run_as_superuser(
            running,
            "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'",
            "ALTER SYSTEM SET compute_query_id = on",
        )
    # Stopped, since nobody else used it: the next start loads the library.
    told, whole = [], []
    try:
        async with built(place, scale) as running:
            await server.run_as_superuser(running, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            for title, work in (("pages and search", _open_pages), ("jobs", _run_jobs)):
                found = await _longest(running, place, scale, work)
                told.append(f"{title}\n" + "\n".join(map(_line, found)))
                whole += [f"==== {title}: {_line(one)}\n\n{one.text}\n\n{one.plan}\n" for one in found]
            await server.run_as_superuser(running, "ALTER SYSTEM RESET ALL")
    finally:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(whole), encoding="utf-8")
    return "\n\n".join(told)


async def _longest(running: Running, place: Path, scale: Scale, work: Work) -> list[Query]:
    """Once without plans, for the times; once more with them, since explaining takes time of its own."""
    await server.run_as_superuser(running, "SELECT pg_stat_statements_reset()")
    await work(running, place, scale)
    async with server.superuser(running) as connection:
        rows = await connection.fetch(_LONGEST, LISTED)
    before = len(_log(place))
    async with _explaining(running):
        await work(running, place, scale)
    plans = _plans(_log(place)[before:])
    return [
        Query(
            row["calls"],
            row["mean"],
            row["most"],
            re.sub(r"\s+", " ", row["query"]),
            plans.get(row["queryid"], (0.0, "no plan was logged"))[1],
        )
        for row in rows
    ]


@asynccontextmanager
async def _explaining(running: Running) -> AsyncIterator[None]:
    """Within the block every statement of the service's new connections is logged with its plan."""
    for setting in _EXPLAINED:
        await server.run_as_superuser(running, f"ALTER ROLE timebank_service SET {setting}")
    try:
        yield
    finally:
        await server.run_as_superuser(running, "ALTER ROLE timebank_service RESET ALL")


def _log(place: Path) -> str:
    """All that the server said, in order."""
    logs = (embedded.locate(place).server / "log").glob("*.log")
    in_order = sorted(logs, key=lambda file: file.stat().st_mtime)
    return "".join(file.read_text(encoding="utf-8", errors="replace") for file in in_order)


def _plans(log: str) -> dict[int, tuple[float, str]]:
    """For each query identifier the longest duration and its plan, whose own lines begin with a tab."""
    found: dict[int, tuple[float, str]] = {}
    for duration, body in re.findall(r"duration: ([\d.]+) ms  plan:\n((?:\t.*\n)+)", log):
        number = re.search(r"Query Identifier: (-?\d+)", body)
        if number and float(duration) > found.get(int(number[1]), (0.0, ""))[0]:
            found[int(number[1])] = (
                float(duration),
                body[body.rindex("\n\t", 0, body.index("(cost=")) + 1 :],
            )
    return found


async def _open_pages(_: Running, place: Path, scale: Scale) -> None:
    async with at_work(place, scale) as people:
        for visitor in people:
            names = [name for name, _ in visitor.pages]
            for name in [*names, *_BESIDE] if visitor.at_a_desk else names:
                for _again in range(_EACH_PAGE):
                    await visitor.open(name)


async def _run_jobs(running: Running, _: Path, scale: Scale) -> None:
    """Each job once, for some of the communities: it does the same in all."""
    database = Database(running.service_url)
    seal = Seal(bytes.fromhex(district.SEAL_KEY))
    some = frozenset(place.id for place in district.places(scale)[: scale.told])
    for job in JOBS:
        await job.run(Call(database, system(some, job=job.name), clock.now(), seal), clock.now())
    await database.close()


def _line(query: Query) -> str:
    return f"{query.mean_ms:9.1f} ms mean {query.most_ms:9.1f} ms most {query.calls:6}×  {query.text[:140]}"
