"""Clients in processes of their own that do one thing for a while, and what each transfer then cost."""

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from statistics import median

import asyncpg
from sqlalchemy.engine import make_url

import ledger
from tests.benchmarks import processor
from tests.benchmarks.bare import Bare
from tests.benchmarks.books import Book, move
from tests.benchmarks.plain import Plain
from timebank.core.database import Database

PROCESSES = 2
_TO_CONNECT = 0.3  # of a round, before it begins
_TO_DISCONNECT_SECONDS = 0.3


@dataclass(frozen=True)
class Load:
    """What the clients do: `size` transfers in a transaction, of two members or of the popular one and another."""

    way: str  # ours, plain, bare
    size: int
    clients: int
    url: str
    book: Book
    hot: bool = False


@dataclass(frozen=True)
class Cost:
    """Of one load: transfers a second, how long a transaction took, CPU for each transfer."""

    rate: float
    latency_ms: float
    server_us: float
    client_us: float

    def __str__(self) -> str:
        return (
            f"{self.rate:>7,.0f}/s, {self.latency_ms:>6.2f} ms, "
            f"CPU {self.server_us:>4.0f} + {self.client_us:>3.0f} µs (server + client)"
        )


@dataclass(frozen=True)
class _Part:
    """What the clients of one process did."""

    posted: int
    rate: float
    latencies: list[float]
    cpu: float


def processes() -> ProcessPoolExecutor:
    """Where the clients live; to be closed."""
    return ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn"))


def run(pool: ProcessPoolExecutor, load: Load, *, seconds: float, number: int, postmaster: int) -> Cost:
    """Let all clients work at the same time."""
    begins_at = time.time() + _TO_CONNECT * seconds
    shares = [range(part, load.clients, PROCESSES) for part in range(min(PROCESSES, load.clients))]
    work = [pool.submit(_work, load, share, begins_at, seconds, number) for share in shares]
    time.sleep(max(0.0, begins_at - time.time()))
    before = processor.seconds(postmaster)
    parts = [one.result() for one in work]
    # A connection that has just ended is counted nowhere until the server has seen it.
    time.sleep(_TO_DISCONNECT_SECONDS)
    server = processor.seconds(postmaster) - before
    posted = sum(part.posted for part in parts)
    return Cost(
        rate=sum(part.rate for part in parts),
        latency_ms=median(took for part in parts for took in part.latencies) * 1000,
        server_us=server / posted * 1e6,
        client_us=sum(part.cpu for part in parts) / posted * 1e6,
    )


def _work(load: Load, clients: range, begins_at: float, seconds: float, number: int) -> _Part:
    async def all_clients() -> _Part:
        async with AsyncExitStack() as stack:
            hands = [await _WAYS[load.way](stack, load) for _ in clients]
            wishes = [_batches(load, Random(f"{load} {number} {client}")) for client in clients]
            for hand, batches in zip(hands, wishes, strict=True):
                await hand(next(batches))
            await asyncio.sleep(max(0.0, begins_at - time.time()))
            cpu = time.process_time()
            pairs = zip(hands, wishes, strict=True)
            done = await asyncio.gather(*(_client(hand, batches, seconds) for hand, batches in pairs))
            cpu = time.process_time() - cpu
        return _Part(
            posted=sum(posted for posted, _ in done),
            rate=sum(posted / sum(latencies) for posted, latencies in done),
            latencies=[took for _, latencies in done for took in latencies],
            cpu=cpu,
        )

    return asyncio.run(all_clients())


Hand = Callable[[list[ledger.Operation]], Awaitable[int]]


async def _client(
    hand: Hand, batches: Iterator[list[ledger.Operation]], seconds: float
) -> tuple[int, list[float]]:
    """Commit batch after batch until the time is over; making a batch is part of it."""
    posted, latencies, until = 0, [], time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        posted += await hand(next(batches))
        latencies.append(time.perf_counter() - began)
    return posted, latencies


def _batches(load: Load, chance: Random) -> Iterator[list[ledger.Operation]]:
    """The popular account gives as often as it gets, so that it never runs out."""
    hot, *others = load.book.members
    while True:
        batch = []
        for n in range(load.size):
            sides = (hot, chance.choice(others)) if load.hot else chance.sample(others, 2)
            debit, credit = sides if (n if load.size > 1 else chance.getrandbits(1)) % 2 else sides[::-1]
            batch.append(move(load.book, debit, credit, 1 if load.hot else chance.choice((30, 60, 60, 90))))
        yield batch


async def _ours(stack: AsyncExitStack, load: Load) -> Hand:
    """As the service posts."""
    database = Database(load.url, pool_size=1)
    stack.push_async_callback(database.close)

    async def hand(batch: list[ledger.Operation]) -> int:
        async with database.begin([load.book.id]) as db:
            outcomes = await ledger.post(db, batch)
        return sum(isinstance(outcome, ledger.Posted) for outcome in outcomes)

    return hand


async def _connection(stack: AsyncExitStack, load: Load) -> asyncpg.Connection:
    url = make_url(load.url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    stack.push_async_callback(connection.close)
    return connection


async def _plain(stack: AsyncExitStack, load: Load) -> Hand:
    client = Plain(await _connection(stack, load))

    async def hand(batch: list[ledger.Operation]) -> int:
        [wish] = batch
        return await client.post(wish)

    return hand


async def _bare(stack: AsyncExitStack, load: Load) -> Hand:
    client = Bare(await _connection(stack, load))

    async def hand(batch: list[ledger.Operation]) -> int:
        return await client.insert(batch, datetime.now(UTC))

    return hand


_WAYS = {"ours": _ours, "plain": _plain, "bare": _bare}
