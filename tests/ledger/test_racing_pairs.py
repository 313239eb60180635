"""Whatever two people do at once, it ends as if they had done it one after the other.

The first has done their part and not committed yet when the second begins. Where the two touch, the second waits;
where they don't, it makes no difference. So what comes of both is what comes of them in that order, which is tried
beforehand and taken back.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

import ledger
from ledger import Act, LedgerError, Limits, Linked, NewHold, Operation, proof
from tests.ledger.books import ACTOR, Book, capture, faults, hold, move, refusals, void
from tests.ledger.neighbours import Neighbours, open_neighbours, taken_back
from tests.postgres import Database, clone, see

JANUARY = date(2024, 1, 1)
KEY = Ed25519PrivateKey.generate()
SHORT = timedelta(milliseconds=30)
# What was asked for, and how it went: refusals, or the name of an error.
Came = list[str]


@dataclass(frozen=True)
class Scene:
    """Two books before the race. Chen here has 1,000 minutes, and 600 of them are held for Wang."""

    books: Neighbours
    held: NewHold
    due: NewHold  # whose time is over
    paid: Operation
    crossed: tuple[Operation, Operation]
    wish: Operation  # that both may post

    async def post(self, db: AsyncSession, *acts: Act | Linked) -> Came:
        """Why each was refused, if it was."""
        return [str(refusal) for refusal in await refusals(db, *acts)]


Deed = Callable[[AsyncSession, Scene], Awaitable[Came]]


async def _limit(db: AsyncSession, scene: Scene) -> Came:
    here = scene.books.here
    limits = [Limits(account_id=here.chen, floor_minutes=0, ceiling_minutes=1100)]
    await ledger.set_limits(db, here.id, limits, actor_id=ACTOR, reason="policy")
    return []


async def _close_account(db: AsyncSession, scene: Scene) -> Came:
    await ledger.close_accounts(db, scene.books.here.id, [scene.books.here.wang])
    return []


async def _close_month(db: AsyncSession, scene: Scene) -> Came:
    await ledger.begin_closing(db, scene.books.here.id, JANUARY, actor_id=ACTOR)
    await ledger.close(db, scene.books.here.id, JANUARY, actor_id=ACTOR)
    return []


async def _expire(db: AsyncSession, scene: Scene) -> Came:
    return [str(id_ == scene.due.id) for id_ in await ledger.expire_holds(db, scene.books.here.id)]


async def _prove(db: AsyncSession, scene: Scene) -> Came:
    """How far it gets depends on who was first; that nothing is passed over is looked at in the end."""
    await proof.sequence(db, scene.books.here.id)
    await proof.sign_checkpoint(db, scene.books.here.id, origin="race", keys=[KEY])
    return []


def _between(debit: str, credit: str, minutes: int, *, effective_on: date | None = None) -> Deed:
    async def deed(db: AsyncSession, scene: Scene) -> Came:
        here = scene.books.here
        made = move(here, getattr(here, debit), getattr(here, credit), minutes)
        if effective_on:
            made = move(here, made.debit_id, made.credit_id, minutes, effective_on=effective_on)
        return await scene.post(db, made)

    return deed


DEEDS: dict[str, Deed] = {
    "move": _between("chen", "wang", 300),
    "move_back": _between("li", "chen", 300),
    "move_of_january": _between("opening", "pool", 5, effective_on=JANUARY),
    "same_id": lambda db, s: s.post(db, s.wish),
    "reverse": lambda db, s: s.post(db, _reversal(s)),
    "hold": lambda db, s: s.post(db, hold(s.books.here, s.books.here.chen, s.books.here.li, 300)),
    "capture": lambda db, s: s.post(db, capture(s.held)),
    "void": lambda db, s: s.post(db, void(s.held)),
    "void_what_is_due": lambda db, s: s.post(db, void(s.due)),
    "expire": _expire,
    "cross": lambda db, s: s.post(db, Linked(s.books.across(200))),
    "cross_back": lambda db, s: s.post(db, Linked(s.books.back(200))),
    "take_back_a_crossing": lambda db, s: s.post(db, Linked(taken_back(s.crossed))),
    "limit": _limit,
    "close_account": _close_account,
    "close_month": _close_month,
    "prove": _prove,
}

# Every pair once, now the one first and now the other.
PAIRS = [
    pair if number % 2 else pair[::-1]
    for number, pair in enumerate(itertools.combinations_with_replacement(DEEDS, 2))
]


def _reversal(scene: Scene) -> Operation:
    """What takes the payment back."""
    paid = scene.paid
    return move(scene.books.here, paid.credit_id, paid.debit_id, paid.minutes, reverses=paid.id)


@pytest.fixture(scope="module")
async def pool(template: Database) -> AsyncIterator[AsyncEngine]:
    """Connections to one database for all races, each of which has books of its own."""
    async with clone(template) as database:
        engine = create_async_engine(database.service_url, pool_size=4)
        yield engine
        await engine.dispose()


async def _set(pool: AsyncEngine) -> Scene:
    async with AsyncSession(pool) as db, db.begin():
        books = await open_neighbours(db)
        here = books.here
        held = hold(here, here.chen, here.wang, 600)
        paid, crossed = move(here, here.chen, here.li, 10), books.across(60)
        brought = [move(here, here.opening, one, 1010) for one in (here.chen, here.li)]
        assert await refusals(db, *brought, books.brought()) == [None] * 3
        assert await refusals(db, paid, held, Linked(crossed)) == [None] * 4
        due = await _soon_over(db, here)
    return Scene(books, held, due, paid, crossed, move(here, here.chen, here.li, 20))


async def _soon_over(db: AsyncSession, book: Book) -> NewHold:
    """A hold whose time is over soon, but not before it is made, however long that takes."""
    for attempt in range(12):
        made = hold(book, book.chen, book.li, 50, expires_at=datetime.now(UTC) + SHORT * 2**attempt)
        if await refusals(db, made) == [None]:
            return made
    raise AssertionError("a hold of a minute was over before it was made")


async def _do(db: AsyncSession, scene: Scene, name: str) -> Came:
    await see(db, *scene.books.book_ids)
    try:
        async with db.begin_nested():
            return await DEEDS[name](db, scene)
    except LedgerError as error:
        return [type(error).__name__]


async def _standing(db: AsyncSession, scene: Scene) -> list[tuple[int, int, int, bool]]:
    await see(db, *scene.books.book_ids)
    return [
        (one.balance_minutes, one.held_minutes, one.version, one.closed_at is None)
        for book_id in scene.books.book_ids
        for one in await ledger.accounts(db, book_id)
    ]


async def _one_after_the_other(pool: AsyncEngine, scene: Scene, *names: str) -> tuple[list[Came], object]:
    async with AsyncSession(pool) as db:
        came = [await _do(db, scene, name) for name in names]
        standing = await _standing(db, scene)
        await db.rollback()
    return came, standing


async def _is_stuck(pool: AsyncEngine) -> bool:
    async with pool.connect() as connection:
        waiting = text("""
            SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
                WHERE NOT granted AND datname = current_database())
        """)
        return bool((await connection.execute(waiting)).scalar_one())


async def _at_once(pool: AsyncEngine, scene: Scene, first: str, second: str) -> tuple[list[Came], object]:
    async def later() -> Came:
        async with AsyncSession(pool) as db, db.begin():
            return await _do(db, scene, second)

    async with AsyncSession(pool) as db, db.begin():
        came = await _do(db, scene, first)
        behind = asyncio.create_task(later())
        while not behind.done() and not await _is_stuck(pool):
            await asyncio.sleep(0.001)
    answers = [came, await behind]
    async with AsyncSession(pool) as db, db.begin():
        return answers, await _standing(db, scene)


@pytest.mark.slow
@pytest.mark.parametrize("first", DEEDS)
async def test_two_at_once_end_as_one_after_the_other(pool: AsyncEngine, first: str) -> None:
    scenes = {second: await _set(pool) for begun, second in PAIRS if begun == first}
    over = max(scene.due.expires_at for scene in scenes.values())
    await asyncio.sleep(max(0.0, (over - datetime.now(UTC)).total_seconds()))
    for second, scene in scenes.items():
        expected = await _one_after_the_other(pool, scene, first, second)
        assert await _at_once(pool, scene, first, second) == expected, second
        async with AsyncSession(pool) as db, db.begin():
            await see(db, *scene.books.book_ids)
            for book in (scene.books.here, scene.books.there):
                assert await faults(db, book) == [], second
                while await proof.sequence(db, book.id):
                    pass
                unplaced = text("""
                    SELECT count(*) FROM ledger.transfers t WHERE book_id = :book AND NOT EXISTS (
                        SELECT FROM ledger.leaves l WHERE l.book_id = :book AND l.transfer_id = t.id)
                """)
                assert (await db.execute(unplaced, {"book": book.id})).scalar_one() == 0, second
