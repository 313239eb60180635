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
from tests.ledger.oracle import Oracle

ACCOUNTS = ("opening", "pool", "chen", "li", "wang")
PARTIES = (*permutations(ACCOUNTS, 2), ("li", "li"))
WHATS = (
    *("move", "move", "move", "move", "mirror", "mirror", "again", "twist", "odd"),
    *("hold", "hold", "capture", "capture", "void", "stated"),
)
MANY_MINUTES = (900, 5900)
MONTHS = [date(2024, month, 1) for month in range(1, 6)]
PAST = datetime(2024, 1, 1, tzinfo=UTC)

# What, between whom, how many minutes, which earlier one, forced.
Wish = tuple[str, tuple[str, str], int, int, bool]
T = TypeVar("T", bound=Act)


class Wisher:
    """Turns drawn numbers into operations, remembering what was wished before."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.nobody = new_id()
        self.wished: list[Act] = []
        self.moves: list[Operation] = []
        self.holds: list[NewHold] = []

    def act(self, wish: Wish) -> Act:
        """The act wished for: a new one, an earlier one again or with a twist, taken back, or captured."""
        what, (debit, credit), minutes, at, forced = wish
        on = DAY if at % 2 else MONTHS[at % len(MONTHS)]
        made = move(self.book, self._id(debit), self._id(credit), minutes, effective_on=on)
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
        return getattr(self.book, name)


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
    month = max(MONTHS[0], oracle.closed_before)
    if month == MONTHS[-1]:
        return False
    if oracle.closing_before > month:
        await ledger.close(db, book.id, month, actor_id=ACTOR)
        oracle.closed_before = oracle.closing_before
    else:
        await ledger.begin_closing(db, book.id, month, actor_id=ACTOR)
        oracle.closing_before = rules.month_after(month)
    return True
