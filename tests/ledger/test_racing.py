"""Two connections at once: the same id, the same account, opposite directions."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import ledger
from ledger import Batch, HoldEnd, Linked, NewHold, Operation, Outcome, Posted, Recorded, Refusal, Refused
from tests.ledger.books import ACTOR, Book, capture, hold, move, void
from tests.ledger.racing import all_at_once, post, settled
from tests.postgres import see


@pytest.mark.slow
async def test_one_id_from_eight_sides_is_posted_once(pool: AsyncEngine, shared: Book) -> None:
    wish = move(shared, shared.chen, shared.li, 10)
    outcomes = [one for [one] in await all_at_once(pool, shared, [[wish]] * 8)]
    assert all(isinstance(outcome, Posted) for outcome in outcomes)
    assert sorted(outcome.repeated for outcome in outcomes) == [False] + [True] * 7
    assert (await settled(pool, shared))[shared.chen] == 990


async def test_one_id_with_two_contents_is_posted_once_and_refused_once(
    pool: AsyncEngine, shared: Book
) -> None:
    wish = move(shared, shared.chen, shared.wang, 10)
    # Other accounts, so that no account lock keeps the two apart.
    other = move(shared, shared.li, shared.pool, 10, operation_id=wish.id)
    outcomes = [one for [one] in await all_at_once(pool, shared, [[wish], [other]])]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert [outcome.refusal for outcome in refused] == [Refusal.ID_REUSED]
    assert sorted((await settled(pool, shared)).values())[1:] == [0, 10, 990, 1000]


@pytest.mark.slow
async def test_the_last_minutes_are_spent_once(pool: AsyncEngine, shared: Book) -> None:
    posts = [[move(shared, shared.chen, shared.wang, 600)] for _ in range(8)]
    outcomes = [one for [one] in await all_at_once(pool, shared, posts)]
    assert sum(isinstance(outcome, Posted) for outcome in outcomes) == 1
    assert (await settled(pool, shared))[shared.chen] == 400


@pytest.mark.slow
async def test_opposite_directions_do_not_wait_for_each_other_for_ever(
    pool: AsyncEngine, shared: Book
) -> None:
    def there_and_back(debit: object, credit: object) -> list[Operation]:
        ids = {"chen": shared.chen, "li": shared.li, "wang": shared.wang}
        return [move(shared, ids[str(debit)], ids[str(credit)], 1)]

    pairs = [
        ("chen", "li"),
        ("li", "chen"),
        ("li", "wang"),
        ("wang", "li"),
        ("chen", "wang"),
        ("wang", "chen"),
    ]
    posts: list[Batch] = [
        [*there_and_back(*pairs[n % 6]), *there_and_back(*pairs[(n * 5 + 1) % 6])] for n in range(60)
    ]
    # A deadlock would come out of post as 40P01.
    outcomes = await all_at_once(pool, shared, posts)
    assert all(isinstance(outcome, Posted) for answers in outcomes for outcome in answers)
    await settled(pool, shared)


async def test_a_transfer_is_reversed_once_from_two_sides(pool: AsyncEngine, shared: Book) -> None:
    wish = move(shared, shared.chen, shared.li, 10)
    await post(pool, shared, [wish])
    back: list[Callable[[], Awaitable[list[Outcome]]]] = [
        lambda: post(pool, shared, [move(shared, shared.li, shared.chen, 10, reverses=wish.id)]),
        lambda: post(
            pool,
            shared,
            [
                Linked(
                    (
                        move(shared, shared.li, shared.chen, 10, reverses=wish.id),
                        move(shared, shared.chen, shared.wang, 10),
                    )
                )
            ],
        ),
    ]
    answers = await asyncio.gather(*(reverse() for reverse in back))
    assert sorted(isinstance(outcomes[0], Posted) for outcomes in answers) == [False, True]
    assert (await settled(pool, shared))[shared.li] == 1000


@pytest.mark.slow
async def test_limits_may_change_while_others_post(pool: AsyncEngine, shared: Book) -> None:
    async def limit(floor: int) -> None:
        async with AsyncSession(pool) as db, db.begin():
            await see(db, shared.id)
            await ledger.set_limits(
                db,
                shared.id,
                [
                    ledger.Limits(account_id=id_, floor_minutes=floor, ceiling_minutes=6000)
                    for id_ in (shared.wang, shared.li, shared.chen)
                ],
                actor_id=shared.id,
                reason="policy",
            )

    await asyncio.gather(
        *(limit(-n) for n in range(6)),
        *(post(pool, shared, [move(shared, shared.li, shared.chen, 1)]) for _ in range(20)),
    )
    assert (await settled(pool, shared))[shared.chen] == 1020


JANUARY = date(2024, 1, 1)


async def _waiting(pool: AsyncEngine, *, at_least: int) -> None:
    """Until so many connections wait for a book."""
    for _ in range(500):
        async with pool.connect() as connection:
            found = await connection.execute(
                text("""
                    SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                    WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted
                """)
            )
            if found.scalar_one() >= at_least:
                return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


async def _begin_closing(pool: AsyncEngine, book: Book) -> None:
    async with AsyncSession(pool) as db, db.begin():
        await see(db, book.id)
        await ledger.begin_closing(db, book.id, JANUARY, actor_id=ACTOR)


async def test_closing_waits_for_who_is_posting_and_who_comes_later_is_refused(
    pool: AsyncEngine, shared: Book
) -> None:
    def late() -> Operation:
        return move(shared, shared.opening, shared.wang, 10, effective_on=JANUARY)

    async with AsyncSession(pool) as db, db.begin():
        await see(db, shared.id)
        [in_flight] = await ledger.post(db, [late()])
        closing = asyncio.create_task(_begin_closing(pool, shared))
        await _waiting(pool, at_least=1)
        behind = asyncio.create_task(post(pool, shared, [late()]))
        await _waiting(pool, at_least=2)
        assert not closing.done()
    assert isinstance(in_flight, Posted)
    await closing
    [refused] = await behind
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.PERIOD_CLOSING
    assert (await settled(pool, shared))[shared.wang] == 10


async def test_a_posting_waits_for_the_closing_and_finds_the_month_closed(
    pool: AsyncEngine, shared: Book
) -> None:
    async with AsyncSession(pool) as db, db.begin():
        await see(db, shared.id)
        await ledger.begin_closing(db, shared.id, JANUARY, actor_id=ACTOR)
        await ledger.close(db, shared.id, JANUARY, actor_id=ACTOR)
        behind = asyncio.create_task(
            post(pool, shared, [move(shared, shared.opening, shared.wang, 10, effective_on=JANUARY)])
        )
        await _waiting(pool, at_least=1)
    [refused] = await behind
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.PERIOD_CLOSED


async def test_a_snapshot_from_before_the_closing_posts_nothing(pool: AsyncEngine, shared: Book) -> None:
    async with AsyncSession(pool) as db, db.begin():
        await db.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        await see(db, shared.id)
        await _begin_closing(pool, shared)
        with pytest.raises(ledger.IsolationUnfit):
            await ledger.post(db, [move(shared, shared.opening, shared.wang, 10, effective_on=JANUARY)])


async def test_two_who_close_at_once_close_once(pool: AsyncEngine, shared: Book) -> None:
    async def close() -> None:
        async with AsyncSession(pool) as db, db.begin():
            await see(db, shared.id)
            await ledger.begin_closing(db, shared.id, JANUARY, actor_id=ACTOR)
            await ledger.close(db, shared.id, JANUARY, actor_id=ACTOR)

    answers = await asyncio.gather(*(close() for _ in range(4)), return_exceptions=True)
    assert sorted(map(repr, answers)) == [
        "None",
        *["PeriodReopened(detail='period_reopened: 2024-01-01')"] * 3,
    ]
    async with AsyncSession(pool) as db, db.begin():
        await see(db, shared.id)
        assert [period.month for period in await ledger.periods(db, shared.id)] == [JANUARY]


@pytest.mark.slow
async def test_months_close_while_others_post(pool: AsyncEngine, shared: Book) -> None:
    """Whatever came before the closing is in it, and nothing after: the database proves each closing."""
    months = [date(2023, 1 + n, 1) for n in range(6)]

    async def close_all() -> None:
        for month in months:
            async with AsyncSession(pool) as db, db.begin():
                await see(db, shared.id)
                await ledger.begin_closing(db, shared.id, month, actor_id=ACTOR)
                await ledger.close(db, shared.id, month, actor_id=ACTOR)

    posts: list[Batch] = [
        [move(shared, shared.opening, shared.wang, 1, effective_on=month)] for month in months * 8
    ]
    answers, _ = await asyncio.gather(all_at_once(pool, shared, posts), close_all())
    posted = sum(isinstance(outcome, Posted) for [outcome] in answers)
    assert (await settled(pool, shared))[shared.wang] == posted
    async with AsyncSession(pool) as db, db.begin():
        await see(db, shared.id)
        found = await ledger.balances(db, shared.id, [shared.wang], on=date(2023, 6, 30))
        assert found[0].minutes == posted


async def _held(pool: AsyncEngine, book: Book, minutes: int, *, seconds: float = 3600) -> NewHold:
    """A committed hold of Chen's minutes for Wang."""
    made = hold(
        book, book.chen, book.wang, minutes, expires_at=datetime.now(UTC) + timedelta(seconds=seconds)
    )
    [outcome] = await post(pool, book, [made])
    assert isinstance(outcome, Recorded)
    return made


async def _how_it_ended(pool: AsyncEngine, book: Book, made: NewHold) -> tuple[HoldEnd | None, int | None]:
    async with AsyncSession(pool) as db, db.begin():
        await see(db, book.id)
        [found] = await ledger.holds(db, book.id, ids=[made.id])
    return found.ended, found.captured_minutes


@pytest.mark.slow
async def test_a_hold_is_captured_or_voided(pool: AsyncEngine, shared: Book) -> None:
    for _ in range(8):
        made = await _held(pool, shared, 10)
        before = (await settled(pool, shared))[shared.chen]
        [[taken], [let_go]] = await all_at_once(pool, shared, [[capture(made)], [void(made)]])
        assert isinstance(taken, Refused) != isinstance(let_go, Refused)
        ended = (HoldEnd.VOIDED, 0) if isinstance(taken, Refused) else (HoldEnd.CAPTURED, 10)
        assert await _how_it_ended(pool, shared, made) == ended
        assert (await settled(pool, shared))[shared.chen] == before - (ended[1] or 0)


@pytest.mark.slow
async def test_a_hold_is_captured_or_expires(pool: AsyncEngine, shared: Book) -> None:
    async def expire() -> int:
        while True:
            async with AsyncSession(pool) as db, db.begin():
                await see(db, shared.id)
                if expired := await ledger.expire_holds(db, shared.id):
                    return len(expired)

    async def capture_late(made: NewHold) -> Outcome:
        await asyncio.sleep(max(0.0, (made.expires_at - datetime.now(UTC)).total_seconds() - 0.002))
        [outcome] = await post(pool, shared, [capture(made)])
        return outcome

    for _ in range(5):
        made = await _held(pool, shared, 10, seconds=0.1)
        expiring = asyncio.create_task(expire())
        outcome = await capture_late(made)
        if isinstance(outcome, Refused):
            assert outcome.refusal in (Refusal.HOLD_EXPIRED, Refusal.HOLD_RESOLVED)
            assert await expiring == 1
            assert await _how_it_ended(pool, shared, made) == (HoldEnd.EXPIRED, 0)
        else:
            expiring.cancel()
            await asyncio.gather(expiring, return_exceptions=True)
            assert await _how_it_ended(pool, shared, made) == (HoldEnd.CAPTURED, 10)
        await settled(pool, shared)


@pytest.mark.slow
async def test_the_last_minutes_are_held_or_spent(pool: AsyncEngine, shared: Book) -> None:
    wishes: list[Batch] = [
        batch
        for _ in range(4)
        for batch in (
            [hold(shared, shared.chen, shared.wang, 600)],
            [move(shared, shared.chen, shared.wang, 600)],
        )
    ]
    outcomes = [one for [one] in await all_at_once(pool, shared, wishes)]
    assert sum(not isinstance(outcome, Refused) for outcome in outcomes) == 1
    async with AsyncSession(pool) as db, db.begin():
        await see(db, shared.id)
        [chen] = await ledger.accounts(db, shared.id, ids=[shared.chen])
    assert chen.available_minutes == 400
    await settled(pool, shared)


@pytest.mark.slow
async def test_holds_and_their_ends_do_not_wait_for_each_other_for_ever(
    pool: AsyncEngine, shared: Book
) -> None:
    made = [await _held(pool, shared, 1) for _ in range(12)]
    there = [[capture(one), move(shared, shared.wang, shared.li, 1)] for one in made]
    back: list[Batch] = [[move(shared, shared.li, shared.wang, 1), void(one)] for one in made]
    await all_at_once(pool, shared, [batch for pair in zip(there, back, strict=True) for batch in pair])
    for one in made:
        assert (await _how_it_ended(pool, shared, one))[0] is not None
    await settled(pool, shared)
