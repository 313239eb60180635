"""Seven bugs that other ledgers have had, none of which may come back here."""

from itertools import permutations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import ledger
from ledger import Posted, Refusal, Refused
from tests.ledger.books import Book, balances, capture, faults, hold, move, open_book, refusals, void
from tests.ledger.racing import all_at_once, post, settled
from tests.postgres import see


@pytest.fixture
async def chen_has_100(db: AsyncSession, book: Book) -> None:
    """Chen, who may go 60 below zero, has 100 minutes."""
    await ledger.post(db, [move(book, book.opening, book.chen, 100)])


@pytest.mark.usefixtures("chen_has_100")
async def test_holds_ignored_in_what_is_available(db: AsyncSession, book: Book) -> None:
    await ledger.post(db, [hold(book, book.chen, book.li, 120)])
    assert await refusals(db, move(book, book.chen, book.wang, 41)) == [Refusal.FLOOR_BREACHED]
    assert await refusals(db, hold(book, book.chen, book.wang, 41)) == [Refusal.FLOOR_BREACHED]


@pytest.mark.usefixtures("chen_has_100")
async def test_a_rejected_hold_captured(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 161)
    assert await refusals(db, made, capture(made, 10)) == [Refusal.FLOOR_BREACHED, Refusal.HOLD_UNKNOWN]
    assert await refusals(db, capture(made, 10), void(made)) == [Refusal.HOLD_UNKNOWN] * 2
    assert (await balances(db, book))[book.chen] == 100


@pytest.mark.usefixtures("chen_has_100")
async def test_a_double_refund(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 60)
    taken = capture(made)
    await ledger.post(db, [made, taken])
    back = [move(book, book.li, book.chen, 60, reverses=taken.id) for _ in range(2)]
    assert await refusals(db, *back, void(made)) == [
        None,
        Refusal.ALREADY_REVERSED,
        Refusal.HOLD_RESOLVED,
    ]
    assert (await balances(db, book))[book.chen] == 100


@pytest.mark.usefixtures("chen_has_100")
async def test_a_hold_voided_twice(db: AsyncSession, book: Book) -> None:
    made, other = hold(book, book.chen, book.li, 60), hold(book, book.chen, book.li, 60)
    assert await refusals(db, made, other, void(made), void(made)) == [None] * 3 + [Refusal.HOLD_RESOLVED]
    [chen] = await ledger.accounts(db, book.id, ids=[book.chen])
    assert chen.held_minutes == 60


@pytest.mark.slow
async def test_a_concurrent_capture(pool: AsyncEngine, shared: Book) -> None:
    """Of eight who capture one hold at once, over a connection each, one does."""
    made = hold(shared, shared.chen, shared.wang, 600)
    await post(pool, shared, [made])
    outcomes = [one for [one] in await all_at_once(pool, shared, [[capture(made, 300)] for _ in range(8)])]
    refused = [outcome.refusal for outcome in outcomes if isinstance(outcome, Refused)]
    assert refused == [Refusal.HOLD_RESOLVED] * 7
    assert (await settled(pool, shared))[shared.chen] == 700


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_an_order_dependent_batch(db: AsyncSession, order: tuple[int, ...]) -> None:
    """Acts that don't touch one another come to the same in any order, and so do the same acts one by one."""
    together, alone = await open_book(db), await open_book(db)
    await see(db, together.id, alone.id)
    for book, batches in ((together, 1), (alone, 3)):
        await ledger.post(db, [move(book, book.opening, book.chen, 100)])
        held = hold(book, book.chen, book.li, 60)
        await ledger.post(db, [held])
        acts: list[ledger.Act] = [
            capture(held, 50),
            hold(book, book.chen, book.pool, 40),
            move(book, book.wang, book.pool, 60),
        ]
        ordered = [acts[at] for at in order]
        for part in [ordered] if batches == 1 else [[act] for act in ordered]:
            assert await refusals(db, *part) == [None] * len(part)
    assert [(one.balance_minutes, one.held_minutes) for one in await ledger.accounts(db, together.id)] == [
        (one.balance_minutes, one.held_minutes) for one in await ledger.accounts(db, alone.id)
    ]


@pytest.mark.usefixtures("chen_has_100")
async def test_a_balance_cached_wrong_after_a_void(db: AsyncSession, book: Book) -> None:
    made = hold(book, book.chen, book.li, 60)
    [_, spent, _, last] = await ledger.post(
        db, [made, move(book, book.chen, book.wang, 100), void(made), move(book, book.chen, book.wang, 60)]
    )
    assert isinstance(spent, Posted)
    assert isinstance(last, Posted)
    assert last.debit_balance_minutes == -60
    [chen] = await ledger.accounts(db, book.id, ids=[book.chen])
    assert (chen.balance_minutes, chen.held_minutes, chen.available_minutes) == (-60, 0, -60)
    assert await faults(db, book) == []
