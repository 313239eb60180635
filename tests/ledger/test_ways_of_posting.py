"""One operation alone, and beside others, takes different ways through the database to the same end."""

from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import Operation, Outcome
from tests.ledger.books import Book, faults, move, new_id, open_book
from tests.postgres import see

_COLUMNS = {
    "accounts": "version, balance_minutes, held_minutes, relief_minutes",
    "entries": """version, minutes, balance_before, balance_after, held_minutes, floor_minutes,
        ceiling_minutes, relief_minutes, effective_on""",
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_one_by_one_and_together_come_to_the_same(db: AsyncSession, seed: int) -> None:
    alone, together = await open_book(db), await open_book(db)
    await see(db, alone.id, together.id)
    for book in (alone, together):
        await ledger.close_accounts(db, book.id, [book.wang])
    # A batch takes back what was posted before it.
    history = [move(alone, alone.opening, credit, 2_950) for credit in (alone.chen, alone.li) for _ in "12"]
    wishes = _wishes(alone, history, Random(seed))
    for book in (alone, together):
        await ledger.post(db, [_in(book, wish, alone) for wish in history])
    same = [_in(together, wish, alone) for wish in wishes]

    one_by_one = [(await ledger.post(db, [wish]))[0] for wish in wishes]
    at_once = await ledger.post(db, same)
    assert [_said(outcome, alone) for outcome in one_by_one] == [_said(o, together) for o in at_once]
    assert {ledger.Posted, ledger.Refused} == {type(outcome) for outcome in one_by_one}
    assert await _rows(db, alone) == await _rows(db, together)
    assert await faults(db, alone) == await faults(db, together) == []

    # Whichever way it came first, the other way knows it again.
    assert all(outcome.repeated for outcome in await ledger.post(db, wishes))
    assert all([(await ledger.post(db, [wish]))[0].repeated for wish in same])
    assert await _rows(db, alone) == await _rows(db, together)


def _wishes(book: Book, history: list[Operation], chance: Random) -> list[Operation]:
    """Plain ones, and every kind that is not: over a limit, taken back, forced, odd, conditional, repeated."""
    accounts = book.account_ids
    wishes = [move(book, book.opening, book.chen, 60)]
    for _ in range(60):
        debit, credit = chance.choices(accounts, k=2)
        wish = move(book, debit, credit, chance.choice((1, 30, 60, 90, 300, 0, 10_000_000)))
        wishes.append(
            chance.choice(
                (
                    wish,
                    wish,
                    wish,
                    replace(wish, served_on=wish.effective_on, evidence=bytes(32), reason="typed from paper"),
                    replace(wish, available_minutes_min=60),
                    replace(wish, debit_version_seen=1),
                    replace(wish, credit_id=new_id()),
                    replace(wish, id=chance.choice(wishes).id),
                    _taken_back(chance.choice(history), forced=chance.random() < 0.5),
                )
            )
        )
    return wishes


def _taken_back(earlier: Operation, *, forced: bool) -> Operation:
    return replace(
        earlier,
        id=new_id(),
        debit_id=earlier.credit_id,
        credit_id=earlier.debit_id,
        reverses=earlier.id,
        forced=forced,
        reason="typed twice",
    )


def _in(other: Book, wish: Operation, book: Book) -> Operation:
    """The same wish between the same people of another book; ids are each book's own."""
    people = dict(zip(book.account_ids, other.account_ids, strict=True))
    return replace(
        wish,
        book_id=other.id,
        debit_id=people.get(wish.debit_id, wish.debit_id),
        credit_id=people.get(wish.credit_id, wish.credit_id),
    )


def _said(outcome: Outcome, book: Book) -> dict[str, object]:
    """All of an outcome but its time, with accounts by their place in the book."""
    said = {name: getattr(outcome, name) for name in outcome.__slots__ if not name.endswith("_at")}
    account = said.get("account_id")
    return {**said, "account_id": book.account_ids.index(account) if account in book.account_ids else account}


async def _rows(db: AsyncSession, book: Book) -> dict[str, list[list[tuple[object, ...]]]]:
    """What the tables hold of each account in turn, and how often an answer of each kind was recorded."""
    found: dict[str, list[list[tuple[object, ...]]]] = {}
    for table, columns in _COLUMNS.items():
        key = "id" if table == "accounts" else "account_id"
        found[table] = [
            await _all(
                db, f"SELECT {columns} FROM ledger.{table} WHERE book_id = :book AND {key} = :id ORDER BY version",
                book=book.id, id=account,
            )
            for account in book.account_ids
        ]  # fmt: skip
    found["outcomes"] = [
        await _all(
            db,
            """SELECT o.id, o.refusal, o.short_minutes, o.terms, t.debit_version, t.credit_version, t.minutes,
                t.kind, t.effective_on, t.served_on, t.actor_id, t.reverses, t.forced, t.reason, t.evidence
            FROM ledger.outcomes o LEFT JOIN ledger.transfers t USING (book_id, id)
            WHERE o.book_id = :book ORDER BY o.id""",
            book=book.id,
        )
    ]
    return found


async def _all(db: AsyncSession, query: str, **arguments: UUID) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await db.execute(text(query), arguments)]
