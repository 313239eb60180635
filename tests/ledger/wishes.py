"""Wishes drawn as plain data, and the acts that they become upon a book with a history."""

import dataclasses
from datetime import UTC, date, datetime
from itertools import permutations
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import Act, NewHold, Operation, rules
from tests.ledger.books import ACTOR, DAY, Book, capture, hold, move, new_id, void
from tests.ledger.neighbours import Neighbours, taken_back
from tests.ledger.oracle import Oracle

ACCOUNTS = ("opening", "pool", "chen", "li", "wang")
PARTIES = (*permutations(ACCOUNTS, 2), ("li", "li"), ("chen", "clearing"), ("clearing", "li"))
WHATS = (
    *("move", "move", "move", "move", "mirror", "mirror", "again", "twist", "odd"),
    *("hold", "hold", "capture", "capture", "void", "stated"),
    *("cross", "cross"),
)
MANY_MINUTES = (900, 5900)
MONTHS = [date(2024, month, 1) for month in range(1, 6)]
PAST = datetime(2024, 1, 1, tzinfo=UTC)

# What, between whom, how many minutes, which earlier one, forced.
Wish = tuple[str, tuple[str, str], int, int, bool]
T = TypeVar("T")


class Wisher:
    """Turns drawn numbers into operations, remembering what was wished before."""

    def __init__(self, books: Neighbours) -> None:
        self.books, self.book = books, books.here
        self.nobody = new_id()
        self.wished: list[Act] = []
        self.moves: list[Operation] = []
        self.holds: list[NewHold] = []
        self.crossings: list[tuple[Operation, Operation]] = []

    def acts(self, wish: Wish) -> tuple[Act, ...]:
        """What is wished for: one act, or the two of a crossing."""
        what, _, minutes, at, forced = wish
        return self._crossing(minutes, at, leaving=forced) if what == "cross" else (self.act(wish),)

    def _crossing(self, minutes: int, at: int, *, leaving: bool) -> tuple[Operation, Operation]:
        """Minutes from book to book; or an earlier crossing again, or taken back; or halves that don't match."""
        made = self.books.back(minutes) if leaving else self.books.across(minutes, minutes + (at % 5 == 0))
        made = (self._dated(made[0], at), self._dated(made[1], at))
        if at % 5 == 1:
            made = _latest(self.crossings, at) or made
        elif at % 5 == 2:
            made = taken_back(_latest(self.crossings, at // 5) or made)
        self.crossings.append(made)
        self.wished += made
        self.moves += made
        return made

    @staticmethod
    def _dated(operation: Operation, at: int) -> Operation:
        """Of this month, or of one that may be closed in one of the books."""
        return dataclasses.replace(operation, effective_on=DAY if at % 2 else MONTHS[at % len(MONTHS)])

    def act(self, wish: Wish) -> Act:
        """The act wished for: a new one, an earlier one again or with a twist, taken back, or captured."""
        what, (debit, credit), minutes, at, forced = wish
        made = self._dated(move(self.book, self._id(debit), self._id(credit), minutes), at)
        act = self._act(what, made, at, forced=forced)
        self.wished.append(act)
        if isinstance(act, Operation):
            self.moves.append(act)
        elif isinstance(act, NewHold):
            self.holds.append(act)
        return act

    def _act(self, what: str, made: Operation, at: int, *, forced: bool) -> Act:
        match what:
            case "again":
                return _latest(self.wished, at) or made
            case "twist":
                return dataclasses.replace(made, id=(_latest(self.wished, at) or made).id)
            case "mirror":
                reason = "typed twice" if at % 5 else None
                return reversal(_latest(self.moves, at) or made, forced=forced, reason=reason)
            case "odd":
                return self._odd(made, at)
            case "hold":
                plain = hold(self.book, made.debit_id, made.credit_id, made.minutes)
                return plain if at % 11 else dataclasses.replace(plain, expires_at=PAST)
            case "capture" | "void":
                return self._end(what, made, at, forced=forced)
            case "stated":
                return self._stated(made, at)
        return made

    def _end(self, what: str, made: Operation, at: int, *, forced: bool) -> Act:
        """A capture or a void of an earlier hold; or of nothing, of too much, or between others."""
        held = _latest(self.holds, at // 3) or hold(self.book, made.debit_id, made.credit_id, 10)
        act = void(held) if what == "void" else capture(held, made.minutes if forced else None)
        if at % 7:
            return act
        return dataclasses.replace(act, credit_id=made.credit_id, debit_id=made.debit_id)

    def _stated(self, plain: Operation, at: int) -> Act:
        if at % 2:
            return dataclasses.replace(plain, available_minutes_min=at * 40)
        return dataclasses.replace(plain, debit_version_seen=at // 2)

    def _odd(self, plain: Operation, at: int) -> Operation:
        earlier = self.wished[at % len(self.wished)].id if self.wished else self.nobody
        changes: list[dict[str, object]] = [
            {"minutes": 0},
            {"minutes": -7},
            {"minutes": 10_000_001},
            {"credit_id": self.nobody},
            {"debit_id": self.nobody},
            {"reverses": self.nobody},
            {"reverses": earlier},
            {"captures": earlier},
            {"forced": True, "reason": "because"},
        ]
        return dataclasses.replace(plain, **changes[at % len(changes)])  # type: ignore[arg-type]

    def _id(self, name: str) -> UUID:
        return self.books.with_there if name == "clearing" else getattr(self.book, name)


def _latest(made: list[T], at: int) -> T | None:
    """The last but so many."""
    return made[-1 - at % len(made)] if made else None


def reversal(original: Operation, *, forced: bool, reason: str | None) -> Operation:
    """The mirror of an operation, posted or not."""
    return dataclasses.replace(
        original,
        id=new_id(),
        debit_id=original.credit_id,
        credit_id=original.debit_id,
        captures=None,
        reverses=original.id,
        forced=forced,
        reason=reason,
    )


async def close_further(db: AsyncSession, book: Book, oracle: Oracle) -> bool:
    """Close the month that is closing, or begin with the next; False if there is none left."""
    month = max(MONTHS[0], oracle.closed_before[book.id])
    if month == MONTHS[-1]:
        return False
    if oracle.closing_before[book.id] > month:
        await ledger.close(db, book.id, month, actor_id=ACTOR)
        oracle.closed_before[book.id] = oracle.closing_before[book.id]
    else:
        await ledger.begin_closing(db, book.id, month, actor_id=ACTOR)
        oracle.closing_before[book.id] = rules.month_after(month)
    return True
