"""What was confirmed is posted exactly once, under the rules of its day; what was wrong is posted anew."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from tests.given import NOW, World
from tests.visits.given import TODAY, Street
from timebank.core.errors import Text
from timebank.hours.model import AccountKind, common_account
from timebank.hours.queries import balances
from timebank.schemes import steps as schemes
from timebank.schemes.model import Payer, RemainderTo, Rounding, SchemePolicy
from timebank.visits import queries, steps, words
from timebank.visits.errors import AlreadySpent
from timebank.visits.model import NO_POLICY, Outcome, Status


async def settle(street: Street, *visit_ids: UUID) -> list[Outcome]:
    async with street.world.database.begin({street.world.here}) as db:
        settlers = dict.fromkeys(visit_ids, street.world.coordinator)
        return await steps.settle_many(db, street.world.here, settlers, now=NOW)


async def correct(street: Street, visit_id: object, minutes: int | None, *, forced: bool = False) -> Outcome:
    async with street.world.database.begin({street.world.here}) as db:
        return await steps.correct(
            db,
            await steps.locked(db, street.world.here, visit_id),  # type: ignore[arg-type]
            minutes=minutes,
            reason="登记错了",
            forced=forced,
            actor_id=street.world.coordinator,
            now=NOW,
        )


async def test_a_confirmed_visit_is_posted_once_however_often_it_is_asked(world: World) -> None:
    street = await Street(world).move_in()
    visit_id = await street.confirmed(120)
    first = (await settle(street, visit_id))[0]
    assert (first.posted, first.visit.status, first.visit.settled_minutes) == (True, Status.SETTLED, 120)
    again = (await settle(street, visit_id))[0]
    assert (again.posted, again.visit.status) == (False, Status.SETTLED)
    assert await street.balances() == (120, 480)
    async with world.database.begin({world.here}) as db:
        posted = await queries.settlements(db, [visit_id])
        assert [(s.revision, s.minutes, len(s.transfer_ids)) for s in posted] == [(1, 120, 1)]
        assert await queries.met(db, world.here) != {}
        assert await queries.last_met(db, world.here, [street.feng, street.chen]) == {street.feng: TODAY}


async def test_many_are_settled_in_one_posting_and_a_refused_one_costs_the_others_nothing(
    world: World,
) -> None:
    street = await Street(world).move_in(feng_brings=200)
    later = {"planned_from": NOW + timedelta(hours=4), "planned_until": NOW + timedelta(hours=5)}
    ids = sorted([await street.confirmed(150), await street.confirmed(100, **later)])
    outcomes = await settle(street, *ids)
    assert [outcome.visit.id for outcome in outcomes] == ids
    refused = next(outcome.visit for outcome in outcomes if not outcome.posted)
    assert (refused.status, refused.revision) == (Status.CONFIRMED, 1)
    assert refused.refusal is not None
    assert (refused.refusal.code, refused.refusal.account_id) == ("floor_breached", street.feng)
    short = 50
    assert refused.refusal.short_minutes == short

    await street.bring(street.feng, short)
    second = (await settle(street, refused.id))[0]
    assert (second.posted, second.visit.revision, second.visit.refusal) == (True, 2, None)
    assert await street.balances() == (250, 0)


async def test_the_rules_of_the_day_it_was_served_on_decide(world: World) -> None:
    street = await Street(world).move_in(
        SchemePolicy(rounding_minutes=60, rounding=Rounding.DOWN, remainder_to=RemainderTo.POOL)
    )
    async with world.database.begin({world.here}) as db:
        await schemes.add_scheme_policy(
            db,
            world.here,
            street.scheme,
            SchemePolicy(payer=Payer.POOL),
            TODAY + timedelta(days=1),
            now=NOW,
            made_by=world.coordinator,
        )
    visit_id = await street.confirmed(150)
    done = (await settle(street, visit_id))[0].visit
    assert done.settled_minutes == 150
    assert await street.balances() == (120, 450)
    async with world.database.begin({world.here}) as db:
        pool = common_account(AccountKind.POOL, world.here)
        assert (await balances(db, world.here, [pool]))[pool].posted == 30
        assert len((await queries.settlements(db, [visit_id]))[0].transfer_ids) == 2
    await correct(street, visit_id, None)
    assert await street.balances() == (0, 600)


async def test_before_there_were_rules_a_visit_waits_and_says_so(world: World) -> None:
    street = await Street(world).move_in()
    early = NOW.replace(year=2025)
    visit_id = await street.confirmed(60, planned_from=early, planned_until=early + timedelta(hours=1))
    waiting = (await settle(street, visit_id))[0].visit
    assert waiting.refusal is not None
    assert (waiting.refusal.code, waiting.served_on) == (NO_POLICY, date(2025, 11, 22))


async def _close(db: AsyncSession, street: Street, month: date) -> None:
    here, by = street.world.here, street.world.coordinator
    await ledger.begin_closing(db, here, month, actor_id=by)
    await ledger.close(db, here, month, actor_id=by)


async def test_late_work_is_posted_today_with_the_day_it_was_served_on(world: World) -> None:
    street = await Street(world).move_in()
    long_ago = NOW.replace(month=1)
    visit_id = await street.confirmed(60, planned_from=long_ago, planned_until=long_ago + timedelta(hours=1))
    async with world.database.begin({world.here}) as db:
        await _close(db, street, date(2026, 1, 1))
    done = (await settle(street, visit_id))[0]
    assert done.posted
    async with world.database.begin({world.here}) as db:
        [settlement] = await queries.settlements(db, [visit_id])
        [transfer] = await ledger.transfers(db, world.here, settlement.transfer_ids)
    assert (transfer.effective_on, transfer.served_on) == (TODAY, date(2026, 1, 22))


async def test_a_visit_refused_by_a_closed_month_says_so_and_is_settled_in_the_next(world: World) -> None:
    """A desk whose call began before midnight may come to the book after the month began to close."""
    street = await Street(world).move_in(feng_brings=0)
    visit_id = await street.confirmed(60)
    async with world.database.begin({world.here}) as db:
        await _close(db, street, date(2026, 1, 1))
        last_month = NOW.replace(month=1, day=31)
        settlers = {visit_id: world.coordinator}
        [refused] = await steps.settle_many(db, world.here, settlers, now=last_month)
    assert refused.visit.refusal is not None
    assert refused.visit.refusal.code == "period_closed"
    told = words.refusal(refused.visit.refusal, Text(""))
    assert "再结算一次" in told.message
    await street.bring(street.feng, 600)
    assert (await settle(street, visit_id))[0].posted


async def test_a_correction_takes_back_and_posts_anew(world: World) -> None:
    street = await Street(world).move_in()
    visit_id = await street.confirmed(120)
    await settle(street, visit_id)
    outcome = await correct(street, visit_id, 90)
    assert (outcome.visit.status, outcome.visit.settled_minutes) == (Status.SETTLED, 90)
    assert outcome.visit.revision == 2
    assert await street.balances() == (90, 510)
    voided = await correct(street, visit_id, None)
    assert (voided.visit.status, voided.visit.settled_minutes) == (Status.CANCELLED, None)
    assert await street.balances() == (0, 600)
    async with world.database.begin({world.here}) as db:
        posted = await queries.settlements(db, [visit_id])
    assert [(s.revision, s.minutes, s.reversed_because) for s in posted] == [
        (1, 120, "登记错了"),
        (2, 90, "登记错了"),
    ]


async def test_spent_minutes_are_taken_back_by_force_only(world: World) -> None:
    street = await Street(world).move_in()
    visit_id = await street.confirmed(120)
    await settle(street, visit_id)
    await street.spend(street.zhou, 100)
    with pytest.raises(AlreadySpent) as refused:
        await correct(street, visit_id, 60)
    assert refused.value.values["short"] == 100
    assert (await street.visit(visit_id)).status is Status.SETTLED
    forced = await correct(street, visit_id, 60, forced=True)
    assert forced.visit.settled_minutes == 60
    assert await street.balances() == (-40, 540)


@pytest.mark.slow
async def test_two_desks_settling_the_same_visits_post_each_once(two_desks: World) -> None:
    street = await Street(two_desks).move_in(feng_brings=6000)
    ids = []
    for hour in range(6):
        at = NOW + timedelta(hours=hour)
        ids.append(await street.confirmed(60, planned_from=at, planned_until=at + timedelta(hours=1)))
    first, second = await asyncio.gather(settle(street, *ids), settle(street, *reversed(ids)))
    assert sum(outcome.posted for outcome in (*first, *second)) == 6
    assert await street.balances() == (360, 5640)
