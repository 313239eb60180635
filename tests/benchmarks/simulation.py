"""A long history of random wishes, posted in the ledger and told to the oracle: the two must never differ.

Chance is seeded, so a run can be repeated; ids of books alone are new each time.
"""

import asyncio
import contextlib
import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import text

import ledger
from ledger import Act, Batch, Linked, Operation
from tests.benchmarks import server
from tests.benchmarks.scale import Scale
from tests.ledger.books import faults, move
from tests.ledger.neighbours import Neighbours, open_neighbours
from tests.ledger.oracle import Oracle, answer_of, oracle_of
from tests.ledger.wishes import MANY_MINUTES, PARTIES, WHATS, Wish, Wisher, close_further
from timebank.core.database import Database

_OF_ONE_BOOK = 4_000
_BATCH_MAX = 200
_BOOKS_AT_ONCE = 2
# Of the batches: after so many everything is added up anew; so many come again, or were rolled back first.
_STEPS_BETWEEN_FAULTS = 10
_COME_AGAIN = 0.1
_ROLLED_BACK = 0.05
_CLOSING_STEP = 0.1
_LINKED = 0.15
_TOLD = 10  # of the differences


@dataclass
class Tally:
    """What was compared, and what was not the same."""

    operations: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    closings: int = 0
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        answers = ", ".join(f"{answer} {many:,}" for answer, many in self.answers.most_common())
        told = f"{self.steps:,} batches and {self.closings:,} steps of closing: {answers}"
        return "\n".join([told, *self.differences[:_TOLD]])


class Wishes:
    """Batches of random size for a book and its neighbour: new acts, earlier ones again, with a twist, taken back, captured."""

    def __init__(self, books: Neighbours, oracle: Oracle, chance: Random) -> None:
        self._wisher, self._oracle, self._chance = Wisher(books), oracle, chance

    def batch(self, most: int) -> Batch:
        """One to `most` operations, small batches as likely as large ones."""
        size, made = round(most ** self._chance.random()), []
        while size > 0:
            acts = [act for _ in range(min(size, self._linked())) for act in self._acts()]
            made.append(Linked(tuple(acts)) if len(acts) > 1 else acts[0])
            size -= len(acts)
        return made

    def _linked(self) -> int:
        return self._chance.randint(2, 3) if self._chance.random() < _LINKED else 1

    def _acts(self) -> list[Act]:
        return [self._seen(act) for act in self._wisher.acts(self._wish())]

    def _seen(self, act: Act) -> Act:
        if isinstance(act, Operation) and act.debit_version_seen is not None and self._chance.getrandbits(1):
            # What the caller may really have seen; an earlier act of this batch may move it.
            return dataclasses.replace(act, debit_version_seen=self._oracle.state.versions[act.debit_id])
        return act

    def _wish(self) -> Wish:
        chance = self._chance
        minutes = chance.choice(MANY_MINUTES) if chance.random() < 0.1 else chance.randint(1, 200)
        # Odd ones are of this month, even ones of one that may be closed.
        at = chance.randrange(30 if chance.getrandbits(1) else _OF_ONE_BOOK) | (chance.random() < 0.6)
        return chance.choice(WHATS), chance.choice(PARTIES), minutes, at, bool(chance.getrandbits(1))


async def measure(scale: Scale, folder: Path) -> dict[str, float]:
    """So many operations, over as many books as they fill."""
    tally = Tally()
    numbers = iter(range(-(-scale.simulated // _OF_ONE_BOOK)))
    async with server.fresh(folder / "simulation") as running:
        database = Database(running.service_url)

        async def one_after_the_other() -> None:
            for number in numbers:
                left = scale.simulated - number * _OF_ONE_BOOK
                await _a_book(database, Random(f"book {number}"), min(left, _OF_ONE_BOOK), tally)
                print(f"{tally.operations:,} operations", flush=True)

        await asyncio.gather(*(one_after_the_other() for _ in range(_BOOKS_AT_ONCE)))
        await database.close()
    print(tally)
    return {
        "ledger.simulated_operations": tally.operations,
        "ledger.simulated_differences": len(tally.differences),
    }


async def _a_book(database: Database, chance: Random, operations: int, tally: Tally) -> None:
    """The history of one book, until it is long enough or has differed."""
    async with database.begin([]) as db:
        books = await open_neighbours(db)
    book = books.here
    history = History(database, books, oracle_of(books), tally)
    first = [move(book, book.opening, one, 1000) for one in (book.chen, book.li, book.pool)]
    await history.post([*first, books.brought()])
    wishes = Wishes(books, history.oracle, chance)
    while history.posted < operations and not history.differed:
        if chance.random() < _CLOSING_STEP:
            await history.close_further()
        batch = wishes.batch(min(_BATCH_MAX, operations - history.posted))
        if chance.random() < _ROLLED_BACK:
            await history.roll_back(batch)
        await history.post(batch)
        if chance.random() < _COME_AGAIN:
            await history.post(batch)
    await history.add_up()


class _RolledBack(Exception):
    pass


@dataclass
class History:
    """A book and its neighbour beside their oracle, compared after each step."""

    database: Database
    books: Neighbours
    oracle: Oracle
    tally: Tally
    posted: int = 0
    steps: int = 0
    differed: bool = False

    async def close_further(self) -> None:
        """Begin to close a month, or close it."""
        async with self.database.begin(self.books.book_ids) as db:
            self.tally.closings += await close_further(db, self.books.here, self.oracle)

    async def roll_back(self, batch: Batch) -> None:
        """Post, and let none of it have happened."""
        with contextlib.suppress(_RolledBack):
            async with self.database.begin(self.books.book_ids) as db:
                await ledger.post(db, batch)
                raise _RolledBack

    async def post(self, batch: Batch) -> None:
        """Post, commit, and compare the answers one by one and then where every account stands."""
        async with self.database.begin(self.books.book_ids) as db:
            outcomes = await ledger.post(db, batch)
        answers = [answer_of(outcome) for outcome in outcomes]
        for answer, expected in zip(answers, self.oracle.post(batch), strict=True):
            self._compare("answered", answer, expected)
        self.posted += len(answers)
        self.steps += 1
        self.tally.operations += len(answers)
        self.tally.steps += 1
        self.tally.answers.update(answer for answer, *_ in answers)
        await self._look()
        if self.steps % _STEPS_BETWEEN_FAULTS == 0:
            await self.add_up()

    async def add_up(self) -> None:
        """Everything anew, from the entries."""
        async with self.database.begin(self.books.book_ids) as db:
            # The planner knows nothing of a book as new as this one, and would compare all rows with all.
            await db.execute(text("SET LOCAL enable_nestloop = off"))
            for book in (self.books.here, self.books.there):
                self._compare("adds up", await faults(db, book), [])

    async def _look(self) -> None:
        state = self.oracle.state
        async with self.database.begin(self.books.book_ids) as db:
            accounts = [one for book_id in self.books.book_ids for one in await ledger.accounts(db, book_id)]
            for one in accounts:
                stands = (one.balance_minutes, one.held_minutes, one.version)
                expected = (state.balances[one.id], state.held(one.id), state.versions[one.id])
                self._compare("stands at", stands, expected)

    def _compare(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self.differed = True
            told = f"book {self.books.here.id}, step {self.steps}: {what} {found}, expected {expected}"
            self.tally.differences.append(told)
