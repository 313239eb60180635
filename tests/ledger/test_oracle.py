"""Whatever is posted, in whatever order, linked or repeated: the ledger does what the oracle says."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import ledger
from ledger import Act, Linked, Operation, Period, Refusal, Void, rules
from tests.ledger.books import ACTOR, Book, faults, move
from tests.ledger.neighbours import open_neighbours
from tests.ledger.oracle import answer_of, oracle_of
from tests.ledger.wishes import MANY_MINUTES, MONTHS, PARTIES, WHATS, Wish, Wisher, close_further

minutes = st.one_of(st.integers(1, 200), st.integers(1, 200), st.sampled_from(MANY_MINUTES))
wishes = st.tuples(
    st.sampled_from(WHATS), st.sampled_from(PARTIES), minutes, st.integers(0, 30), st.booleans()
)
groups = st.one_of(wishes.map(lambda wish: [wish]), st.lists(wishes, min_size=1, max_size=3))
batches = st.lists(st.tuples(st.lists(groups, min_size=1, max_size=8), st.booleans()), min_size=1, max_size=8)


@pytest.mark.slow
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
        books = await open_neighbours(db)
        book = books.here
        oracle, wisher = oracle_of(books), Wisher(books)
        first = [move(book, book.opening, member, 1000) for member in (book.chen, book.li, book.pool)]
        first.append(books.brought())
        assert [answer_of(outcome) for outcome in await ledger.post(db, first)] == oracle.post(first)
        for drawn_batch, closes in drawn:
            if closes:
                await close_further(db, book, oracle)
            made = [tuple(act for wish in group for act in wisher.acts(wish)) for group in drawn_batch]
            batch = [Linked(group) if len(group) > 1 else group[0] for group in made]
            outcomes = await ledger.post(db, batch)
            assert [answer_of(outcome) for outcome in outcomes] == oracle.post(batch)
            for each in (books.here, books.there):
                for account in await ledger.accounts(db, each.id):
                    assert account.balance_minutes == oracle.state.balances[account.id]
                    assert account.held_minutes == oracle.state.held(account.id)
                assert await faults(db, each) == []
        await db.close()
        await transaction.rollback()


async def _foretold(db: AsyncSession, book: Book, act: Act, last: Period) -> Refusal | None:
    """What the pure rules say of it, from what can be read."""
    found = {one.id: one for one in await ledger.accounts(db, book.id, ids=[act.debit_id, act.credit_id])}
    reverses = act.reverses if isinstance(act, Operation) else None
    hold_id = act.captures if isinstance(act, Operation) else act.hold_id if isinstance(act, Void) else None
    originals = await ledger.transfers(db, book.id, [reverses] if reverses else [])
    holds = await ledger.holds(db, book.id, ids=[hold_id] if hold_id else [])
    refusal = rules.decide(
        act,
        found.get(act.debit_id),
        found.get(act.credit_id),
        now=datetime.now(UTC),
        original=originals[0] if originals else None,
        hold=holds[0] if holds else None,
        last=last,
    )
    if refusal is None and isinstance(act, Operation):
        alone = [(act, found[act.debit_id], found[act.credit_id])]
        return Refusal.CLEARING_UNMATCHED if rules.clearing_unmatched(alone) else None
    return refusal


@pytest.mark.slow
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
        books = await open_neighbours(db)
        book, wisher = books.here, Wisher(books)
        await ledger.begin_closing(db, book.id, MONTHS[0], actor_id=ACTOR)
        await ledger.close(db, book.id, MONTHS[0], actor_id=ACTOR)
        await ledger.begin_closing(db, book.id, MONTHS[1], actor_id=ACTOR)
        last = (await ledger.periods(db, book.id))[0]
        for wish in drawn:
            if wish[0] in ("again", "twist", "cross"):
                continue
            act = wisher.act(wish)
            expected = await _foretold(db, book, act, last)
            [outcome] = await ledger.post(db, [act])
            assert answer_of(outcome)[0] == (expected or "posted")
            for account in await ledger.accounts(db, book.id):
                assert account.relief_minutes == rules.relief_minutes(
                    account.available_minutes,
                    account.balance_minutes,
                    account.floor_minutes,
                    account.ceiling_minutes,
                )
        await db.close()
        await transaction.rollback()
