"""How many transfers a second go through the ledger, against TPC-B-like transactions on the same server."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from random import Random
from statistics import median

import ledger
from tests.benchmarks import tpcb
from tests.benchmarks.books import Book, books_of, move
from tests.benchmarks.loads import PROCESSES
from tests.benchmarks.scale import Scale
from timebank.core.database import Database
from timebank.core.embedded import Running

SIZES = (1, 100, 1_000)
# A larger batch is the work of several communities, this much of each.
_OF_ONE_BOOK = 100
_TO_CONNECT_SECONDS = 1.0


def measure(processes: ProcessPoolExecutor, running: Running, scale: Scale) -> dict[str, float]:
    """The ratio for each size of batch: the median of the rounds' ratios."""
    ratios: dict[int, list[float]] = {size: [] for size in SIZES}
    for number in range(scale.rounds):
        yardstick = tpcb.transactions_per_second(running, scale)
        said = [f"round {number + 1}: TPC-B {yardstick:,.0f}/s"]
        for size in SIZES:
            rate = _rate(processes, running.service_url, scale, size, number)
            ratios[size].append(rate / yardstick)
            said.append(f"batches of {size} {rate:,.0f}/s")
        print(", ".join(said), flush=True)
    return {f"ledger.n{size}_vs_tpcb": median(found) for size, found in ratios.items()}


def _rate(processes: ProcessPoolExecutor, url: str, scale: Scale, size: int, seed: int) -> float:
    """Transfers a second of all clients together."""
    begins_at = time.time() + _TO_CONNECT_SECONDS
    work = [
        processes.submit(
            _post_for_a_while,
            url,
            scale,
            size=size,
            clients=range(part, scale.clients, PROCESSES),
            begins_at=begins_at,
            seed=seed,
        )
        for part in range(PROCESSES)
    ]
    return sum(rate for one in work for rate in one.result())


def _post_for_a_while(
    url: str, scale: Scale, *, size: int, clients: range, begins_at: float, seed: int
) -> list[float]:
    """The rate of each client of this process."""
    books = books_of(scale)

    async def all_clients() -> list[float]:
        database = Database(url, pool_size=len(clients))
        try:
            work = (
                _client(database, _batches(books, size, Random(f"{seed} {size} {client}")), scale, begins_at)
                for client in clients
            )
            return await asyncio.gather(*work)
        finally:
            await database.close()

    return asyncio.run(all_clients())


async def _client(
    database: Database, batches: Iterator[list[ledger.Operation]], scale: Scale, begins_at: float
) -> float:
    """Commit batch after batch until the time is over; the last one counts whole, with its time."""
    await _post(database, next(batches))
    await asyncio.sleep(max(0.0, begins_at - time.time()))
    posted, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < scale.seconds:
        posted += await _post(database, next(batches))
    return posted / passed


async def _post(database: Database, batch: list[ledger.Operation]) -> int:
    async with database.begin({operation.book_id for operation in batch}) as db:
        outcomes = await ledger.post(db, batch)
    return sum(isinstance(outcome, ledger.Posted) for outcome in outcomes)


def _batches(books: list[Book], size: int, chance: Random) -> Iterator[list[ledger.Operation]]:
    """Batches without end, each of communities drawn anew."""
    while True:
        drawn = chance.sample(books, min(len(books), -(-size // _OF_ONE_BOOK)))
        yield [_move(drawn[number % len(drawn)], chance) for number in range(size)]


def _move(book: Book, chance: Random) -> ledger.Operation:
    """An hour or so between two members of a community."""
    debit, credit = chance.sample(book.members, 2)
    return move(book, debit, credit, chance.choice((30, 60, 60, 90, 120)))
