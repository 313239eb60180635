"""A small book to post in: an opening account, a pool, and three members."""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

import ledger
from ledger import Act, Hold, Linked, NewAccount, NewHold, Operation, Refusal, Refused, Void
from tests.postgres import see

ACTOR = UUID(int=0xAC7)
DAY = date(2026, 11, 2)
NEVER = datetime(2099, 1, 1, tzinfo=UTC)

_numbers = itertools.count(1)


def new_id() -> UUID:
    """An id that no other test of this run has; in rising order, so that runs are alike."""
    return UUID(int=(0xB00C << 112) | next(_numbers))


@dataclass(frozen=True)
class Book:
    """The ids of one book's accounts. Members may go down to −60 and up to 6,000 minutes."""

    id: UUID
    opening: UUID
    pool: UUID
    chen: UUID
    li: UUID
    wang: UUID

    @property
    def account_ids(self) -> list[UUID]:
        """All of them."""
        return [self.opening, self.pool, self.chen, self.li, self.wang]


async def open_book(db: AsyncSession) -> Book:
    """A new book, which the transaction sees."""
    book = Book(uuid4(), *(new_id() for _ in range(5)))
    await see(db, book.id)
    await ledger.open_accounts(
        db,
        book.id,
        [
            NewAccount(id=book.opening, kind="opening", floor_minutes=None, ceiling_minutes=None),
            NewAccount(id=book.pool, kind="pool", floor_minutes=0, ceiling_minutes=None),
            *(
                NewAccount(id=id_, kind="member", floor_minutes=-60, ceiling_minutes=6000)
                for id_ in (book.chen, book.li, book.wang)
            ),
        ],
        actor_id=ACTOR,
        reason="opened for a test",
    )
    return book


def move(
    book: Book,
    debit: UUID,
    credit: UUID,
    minutes: int,
    *,
    operation_id: UUID | None = None,
    kind: str = "visit",
    effective_on: date = DAY,
    reverses: UUID | None = None,
    forced: bool = False,
    reason: str | None = None,
) -> Operation:
    """An operation of that many minutes."""
    return Operation(
        id=operation_id or new_id(),
        book_id=book.id,
        debit_id=debit,
        credit_id=credit,
        minutes=minutes,
        kind=kind,
        effective_on=effective_on,
        actor_id=ACTOR,
        reverses=reverses,
        forced=forced,
        reason=reason,
    )


def hold(
    book: Book,
    debit: UUID,
    credit: UUID,
    minutes: int,
    *,
    expires_at: datetime = NEVER,
    operation_id: UUID | None = None,
) -> NewHold:
    """A hold of that many minutes."""
    return NewHold(
        id=operation_id or new_id(),
        book_id=book.id,
        debit_id=debit,
        credit_id=credit,
        minutes=minutes,
        kind="visit",
        expires_at=expires_at,
        actor_id=ACTOR,
    )


def capture(made: Hold | NewHold, minutes: int | None = None) -> Operation:
    """The operation that moves what is held, or part of it."""
    return ledger.capture_of(made, operation_id=new_id(), effective_on=DAY, actor_id=ACTOR, minutes=minutes)


def void(made: Hold | NewHold) -> Void:
    """The act that lets a hold go."""
    return ledger.void_of(made, operation_id=new_id(), actor_id=ACTOR)


async def refusals(db: AsyncSession, *batch: Act | Linked) -> list[Refusal | None]:
    """Why each was refused; None for what was not."""
    outcomes = await ledger.post(db, batch)
    return [outcome.refusal if isinstance(outcome, Refused) else None for outcome in outcomes]


async def balances(db: AsyncSession, book: Book) -> dict[UUID, int]:
    """Every account's balance as it stands."""
    return {account.id: account.balance_minutes for account in await ledger.accounts(db, book.id)}


async def faults(db: AsyncSession | AsyncConnection, book: Book) -> list[str]:
    """What doesn't add up in a book, re-added from its entries; nothing if all is well."""
    found = await db.execute(
        text("""
            SELECT 'sum of the book' FROM ledger.accounts WHERE book_id = :book
            HAVING sum(balance_minutes) <> 0
            UNION ALL
            SELECT 'head of ' || a.id FROM ledger.accounts a
            LEFT JOIN ledger.entries e ON e.book_id = a.book_id AND e.account_id = a.id
            WHERE a.book_id = :book GROUP BY a.book_id, a.id
            HAVING a.balance_minutes <> coalesce(sum(e.minutes), 0)
                OR a.version <> count(e.version) OR a.version <> coalesce(max(e.version), 0)
            UNION ALL
            SELECT 'transfer ' || t.id FROM ledger.transfers t
            LEFT JOIN ledger.entries e ON e.book_id = t.book_id AND e.transfer_id = t.id
            WHERE t.book_id = :book GROUP BY t.book_id, t.id
            HAVING count(*) <> 2 OR sum(e.minutes) <> 0 OR max(e.minutes) <> t.minutes
            UNION ALL
            SELECT 'outcome ' || o.id FROM ledger.outcomes o
            LEFT JOIN ledger.transfers t ON t.book_id = o.book_id AND t.id = o.id
            LEFT JOIN ledger.holds h ON h.book_id = o.book_id AND h.id = o.id
            LEFT JOIN ledger.hold_ends v
                ON v.book_id = o.book_id AND v.operation_id = o.id AND v.how = 'voided'
            WHERE o.book_id = :book
                AND (o.refusal IS NULL) <> (coalesce(t.id, h.id, v.operation_id) IS NOT NULL)
            UNION ALL
            SELECT 'held of ' || a.id FROM ledger.accounts a
            WHERE a.book_id = :book AND a.held_minutes <> (
                SELECT coalesce(sum(h.minutes), 0) FROM ledger.holds h
                LEFT JOIN ledger.hold_ends e ON e.book_id = h.book_id AND e.hold_id = h.id
                WHERE h.book_id = a.book_id AND h.debit_id = a.id AND e.hold_id IS NULL)
            UNION ALL
            -- Where the transaction sees the other book, too.
            SELECT 'clearing of ' || a.id FROM ledger.accounts a
            JOIN ledger.accounts b ON b.book_id = a.clears_with AND b.clears_with = a.book_id
            WHERE a.book_id = :book AND a.balance_minutes <> -b.balance_minutes
            UNION ALL
            SELECT 'end of ' || h.id FROM ledger.holds h
            LEFT JOIN ledger.hold_ends e ON e.book_id = h.book_id AND e.hold_id = h.id
            LEFT JOIN ledger.transfers t ON t.book_id = e.book_id AND t.id = e.operation_id
            WHERE h.book_id = :book AND (h.open = (e.hold_id IS NOT NULL)
                OR (e.how = 'captured' AND (t.debit_id, t.credit_id, t.minutes)
                    IS DISTINCT FROM (h.debit_id, h.credit_id, e.captured_minutes))
                OR e.captured_minutes > h.minutes)
            UNION ALL
            SELECT 'closing of ' || p.month FROM ledger.periods p
            LEFT JOIN LATERAL (
                SELECT account_id, sum(greatest(0, -minutes)) AS debits, sum(greatest(0, minutes)) AS credits,
                    sum(minutes) AS balance
                FROM ledger.entries e
                WHERE e.book_id = p.book_id AND e.effective_on < p.month + interval '1 month'
                GROUP BY account_id
            ) e ON true
            FULL JOIN ledger.closing_balances c
                ON c.book_id = p.book_id AND c.month = p.month AND c.account_id = e.account_id
            WHERE coalesce(p.book_id, c.book_id) = :book AND coalesce(p.state, 'closed') = 'closed'
                AND (e.debits, e.credits, e.balance)
                    IS DISTINCT FROM (c.debit_minutes, c.credit_minutes, c.balance_minutes)
        """),
        {"book": book.id},
    )
    return list(found.scalars())
