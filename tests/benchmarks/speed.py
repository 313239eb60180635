"""The ledger beside the plain way, a bare insert, pgbench's TPC-B and itself without constraints."""

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median

from sqlalchemy.engine import make_url

import ledger
from tests.benchmarks import bare, gathered, latency, loads, plain, posting, processor, server, tpcb
from tests.benchmarks.books import Book, books_of, move, open_books
from tests.benchmarks.loads import Cost, Load
from tests.benchmarks.scale import Scale
from timebank.core.database import Database
from timebank.core.embedded import Running

_MEMBERS = 1_001  # one of them the popular one
_UNCHECKED = "unchecked"
# Everything that refuses, but for keys and NOT NULL.
_DROP_REFUSALS = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT conrelid::regclass AS of, conname FROM pg_constraint
        WHERE connamespace = 'ledger'::regnamespace AND contype = 'c' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.of, one.conname);
    END LOOP;
    FOR one IN SELECT c.oid::regclass AS of FROM pg_class c
        WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', one.of);
    END LOOP;
END $$
"""


async def measure(scale: Scale, folder: Path) -> dict[str, float]:
    """All ratios, the medians of the rounds'."""
    [book] = books_of(replace(scale, communities=1, members=_MEMBERS))
    async with server.fresh(folder / "ledger") as running:
        await _prepare(running, scale, book)
        found: dict[str, float] = {}
        with loads.processes() as pool:
            for suffix in latency.SUFFIXES:
                await latency.emulate(running, suffix)
                took = await latency.commit_ms(running)
                print(f"a commit{suffix}: {took:.2f} ms", flush=True)
                found |= {"ledger.commit_ms": took} if not suffix else {}
                found |= await _against_others(pool, running, scale, book, suffix)
                found |= await gathered.measure(running, scale, book, suffix)
            await latency.emulate(running, "")
            found |= await _constraints(pool, running, scale, book)
            found |= posting.measure(pool, running, scale)
    return found


async def _prepare(running: Running, scale: Scale, book: Book) -> None:
    database = Database(running.service_url)
    await open_books(database, [book, *books_of(scale)])
    await _live(database, book, scale.transfers)
    await database.close()
    await _copy_without_refusals(running)
    user = make_url(running.service_url).username
    await server.run_as_superuser(
        running,
        plain.SCHEMA + plain.FILL,
        bare.SCHEMA,
        *(f'GRANT USAGE ON SCHEMA {schema} TO "{user}"' for schema in ("plain", "bare")),
        *(f'GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO "{user}"' for schema in ("plain", "bare")),
    )
    await tpcb.prepare(running, scale)
    # As autovacuum does within a minute of a real start.
    await server.run_as_superuser(running, "VACUUM ANALYZE", "CHECKPOINT")


async def _live(database: Database, book: Book, transfers: int) -> None:
    """So many transfers, before anything is measured."""
    chance, size = Random("life"), 5_000
    for begin in range(0, transfers, size):
        batch = [_move(book, chance) for _ in range(min(size, transfers - begin))]
        async with database.begin([book.id]) as db:
            await ledger.post(db, batch)


def _move(book: Book, chance: Random) -> ledger.Operation:
    debit, credit = chance.sample(book.members, 2)
    return move(book, debit, credit, chance.choice((30, 60)))


async def _copy_without_refusals(running: Running) -> None:
    """The same database once more, in which nothing is refused."""
    name = make_url(running.owner_url).database
    await server.run_as_superuser(
        running, f'CREATE DATABASE {_UNCHECKED} TEMPLATE "{name}"', database="postgres"
    )
    await server.run_as_superuser(running, _DROP_REFUSALS, "VACUUM ANALYZE", database=_UNCHECKED)


async def _against_others(
    pool: ProcessPoolExecutor, running: Running, scale: Scale, book: Book, suffix: str
) -> dict[str, float]:
    postmaster, url = await processor.postmaster(running), running.service_url
    works = {
        "plain": Load("plain", 1, scale.clients, url, book),
        "n1": Load("ours", 1, scale.clients, url, book),
        "n100": Load("ours", 100, 1, url, book),
        "n1000": Load("ours", 1_000, 1, url, book),
        "bare": Load("bare", 1_000, 1, url, book),
        "plain hot": Load("plain", 1, scale.clients, url, book, hot=True),
        "hot n100": Load("ours", 100, 1, url, book, hot=True),
    }
    ratios: dict[str, list[float]] = defaultdict(list)
    for number in range(scale.rounds):
        costs = _round(pool, works, scale, number, postmaster, suffix)
        rates = {name: cost.rate for name, cost in costs.items()}
        for size in ("n1", "n100", "n1000"):
            ratios[f"ledger.{size}_vs_plain{suffix}"].append(rates[size] / rates["plain"])
        ratios[f"ledger.hot_n100_vs_plain{suffix}"].append(rates["hot n100"] / rates["plain hot"])
        if not suffix:
            ratios["ledger.n1000_vs_bare_insert"].append(rates["n1000"] / rates["bare"])
    return {name: median(found) for name, found in ratios.items()}


async def _constraints(
    pool: ProcessPoolExecutor, running: Running, scale: Scale, book: Book
) -> dict[str, float]:
    """The server's CPU with all refusals, divided by that without any."""
    postmaster = await processor.postmaster(running)
    unchecked = make_url(running.service_url).set(database=_UNCHECKED).render_as_string(hide_password=False)
    works = {
        f"{name} {size}": Load("ours", size, 1, url, book)
        for size in (100, 1_000)
        for name, url in (("checked", running.service_url), ("unchecked", unchecked))
    }
    ratios: dict[int, list[float]] = {100: [], 1_000: []}
    for number in range(scale.rounds):
        costs = _round(pool, works, scale, number, postmaster, "")
        for size, found in ratios.items():
            found.append(costs[f"checked {size}"].server_us / costs[f"unchecked {size}"].server_us)
    print(f"constraints, CPU at N=100: {median(ratios[100]):.2f}, at N=1000: {median(ratios[1_000]):.2f}")
    return {"ledger.constraints_cpu_ratio": median(ratios[1_000])}


def _round(
    pool: ProcessPoolExecutor,
    works: Mapping[str, Load],
    scale: Scale,
    number: int,
    postmaster: int,
    suffix: str,
) -> dict[str, Cost]:
    """Each load once, one after the other."""
    costs = {}
    for name, load in works.items():
        costs[name] = loads.run(pool, load, seconds=scale.seconds, number=number, postmaster=postmaster)
        print(f"round {number + 1}{suffix}, {name:<15}{costs[name]}", flush=True)
    return costs
