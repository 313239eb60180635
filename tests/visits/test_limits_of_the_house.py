"""What the house policy does to served minutes: above the ceiling to the pool, and who may spend at all."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

import ledger
from tests.given import NOW, World
from tests.schemes.agreeing import agree
from tests.visits.given import Street
from tests.visits.test_settling import correct, settle
from timebank.core.errors import Text
from timebank.hours import queries as hours_queries
from timebank.hours import steps as hours
from timebank.hours.model import AccountKind, common_account
from timebank.hours.redeeming.queries import banked
from timebank.schemes import rules
from timebank.schemes import steps as schemes
from timebank.schemes.model import (
    EarnedBy,
    HousePolicy,
    OverflowTo,
    Payer,
    Price,
    RemainderTo,
    Rounding,
    SchemePolicy,
)
from timebank.visits import queries, service
from timebank.visits.errors import Unfit
from timebank.visits.model import NewPlan
from timebank.web.i18n import say

OVER = HousePolicy(ceiling_minutes=600, overflow_to=OverflowTo.POOL)


async def move_in(
    world: World, house: HousePolicy, policy: SchemePolicy | None = None, *, feng_brings: int = 600
) -> Street:
    """The street under a house policy that has been in force all year."""
    street = await Street(world).move_in(policy, feng_brings=feng_brings)
    async with world.database.begin({world.here}) as db:
        await schemes.set_house_policy(
            db, world.here, house, date(2026, 1, 1), now=NOW, made_by=world.coordinator
        )
        await hours.apply_house_policy(db, world.here, on=date(2026, 11, 22), actor_id=world.coordinator)
    return street


async def pool_of(street: Street) -> int:
    pool = common_account(AccountKind.POOL, street.world.here)
    async with street.world.database.begin({street.world.here}) as db:
        return (await hours_queries.balance(db, street.world.here, pool)).posted


async def told(street: Street, visit_id: object) -> list[list[str]]:
    """How each transfer of a visit was reckoned, in words."""
    here = street.world.here
    async with street.world.database.begin({here}) as db:
        [settlement] = await queries.settlements(db, [visit_id])  # type: ignore[list-item]
        found = [await hours_queries.explain(db, here, one) for one in settlement.transfer_ids]
    return [[say(one.words, "zh"), *(say(text, "zh") for text in one.reckoning)] for one in found]


async def test_what_goes_over_the_ceiling_goes_to_the_pool_in_the_same_posting(world: World) -> None:
    street = await move_in(world, OVER)
    await street.bring(street.zhou, 570)
    visit_id = await street.confirmed(60)
    [outcome] = await settle(street, visit_id)
    assert (outcome.posted, outcome.visit.settled_minutes) == (True, 60)
    assert await street.balances() == (600, 540)
    assert await pool_of(street) == 30
    mine, pools = await told(street, visit_id)
    assert mine[0] == "帮助冯伯：陪诊"
    assert pools[0] == "周阿姨帮助冯伯：陪诊，超出存储上限的部分"
    assert "离存储上限只差 30 分，超出的 30 分 进公益时间池" in mine


async def test_at_the_ceiling_all_of_it_goes_to_the_pool(world: World) -> None:
    street = await move_in(world, OVER)
    await street.bring(street.zhou, 600)
    [outcome] = await settle(street, await street.confirmed(45))
    assert outcome.posted
    assert await street.balances() == (600, 555)
    assert await pool_of(street) == 45


async def test_without_that_rule_the_visit_waits_with_the_refusal(world: World) -> None:
    street = await move_in(world, replace(OVER, overflow_to=OverflowTo.NOBODY))
    await street.bring(street.zhou, 570)
    [outcome] = await settle(street, await street.confirmed(60))
    assert not outcome.posted
    assert outcome.visit.refusal is not None
    assert outcome.visit.refusal.code == "ceiling_breached"


async def test_a_visit_refused_beside_it_takes_no_room_from_another(world: World) -> None:
    """Chen has nothing to pay with: what Zhou would have earned there does not push Feng's hour over."""
    street = await move_in(world, OVER)
    await street.bring(street.zhou, 530)
    at = NOW + timedelta(hours=4)
    visits = [
        await street.confirmed(60, recipient_id=street.chen),
        await street.confirmed(60, planned_from=at, planned_until=at + timedelta(hours=1)),
        await street.confirmed(
            20, planned_from=at + timedelta(hours=1), planned_until=at + timedelta(hours=2)
        ),
    ]
    outcomes = await settle(street, *visits)
    assert sorted(outcome.posted for outcome in outcomes) == [False, True, True]
    assert await street.balances() == (600, 520)
    assert await pool_of(street) == 10


async def test_a_correction_gives_the_room_back_first(world: World) -> None:
    street = await move_in(world, OVER)
    await street.bring(street.zhou, 570)
    visit_id = await street.confirmed(60)
    await settle(street, visit_id)
    corrected = await correct(street, visit_id, 20)
    assert corrected.posted
    assert await street.balances() == (590, 580)
    assert await pool_of(street) == 0
    again = await correct(street, visit_id, 90)
    assert again.posted
    assert await street.balances() == (600, 510)
    assert await pool_of(street) == 60


async def test_what_was_set_aside_pays_for_both_parts(world: World) -> None:
    street = await move_in(world, OVER, SchemePolicy(hold_days=14), feng_brings=120)
    await street.bring(street.zhou, 550)
    visit_id = await street.confirmed(120)
    [outcome] = await settle(street, visit_id)
    assert outcome.posted
    assert await street.balances() == (600, 0)
    assert await pool_of(street) == 70
    async with world.database.begin({world.here}) as db:
        assert await ledger.holds(db, world.here) == []


async def test_what_the_pool_pays_over_the_ceiling_stays_in_the_pool(world: World) -> None:
    street = await move_in(world, OVER, SchemePolicy(payer=Payer.POOL))
    await street.bring(street.zhou, 590)
    await street.spend(street.feng, 100)
    [outcome] = await settle(street, await street.confirmed(60))
    assert outcome.posted
    assert await street.balances() == (600, 500)
    assert await pool_of(street) == 90


async def test_what_groups_earn_may_all_be_the_pools(world: World) -> None:
    street = await move_in(world, OVER, SchemePolicy(earned_by=EarnedBy.POOL))
    visit_id = await street.confirmed(60)
    await settle(street, visit_id)
    assert await street.balances() == (0, 540)
    assert await pool_of(street) == 60
    [[words, *reckoned]] = await told(street, visit_id)
    assert words == "周阿姨帮助冯伯：陪诊，归公益时间池"
    assert "按项目规则，挣的时间全部进公益时间池" in reckoned


async def test_a_priced_service_costs_the_same_however_long_it_takes(world: World) -> None:
    policy = SchemePolicy(
        prices=(Price(category="clinic", minutes=90),),
        rounding_minutes=60,
        rounding=Rounding.DOWN,
        remainder_to=RemainderTo.POOL,
    )
    street = await move_in(world, OVER, policy)
    visit_id = await street.confirmed(25)
    await settle(street, visit_id)
    assert await street.balances() == (90, 510)
    [[_, *reckoned]] = await told(street, visit_id)
    assert reckoned == ["服务了 25 分", "这类服务一次 1 小时 30 分，不论多久", "由谁支付：受助人付"]
    assert rules.payable(policy, 130, "shopping").to_pool == 10


@pytest.mark.parametrize(
    ("house", "told_so"),
    [
        (HousePolicy(redeem_after_minutes=6_000), "存满 100 小时 才能用；现在存过 10 小时，还差 90 小时"),
        (HousePolicy(redeem_age_min=60), "满 60 岁才能用存的时间"),
    ],
)
async def test_who_may_not_spend_yet_is_told_why_unless_somebody_else_pays(
    world: World, house: HousePolicy, told_so: str
) -> None:
    street = await move_in(world, house, SchemePolicy(recipient_age_min=0))
    young = await world.add_member("年轻", number="0199", birth_on=date(1990, 5, 1))
    async with world.database.begin({world.here}) as db:
        await hours.open_members(db, world.here, [young], house=house, actor_id=world.coordinator)
    await street.bring(young, 600)
    plan = NewPlan(
        scheme_id=street.scheme,
        category="clinic",
        helper_id=street.zhou,
        recipient_id=young,
        planned_from=NOW + timedelta(hours=2),
        planned_until=NOW + timedelta(hours=3),
    )
    with pytest.raises(Unfit) as unfit:
        await service.plan_visit(await world.call(), community_id=world.here, plan=plan)
    [field] = unfit.value.fields
    assert field.field == "recipient"
    assert isinstance(field.text, Text)
    assert told_so in say(field.text, "zh")
    async with world.database.begin({world.here}) as db:
        made = await schemes.add_scheme_policy(
            db,
            world.here,
            street.scheme,
            SchemePolicy(recipient_age_min=0, payer=Payer.GRANTS),
            date(2026, 11, 22),
            now=NOW,
            made_by=world.coordinator,
        )
        await agree(db, world, made)
    assert await service.plan_visit(await world.call(), community_id=world.here, plan=plan)


async def test_what_was_earned_counts_even_when_it_is_spent_and_what_was_taken_back_does_not(
    world: World,
) -> None:
    street = await move_in(world, HousePolicy())
    visit_id = await street.confirmed(120)
    await settle(street, visit_id)
    await street.spend(street.zhou, 10)
    async with world.database.begin({world.here}) as db:
        assert await banked(db, world.here, [street.zhou, street.feng, street.chen]) == {
            street.zhou: 120,
            street.feng: 600,
            street.chen: 0,
        }
    await correct(street, visit_id, 110, forced=True)
    async with world.database.begin({world.here}) as db:
        assert await banked(db, world.here, [street.zhou]) == {street.zhou: 110}


def test_stars_are_counted_by_what_was_banked() -> None:
    house = HousePolicy(star_minutes=(6_000, 18_000))
    assert [rules.stars(house, minutes) for minutes in (0, 5_999, 6_000, 17_999, 90_000)] == [0, 0, 1, 1, 2]
