"""Minutes move with what they were about, or are refused with what can be done."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

import ledger
from tests.given import World
from tests.hours.given import SERVED, Book
from timebank.core.errors import NotFound
from timebank.core.ids import new_id
from timebank.hours import queries, rules, steps
from timebank.hours.model import Kind, Posted
from timebank.hours.refusals import (
    AlreadyReversed,
    CeilingBreached,
    FloorBreached,
    GroupRefused,
    NoAccount,
)
from timebank.schemes.model import HousePolicy, Payer, RemainderTo, Rounding, SchemePolicy
from timebank.schemes.steps import set_house_policy
from timebank.web.i18n import say

QUARTERS = SchemePolicy(rounding_minutes=15, rounding=Rounding.NEAREST)
WHOLE_HOURS = SchemePolicy(rounding_minutes=60, rounding=Rounding.DOWN, remainder_to=RemainderTo.POOL)


async def _held(db: AsyncSession, book: Book) -> tuple[int, int, int]:
    found = await queries.balances(db, book.world.here, [book.chen, book.li, book.pool])
    return found[book.chen].posted, found[book.li].posted, found[book.pool].posted


async def test_an_hour_with_quarter_rounding_pays_sixty(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, QUARTERS)
        [answer] = await book.settle(db, 62)
        assert isinstance(answer, Posted)
        assert await _held(db, book) == (60, 540, 0)
        about = (await queries.abouts(db, world.here, [answer.id]))[answer.id]
        assert (about.kind, about.served_on, about.basis["served_minutes"]) == (Kind.VISIT, SERVED, 62)


async def test_what_whole_hours_leave_over_goes_to_the_pool_in_the_same_posting(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, WHOLE_HOURS)
        assert len(await book.settle(db, 80)) == 2
        assert await _held(db, book) == (60, 520, 20)
        assert (await queries.balance(db, world.here, book.li)).available == 520


async def test_a_recipient_without_hours_is_refused_with_the_numbers_and_the_way_out(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, WHOLE_HOURS, li_brings=50)
        helper, pool = await book.settle(db, 80)
        assert isinstance(helper, FloorBreached)
        assert (helper.account_id, helper.short_minutes) == (book.li, 10)
        assert isinstance(pool, GroupRefused)
        assert await _held(db, book) == (0, 50, 0)
        told = say(helper.text("李婆婆"), "zh")
        assert told.startswith("李婆婆的余额不够，还差 10 分。")
        kept = rules.refusal_text(helper.code, name="李婆婆", short_minutes=helper.short_minutes)
        assert say(kept, "zh") == told
        await book.bring(db, book.li, 100)
    async with world.database.begin({world.here}) as db:
        assert all(isinstance(answer, Posted) for answer in await book.settle(db, 80))


async def test_a_helper_at_the_ceiling_is_refused_and_told_what_can_be_done(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, QUARTERS, li_brings=60, house=HousePolicy(ceiling_minutes=90))
        assert isinstance(await book.bring(db, book.chen, 60), Posted)
        [answer] = await book.settle(db, 60)
        assert isinstance(answer, CeilingBreached)
        assert (answer.account_id, answer.short_minutes) == (book.chen, 30)
        assert "捐给公益时间池" in say(answer.text("陈伯"), "zh")
        assert "community pool" in say(answer.text("Chen"), "en")


async def test_the_pool_pays_where_the_rules_say_so(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, SchemePolicy(payer=Payer.POOL))
        [refused] = await book.settle(db, 45)
        assert isinstance(refused, FloorBreached)
        assert refused.account_id == book.pool
        await book.bring(db, book.pool, 45)
        await book.settle(db, 45)
        assert await _held(db, book) == (45, 600, 0)


async def test_the_community_grants_what_is_earned_where_the_rules_say_so(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, replace(WHOLE_HOURS, payer=Payer.GRANTS))
        await book.settle(db, 80)
        assert await _held(db, book) == (60, 600, 20)


async def test_a_correction_takes_back_and_settles_again_in_one_posting(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, WHOLE_HOURS)
        visit = new_id()
        first = await book.settle(db, 80, visit_id=visit)
    async with world.database.begin({world.here}) as db:
        back = await steps.reverse(
            db,
            world.here,
            [answer.id for answer in first],
            reason="登记错了",
            root=new_id(),
            actor_id=world.coordinator,
            now=world.now,
        )
        assert all(isinstance(answer, Posted) for answer in back)
        assert await _held(db, book) == (0, 600, 0)
        about = await queries.abouts(db, world.here, [answer.id for answer in back])
        assert {(a.kind, a.subject_id, a.served_on) for a in about.values()} == {
            (Kind.CORRECTION, visit, SERVED)
        }
    async with world.database.begin({world.here}) as db:
        again = await steps.reverse(
            db,
            world.here,
            [first[0].id],
            reason="再来一次",
            root=new_id(),
            actor_id=world.coordinator,
            now=world.now,
        )
        assert isinstance(again[0], AlreadyReversed)
        with pytest.raises(NotFound):
            await steps.reversal_wishes(
                db, world.here, [new_id()], reason="x", root=new_id(), entered_by=world.coordinator
            )


async def test_minutes_already_spent_are_taken_back_only_by_force_and_with_a_reason(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, QUARTERS)
        [earned] = await book.settle(db, 60)
        spend = [
            replace(wish, id=new_id(), from_account=book.chen, to_account=book.pool)
            for wish in await steps.reversal_wishes(
                db, world.here, [earned.id], reason="x", root=new_id(), entered_by=world.coordinator
            )
        ]
        await book.post(db, [replace(wish, reverses=None) for wish in spend])
        both = {"reason": "登记错了", "actor_id": world.coordinator, "now": world.now}
        [refused] = await steps.reverse(db, world.here, [earned.id], root=new_id(), **both)
        assert isinstance(refused, FloorBreached)
        [forced] = await steps.reverse(db, world.here, [earned.id], root=new_id(), forced=True, **both)
        assert isinstance(forced, Posted)
        assert forced.from_balance_minutes == -60


async def test_the_same_wish_twice_is_one_transfer_and_one_movement(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, QUARTERS)
        visit = new_id()
        first = await book.settle(db, 60, visit_id=visit)
        book.tries -= 1
        assert [a.id for a in await book.settle(db, 60, visit_id=visit)] == [a.id for a in first]
        assert await _held(db, book) == (60, 540, 0)


async def test_nobody_without_an_account_is_posted_to(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, QUARTERS)
        book.chen = new_id()
        [answer] = await book.settle(db, 60)
        assert isinstance(answer, NoAccount)
        with pytest.raises(NotFound):
            await queries.balance(db, world.here, book.chen)


async def test_a_lower_ceiling_takes_nothing_away_and_lets_nothing_more_in(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, QUARTERS)
        await set_house_policy(
            db,
            world.here,
            HousePolicy(ceiling_minutes=300),
            date(2026, 11, 22),
            now=world.now,
            made_by=world.coordinator,
        )
        on = {"on": date(2026, 11, 22), "actor_id": world.coordinator}
        assert await steps.apply_house_policy(db, world.here, **on) == 2
        assert await steps.apply_house_policy(db, world.here, **on) == 0
        assert (await queries.balance(db, world.here, book.li)).posted == 600
        assert isinstance(await book.bring(db, book.li, 1), CeilingBreached)


async def test_the_evidence_in_the_ledger_is_what_was_written_down(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        book = await Book(world).open(db, QUARTERS)
        [answer] = await book.settle(db, 60)
        [transfer] = await ledger.transfers(db, world.here, [answer.id])
        about = (await queries.abouts(db, world.here, [answer.id]))[answer.id]
        assert transfer.evidence == rules.digest(about)
        assert transfer.evidence != rules.digest(replace(about, category="meal"))


async def test_a_movement_is_never_changed_and_never_without_its_transfer(
    world: World, owner: AsyncConnection
) -> None:
    for deed in ("UPDATE timebank.movements SET category = 'x'", "DELETE FROM timebank.movements"):
        with pytest.raises(DBAPIError, match="append_only"):
            async with owner.begin_nested():
                await owner.execute(text(deed))
    statement = text("""
        INSERT INTO timebank.movements (community_id, transfer_id, kind, subject_id, provenance, basis)
        VALUES (:here, :other, 'gift', :other, 'desk', '{}')""")
    with pytest.raises(DBAPIError, match="movement_of_a_transfer"):
        async with world.database.begin({world.here}) as db:
            await db.execute(statement, {"here": world.here, "other": UUID(int=1)})
