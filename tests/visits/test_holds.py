"""A planned visit sets its minutes aside, if its scheme says so, and they go where the visit goes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.given import World
from tests.visits.holding import AHEAD, HOLDING, HoldingStreet, differences, holding_street
from timebank.core import clock
from timebank.core.provenance import Provenance
from timebank.hours.errors import NoSuchAccount
from timebank.hours.holds.model import HoldState
from timebank.hours.model import AccountKind, Balance, common_account
from timebank.hours.queries import balances
from timebank.schemes.model import Payer, RemainderTo, Rounding, SchemePolicy
from timebank.visits import queries, service, steps
from timebank.visits.errors import NotSetAside
from timebank.visits.model import Move, PaidBy, Side, Status
from timebank.web.i18n import say

pytestmark = pytest.mark.slow


@pytest.fixture
async def street(world: World) -> AsyncIterator[HoldingStreet]:
    with clock.set_to(AHEAD):
        made = await holding_street(world)
        yield made
        assert await differences(made) == []


@pytest.fixture
def ahead(world: World) -> Iterator[None]:
    """After `world` has set the clock."""
    with clock.set_to(AHEAD):
        yield


async def state(street: HoldingStreet, visit_id: object) -> HoldState:
    hold = await street.hold(visit_id)  # type: ignore[arg-type]
    assert hold is not None
    return hold.state


async def test_planning_sets_the_planned_minutes_aside_until_the_window_ends(street: HoldingStreet) -> None:
    visit_id = await street.plan_one(90)
    hold = await street.hold(visit_id)
    assert hold is not None
    assert (hold.minutes, hold.from_account, hold.to_account) == (90, street.feng, street.zhou)
    assert clock.day_of(hold.until) == clock.day_of(AHEAD) + timedelta(days=15)
    assert await street.feng_has() == Balance(600, 90)


@pytest.mark.usefixtures("ahead")
async def test_without_such_a_rule_nothing_is_set_aside(world: World) -> None:
    street = await holding_street(world, SchemePolicy())
    visit_id = await street.plan_one(90)
    assert await street.hold(visit_id) is None
    assert (await street.settle(visit_id, 90)).posted


async def test_what_was_done_is_taken_from_what_was_set_aside_and_the_rest_released(
    street: HoldingStreet,
) -> None:
    visit_id = await street.plan_one(90)
    outcome = await street.settle(visit_id, 60)
    assert (outcome.posted, outcome.visit.settled_minutes) == (True, 60)
    hold = await street.hold(visit_id)
    assert hold is not None
    assert (hold.state, hold.captured_minutes) == (HoldState.CAPTURED, 60)
    assert await street.feng_has() == Balance(540, 0)
    assert await street.balances() == (60, 540)


async def test_more_than_was_set_aside_is_posted_in_its_place(street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60)
    outcome = await street.settle(visit_id, 90)
    assert (outcome.posted, await state(street, visit_id)) == (True, HoldState.VOIDED)
    assert await street.feng_has() == Balance(510, 0)


async def test_more_than_there_is_leaves_the_hold_as_it_was(street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60)
    await street.spend(street.feng, 520)
    outcome = await street.settle(visit_id, 90)
    assert outcome.visit.refusal is not None
    assert (outcome.posted, outcome.visit.refusal.code) == (False, "floor_breached")
    assert (outcome.visit.refusal.account_id, outcome.visit.refusal.short_minutes) == (street.feng, 10)
    assert await state(street, visit_id) is HoldState.OPEN
    assert await street.feng_has() == Balance(80, 60)

    seen = await street.seen(visit_id)
    amended = await service.amend(await street.call(), **seen, reason="就这些", minutes=60)
    assert (amended.posted, await state(street, visit_id)) == (True, HoldState.CAPTURED)
    assert await street.feng_has() == Balance(20, 0)


async def test_of_several_settled_together_one_refused_costs_the_others_nothing(
    street: HoldingStreet,
) -> None:
    ids = [await street.plan_one(60, after=timedelta(hours=hours)) for hours in (1, 3, 5)]
    await street.spend(street.feng, 400)
    here = street.world.here
    with clock.set_to(AHEAD + timedelta(days=1)):
        for visit_id, minutes in zip(ids, (60, 45, 150), strict=True):
            seen = await street.seen(visit_id)
            await service.claim(await street.call(), **seen, minutes=minutes)
        async with street.world.database.begin({here}) as db:
            visits = await steps.locked_all(db, here, ids)
            said = {"confirmed_by": street.feng, "confirmed_at": AHEAD, "confirmed_source": Provenance.PHONE}
            told = [said | {"confirmed_minutes": visit.claimed and visit.claimed.minutes} for visit in visits]
            await steps.move_all(db, visits, Move.CONFIRM, now=AHEAD, values=told)
            settlers = dict.fromkeys(ids, street.world.coordinator)
            outcomes = await steps.settle_many(db, here, settlers, now=AHEAD)
    posted = {outcome.visit.id: outcome.posted for outcome in outcomes}
    assert [posted[visit_id] for visit_id in ids] == [True, True, False]
    assert [await state(street, visit_id) for visit_id in ids] == [
        HoldState.CAPTURED,
        HoldState.CAPTURED,
        HoldState.OPEN,
    ]
    assert await street.feng_has() == Balance(95, 60)


async def test_settling_twice_posts_once(street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60)
    await street.claim(visit_id, 60)
    call, seen = await street.call("the same"), await street.seen(visit_id)
    first = await service.confirm(call, **seen)
    again = await service.confirm(call, **seen)
    assert (first.visit.settled_minutes, again.visit.settled_minutes) == (60, 60)
    assert await street.balances() == (60, 540)


async def test_settled_after_the_window_it_is_paid_from_the_balance(street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60)
    with clock.set_to(AHEAD + timedelta(days=20)):
        outcome = await street.settle(visit_id, 60)
        assert (outcome.posted, await state(street, visit_id)) == (True, HoldState.VOIDED)
    assert await street.feng_has() == Balance(540, 0)


async def test_another_payer_leaves_the_recipient_s_minutes_alone(street: HoldingStreet) -> None:
    pool = common_account(AccountKind.POOL, street.world.here)
    await street.bring(pool, 15)
    visit_id = await street.plan_one(60)
    await street.spend(street.feng, 540)
    assert not (await street.settle(visit_id, 75)).posted
    seen = await street.seen(visit_id)
    outcome = await service.amend(await street.call(), **seen, reason="大家付", paid_by=PaidBy.POOL)
    assert (outcome.posted, await state(street, visit_id)) == (True, HoldState.VOIDED)
    assert await street.feng_has() == Balance(60, 0)


@pytest.mark.usefixtures("ahead")
async def test_what_goes_to_the_pool_is_set_aside_with_the_rest(world: World) -> None:
    policy = replace(HOLDING, rounding_minutes=60, rounding=Rounding.DOWN, remainder_to=RemainderTo.POOL)
    street = await holding_street(world, policy)
    visit_id = await street.plan_one(80)
    assert await street.feng_has() == Balance(600, 80)
    assert (await street.settle(visit_id, 80)).posted
    async with world.database.begin({world.here}) as db:
        pool = common_account(AccountKind.POOL, world.here)
        assert (await balances(db, world.here, [pool]))[pool].posted == 20
    assert await street.feng_has() == Balance(520, 0)
    assert await state(street, visit_id) is HoldState.CAPTURED


@pytest.mark.usefixtures("ahead")
async def test_what_the_community_issues_is_not_set_aside(world: World) -> None:
    street = await holding_street(world, replace(HOLDING, payer=Payer.GRANTS))
    visit_id = await street.plan_one(60)
    assert await street.hold(visit_id) is None
    assert (await street.settle(visit_id, 60)).posted


async def test_too_little_refuses_the_plan_and_says_what_there_is(street: HoldingStreet) -> None:
    await street.plan_one(360)
    with pytest.raises(NotSetAside) as refused:
        await street.plan_one(300, after=timedelta(days=1))
    told = say(refused.value.text, "zh")
    assert told.startswith(
        "冯伯的余额是 10 小时，其中已预留 6 小时，可用 4 小时；这次要预留 5 小时，不够，没有排。"
    )
    assert "already set aside" in say(refused.value.text, "en")
    async with street.world.database.begin({street.world.here}) as db:
        assert len((await queries.list_visits(db, street.world.here)).rows) == 1
    assert await street.feng_has() == Balance(600, 360)


async def test_without_an_account_nothing_can_be_set_aside(street: HoldingStreet) -> None:
    newcomer = await street.world.add_member("新来的", number="0109")
    with pytest.raises(NoSuchAccount):
        await street.plan_one(60, recipient_id=newcomer)


async def test_a_series_is_planned_as_a_whole_or_not_at_all(street: HoldingStreet) -> None:
    def week(n: int) -> dict[str, object]:
        begins = AHEAD + timedelta(weeks=n, hours=1)
        return {"planned_from": begins, "planned_until": begins + timedelta(hours=4)}

    with pytest.raises(NotSetAside) as refused:
        await street.plan(*(street.planned(**week(n)) for n in range(3)))
    assert say(refused.value.text, "zh").startswith(
        "冯伯的余额是 10 小时，其中已预留 0 分，可用 10 小时；这次要预留 12 小时"
    )
    assert await street.feng_has() == Balance(600, 0)
    made = await street.plan(*(street.planned(**week(n)) for n in range(2)))
    assert {await state(street, visit_id) for visit_id in made} == {HoldState.OPEN}
    assert await street.feng_has() == Balance(600, 480)


async def test_calling_off_gives_the_minutes_back_and_restoring_sets_them_aside_again(
    street: HoldingStreet,
) -> None:
    visit_id = await street.plan_one(60)
    await street.cancel(visit_id)
    assert (await state(street, visit_id), await street.feng_has()) == (HoldState.VOIDED, Balance(600, 0))
    await service.restore(await street.call(), **await street.seen(visit_id))
    assert (await state(street, visit_id), await street.feng_has()) == (HoldState.OPEN, Balance(600, 60))
    await street.cancel(visit_id)
    await street.spend(street.feng, 580)
    with pytest.raises(NotSetAside):
        await service.restore(await street.call(), **await street.seen(visit_id))
    assert (await street.visit(visit_id)).status is Status.CANCELLED


async def test_nobody_there_gives_the_minutes_back(street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60)
    with clock.set_to(AHEAD + timedelta(hours=2)):
        await service.no_show(await street.call(), **await street.seen(visit_id), absent=Side.HELPER)
    assert (await state(street, visit_id), await street.feng_has()) == (HoldState.VOIDED, Balance(600, 0))


async def test_a_dispute_that_ends_with_nothing_gives_the_minutes_back(street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60)
    await street.claim(visit_id, 60)
    await service.dispute(await street.call(), **await street.seen(visit_id), minutes=0)
    seen = await street.seen(visit_id)
    await service.resolve(await street.call(), **seen, minutes=None, reason="没有来过")
    assert (await state(street, visit_id), await street.feng_has()) == (HoldState.VOIDED, Balance(600, 0))


async def test_putting_off_sets_aside_anew_or_leaves_all_as_it_was(street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60)
    before = await street.hold(visit_id)
    begins = AHEAD + timedelta(days=3)

    async def put_off(minutes: int) -> None:
        until = begins + timedelta(minutes=minutes)
        seen = await street.seen(visit_id)
        await service.reschedule(await street.call(), **seen, planned_from=begins, planned_until=until)

    await put_off(600)
    after = await street.hold(visit_id)
    assert before is not None
    assert after is not None
    assert (after.minutes, after.until) == (600, before.until + timedelta(days=3))
    assert await street.feng_has() == Balance(600, 600)
    with pytest.raises(NotSetAside):
        await put_off(601)
    assert await street.hold(visit_id) == after
    assert (await street.visit(visit_id)).planned_until == begins + timedelta(minutes=600)


async def test_correcting_and_undoing_a_settled_visit_opens_no_hold(street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60)
    await street.settle(visit_id, 60)
    for minutes, left in ((45, 555), (None, 600)):
        seen = await street.seen(visit_id)
        await service.correct(await street.call(), **seen, minutes=minutes, reason="登记错了")
        assert await street.feng_has() == Balance(left, 0)
    assert await state(street, visit_id) is HoldState.CAPTURED


async def test_a_plan_too_old_to_be_settled_sets_nothing_aside(street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60, after=-timedelta(days=30))
    assert await street.hold(visit_id) is None


async def test_what_a_hold_is_about_is_never_changed_and_never_without_the_hold(
    street: HoldingStreet, owner: AsyncConnection
) -> None:
    for deed in ("UPDATE timebank.reservations SET category = 'x'", "DELETE FROM timebank.reservations"):
        with pytest.raises(DBAPIError, match="append_only"):
            async with owner.begin_nested():
                await owner.execute(text(deed))
    await street.plan_one(60)
    another = text("""
        INSERT INTO timebank.reservations
        SELECT community_id, gen_random_uuid(), subject_id, served_on, category, helper_id, recipient_id
        FROM timebank.reservations""")
    with pytest.raises(DBAPIError, match="reservation_of_a_hold"):
        async with street.world.database.begin({street.world.here}) as db:
            await db.execute(another)
