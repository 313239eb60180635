"""Opening, limiting and closing accounts."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import Limits, NewAccount, Posted, Refused
from tests.ledger.books import ACTOR, Book, faults, move, new_id
from tests.postgres import see


async def test_opening_again_changes_nothing(db: AsyncSession, book: Book) -> None:
    await ledger.post(db, [move(book, book.opening, book.chen, 50)])
    again = NewAccount(id=book.chen, kind="member", floor_minutes=-999, ceiling_minutes=None)
    await ledger.open_accounts(db, book.id, [again], actor_id=ACTOR, reason="again")
    [chen] = await ledger.accounts(db, book.id, ids=[book.chen])
    assert (chen.balance_minutes, chen.floor_minutes) == (50, -60)


async def test_an_account_does_not_change_its_kind(db: AsyncSession, book: Book) -> None:
    with pytest.raises(ledger.AccountDiffers):
        await ledger.open_accounts(
            db,
            book.id,
            [NewAccount(id=book.chen, kind="pool", floor_minutes=0, ceiling_minutes=None)],
            actor_id=ACTOR,
            reason="as a pool",
        )


async def test_a_floor_lies_below_its_ceiling(db: AsyncSession, book: Book) -> None:
    with pytest.raises(ledger.LimitsCrossed):
        await ledger.open_accounts(
            db,
            book.id,
            [NewAccount(id=new_id(), kind="member", floor_minutes=10, ceiling_minutes=9)],
            actor_id=ACTOR,
            reason="crossed",
        )


async def test_an_account_is_opened_in_a_visible_book_only(db: AsyncSession, book: Book) -> None:
    await see(db, new_id())
    with pytest.raises(ledger.BookNotVisible):
        await ledger.open_accounts(
            db,
            book.id,
            [NewAccount(id=new_id(), kind="member", floor_minutes=0, ceiling_minutes=None)],
            actor_id=ACTOR,
            reason="elsewhere",
        )


async def test_new_limits_hold_and_who_set_them_is_kept(db: AsyncSession, book: Book) -> None:
    same = Limits(account_id=book.li, floor_minutes=-60, ceiling_minutes=6000)
    lower = Limits(account_id=book.chen, floor_minutes=0, ceiling_minutes=6000)
    assert await ledger.set_limits(db, book.id, [lower, same], actor_id=ACTOR, reason="policy 2") == 1
    [outcome] = await ledger.post(db, [move(book, book.chen, book.li, 1)])
    assert isinstance(outcome, Refused)
    kept = await db.execute(
        text(
            "SELECT number, floor_minutes, reason FROM ledger.limits WHERE account_id = :id ORDER BY number"
        ),
        {"id": book.chen},
    )
    assert [tuple(row) for row in kept] == [(1, -60, "opened for a test"), (2, 0, "policy 2")]


async def test_a_lower_ceiling_takes_nothing_away(db: AsyncSession, book: Book) -> None:
    await ledger.post(db, [move(book, book.opening, book.chen, 5000)])
    lower = Limits(account_id=book.chen, floor_minutes=0, ceiling_minutes=3000)
    await ledger.set_limits(db, book.id, [lower], actor_id=ACTOR, reason="policy 2")
    [chen] = await ledger.accounts(db, book.id, ids=[book.chen])
    assert (chen.balance_minutes, chen.relief_minutes) == (5000, 2000)
    more, less = await ledger.post(
        db, [move(book, book.opening, book.chen, 1), move(book, book.chen, book.li, 500)]
    )
    assert isinstance(more, Refused)
    assert isinstance(less, Posted)
    [chen] = await ledger.accounts(db, book.id, ids=[book.chen])
    assert (chen.balance_minutes, chen.relief_minutes) == (4500, 1500)
    assert await faults(db, book) == []


async def test_limits_of_an_unknown_account_are_an_error(db: AsyncSession, book: Book) -> None:
    nobody = Limits(account_id=new_id(), floor_minutes=0, ceiling_minutes=None)
    with pytest.raises(ledger.AccountUnknown):
        await ledger.set_limits(db, book.id, [nobody], actor_id=ACTOR, reason="policy 2")


async def test_an_account_is_closed_at_zero_only(db: AsyncSession, book: Book) -> None:
    await ledger.close_accounts(db, book.id, [book.li])
    await ledger.close_accounts(db, book.id, [book.li])
    [li] = await ledger.accounts(db, book.id, ids=[book.li])
    assert li.closed_at is not None
    await ledger.post(db, [move(book, book.opening, book.chen, 5)])
    with pytest.raises(ledger.AccountNotEmpty):
        await ledger.close_accounts(db, book.id, [book.chen])
