"""What it brings that calls on one popular account are run together: 64 callers, gathered and each alone."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from statistics import median

import ledger
from tests.benchmarks.books import Book, move
from tests.benchmarks.scale import Scale
from timebank.core.database import Database
from timebank.core.embedded import Running

CALLERS = 64
Ask = Callable[[], Awaitable[object]]


@dataclass
class Round:
    """How many were answered a second, and how long one of them waited."""

    rate: float
    p50_ms: float


async def measure(running: Running, scale: Scale, book: Book, suffix: str) -> dict[str, float]:
    """The ratio of a popular account's transfers, while commits take as long as `suffix` says."""
    database = Database(running.service_url)
    try:
        return {f"ledger.hot_gathered_vs_single{suffix}": await _ratio(database, book, scale, suffix)}
    finally:
        await database.close()


async def _ratio(database: Database, book: Book, scale: Scale, suffix: str) -> float:
    """The median of the rounds' ratios, the two sides in turn."""
    ratios = []
    for number in range(scale.rounds):
        single = await _round(lambda: _alone(database, book), scale.seconds)
        gathered = await _round(lambda: _together(database, book), scale.seconds)
        ratios.append(gathered.rate / single.rate)
        print(
            f"hot account{suffix}, round {number + 1}: alone {single.rate:,.0f}/s p50 {single.p50_ms:.0f} ms, "
            f"gathered {gathered.rate:,.0f}/s p50 {gathered.p50_ms:.0f} ms",
            flush=True,
        )
    return median(ratios)


async def _round(ask: Ask, seconds: float) -> Round:
    """64 callers, each asking again as soon as they are answered."""
    took: list[float] = []
    until = time.perf_counter() + seconds

    async def caller() -> None:
        while (began := time.perf_counter()) < until:
            await ask()
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return Round(len(took) / (time.perf_counter() - began), median(took) * 1000)


async def _alone(database: Database, book: Book) -> None:
    """A transaction of one's own for an hour of the popular account."""
    await _post(database, book, [_hot(book)])


async def _together(database: Database, book: Book) -> None:
    """The same through the line."""

    async def post(operations: Sequence[ledger.Operation]) -> Sequence[ledger.Outcome]:
        return await _post(database, book, operations)

    await database.gather.run(book.id, _hot(book), post)


async def _post(
    database: Database, book: Book, operations: Sequence[ledger.Operation]
) -> list[ledger.Outcome]:
    async with database.begin([book.id]) as db:
        return await ledger.post(db, list(operations))


_turn = count()


def _hot(book: Book) -> ledger.Operation:
    """A minute from or to the popular account, so that it never runs out."""
    turn = next(_turn)
    hot, other = book.members[0], book.members[1 + turn // 2 % (len(book.members) - 1)]
    return move(book, hot, other, 1) if turn % 2 else move(book, other, hot, 1)
