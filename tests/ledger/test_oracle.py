"""Whatever is posted, in whatever order, linked or repeated: the ledger does what the oracle says."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from itertools import pairwise, permutations
from typing import TypeVar
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import ledger
from ledger import Act, Linked, NewHold, Operation, Outcome, Period, Refusal, Refused, Void, rules
from tests.ledger.books import ACTOR, DAY, Book, capture, faults, hold, move, new_id, open_book, void
from tests.ledger.oracle import Answer, Oracle

ACCOUNTS = ("opening", "pool", "chen", "li", "wang")

# A wish is drawn as plain data, and becomes an operation once there is a book and a history.
Wish = tuple[str, tuple[str, str], int, int, bool]  # what, parties, minutes, which earlier one, forced
T = TypeVar("T", bound=Act)
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)

parties = st.sampled_from([*permutations(ACCOUNTS, 2), ("li", "li")])
minutes = st.one_of(st.integers(1, 200), st.integers(1, 200), st.sampled_from((900, 5900)))
whats = st.sampled_from(
    (
        *("move", "move", "move", "move", "mirror", "mirror", "again", "twist", "odd"),
        *("hold", "hold", "capture", "capture", "void", "stated"),
    )
)
wishes = st.tuples(whats, parties, minutes, st.integers(0, 30), st.booleans())
groups = st.one_of(wishes.map(lambda wish: [wish]), st.lists(wishes, min_size=1, max_size=3))
batches = st.lists(st.tuples(st.lists(groups, min_size=1, max_size=8), st.booleans()), min_size=1, max_size=8)
MONTHS = [date(2024, month, 1) for month in range(1, 6)]


class Wisher:
    """Turns drawn numbers into operations, remembering what was wished before."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.nobody = new_id()
        self.wished: list[Act] = []

    def act(self, wish: Wish) -> Act:
        """The act wished for: a new one, an earlier one again or with a twist, taken back, or captured."""
        what, (debit, credit), minutes, at, forced = wish
        on = DAY if at % 2 else MONTHS[at % len(MONTHS)]
        made = move(self.book, self._id(debit), self._id(credit), minutes, effective_on=on)
        earlier = self.wished[at % len(self.wished)] if self.wished else made
        acts: dict[str, Act] = {
            "move": made,
            "again": earlier,
            "twist": dataclasses.replace(made, id=earlier.id),
            "mirror": reversal(
                self._latest(Operation, at) or made, forced=forced, reason="typed twice" if at % 5 else None
            ),
            "odd": self._odd(made, at),
            "hold": hold(self.book, made.debit_id, made.credit_id, minutes),
            "stated": self._stated(made, at),
            **self._ends(made, at, forced=forced),
        }
        self.wished.append(acts[what])
        return acts[what]

    def _latest(self, kind: type[T], at: int) -> T | None:
        found = [act for act in self.wished if isinstance(act, kind)]
        return found[-1 - at % len(found)] if found else None

    def _ends(self, made: Operation, at: int, *, forced: bool) -> dict[str, Act]:
        """A capture and a void of an earlier hold; or of nothing, of too much, or between others."""
        held = self._latest(NewHold, at // 3) or hold(self.book, made.debit_id, made.credit_id, 10)
        taken = capture(held, made.minutes if forced else None)
        odd: dict[str, UUID] = {"credit_id": made.credit_id, "debit_id": made.debit_id} if at % 7 == 0 else {}
        return {
            "capture": dataclasses.replace(taken, **odd),
            "void": dataclasses.replace(void(held), **odd),
        }

    def _stated(self, plain: Operation, at: int) -> Act:
        if at % 2:
            return dataclasses.replace(plain, available_minutes_min=at * 40)
        return dataclasses.replace(plain, debit_version_seen=at // 2)

    def _odd(self, plain: Operation, at: int) -> Operation:
        changes: list[Wish] = [
            {"minutes": 0},
            {"minutes": -7},
            {"minutes": 10_000_001},
            {"credit_id": self.nobody},
            {"debit_id": self.nobody},
            {"reverses": self.nobody},
            {"reverses": self.wished[at % len(self.wished)].id if self.wished else self.nobody},
            {"captures": self.wished[at % len(self.wished)].id if self.wished else self.nobody},
            {"forced": True, "reason": "because"},
        ]
        return dataclasses.replace(plain, **changes[at % len(changes)])  # type: ignore[arg-type]

    def _id(self, name: str) -> UUID:
        return getattr(self.book, name)


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


def _answer(outcome: Outcome) -> Answer:
    if isinstance(outcome, Refused):
        return (outcome.refusal.value, outcome.account_id, outcome.short_minutes, outcome.because_id)
    return ("posted", None, None, None)


async def _closing_steps(db: AsyncSession, oracle: Oracle, book: Book) -> AsyncIterator[None]:
    """Begin to close a month, close it, and so on with the next."""
    for month, after in pairwise(MONTHS):
        await ledger.begin_closing(db, book.id, month, actor_id=ACTOR)
        oracle.closing_before = after
        yield
        await ledger.close(db, book.id, month, actor_id=ACTOR)
        oracle.closed_before = after
        yield


def _oracle(book: Book) -> Oracle:
    members = dict.fromkeys((book.chen, book.li, book.wang), (-60, 6000))
    return Oracle({book.opening: (None, None), book.pool: (0, None), **members}, NOW)


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=batches)
async def test_the_ledger_does_what_the_oracle_says(
    engine: AsyncEngine, drawn: list[tuple[list[list[Wish]], bool]]
) -> None:
    async with engine.connect() as connection, connection.begin() as transaction:
        db = AsyncSession(connection, join_transaction_mode="create_savepoint")
        book = await open_book(db)
        oracle, wisher = _oracle(book), Wisher(book)
        first = [move(book, book.opening, member, 1000) for member in (book.chen, book.li, book.pool)]
        assert [_answer(outcome) for outcome in await ledger.post(db, first)] == oracle.post(first)
        steps = _closing_steps(db, oracle, book)
        for drawn_batch, closes in drawn:
            if closes:
                await anext(steps)
            made = [tuple(wisher.act(wish) for wish in group) for group in drawn_batch]
            batch = [Linked(group) if len(group) > 1 else group[0] for group in made]
            outcomes = await ledger.post(db, batch)
            assert [_answer(outcome) for outcome in outcomes] == oracle.post(batch)
            for account in await ledger.accounts(db, book.id):
                assert account.balance_minutes == oracle.state.balances[account.id]
                assert account.held_minutes == oracle.state.held(account.id)
            assert await faults(db, book) == []
        await db.close()
        await transaction.rollback()


async def _foretold(db: AsyncSession, book: Book, act: Act, last: Period) -> Refusal | None:
    """What the pure rules say of it, from what can be read."""
    found = {one.id: one for one in await ledger.accounts(db, book.id, ids=[act.debit_id, act.credit_id])}
    reverses = act.reverses if isinstance(act, Operation) else None
    hold_id = act.captures if isinstance(act, Operation) else act.hold_id if isinstance(act, Void) else None
    originals = await ledger.transfers(db, book.id, [reverses] if reverses else [])
    holds = await ledger.holds(db, book.id, ids=[hold_id] if hold_id else [])
    return rules.decide(
        act,
        found.get(act.debit_id),
        found.get(act.credit_id),
        now=datetime.now(UTC),
        original=originals[0] if originals else None,
        hold=holds[0] if holds else None,
        last=last,
    )


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.lists(wishes, min_size=5, max_size=20))
async def test_the_pure_rules_refuse_what_the_database_refuses(
    engine: AsyncEngine, drawn: list[Wish]
) -> None:
    async with engine.connect() as connection, connection.begin() as transaction:
        db = AsyncSession(connection, join_transaction_mode="create_savepoint")
        book = await open_book(db)
        wisher = Wisher(book)
        await ledger.begin_closing(db, book.id, MONTHS[0], actor_id=ACTOR)
        await ledger.close(db, book.id, MONTHS[0], actor_id=ACTOR)
        await ledger.begin_closing(db, book.id, MONTHS[1], actor_id=ACTOR)
        last = (await ledger.periods(db, book.id))[0]
        for wish in drawn:
            if wish[0] in ("again", "twist"):
                continue
            act = wisher.act(wish)
            expected = await _foretold(db, book, act, last)
            [outcome] = await ledger.post(db, [act])
            assert _answer(outcome)[0] == (expected or "posted")
            for account in await ledger.accounts(db, book.id):
                assert account.relief_minutes == rules.relief_minutes(
                    account.available_minutes,
                    account.balance_minutes,
                    account.floor_minutes,
                    account.ceiling_minutes,
                )
        await db.close()
        await transaction.rollback()
