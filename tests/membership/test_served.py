"""Who is helped and is no member: on record, without account or card, paid for by others; and may join later."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.given import NOW, World
from tests.membership.sheets import uploaded
from tests.membership.test_joining import apply, approve, two_approve
from tests.membership.test_merging import look_at, merge, refused
from tests.membership.test_roster import bring, everybody, look
from tests.people.test_delegates import appoint
from tests.requests.given import open_scheme, wish
from tests.visits.given import TODAY, Street
from tests.visits.holding import differences
from timebank.access import steps as access_steps
from timebank.access.delegates.model import Purpose
from timebank.core.errors import Invalid, TimebankError
from timebank.core.provenance import Provenance
from timebank.hours import queries as hours
from timebank.hours import service as hours_service
from timebank.hours.errors import MinutesLeft
from timebank.hours.gifts.service import give
from timebank.hours.model import Balance
from timebank.hours.resting import steps as resting
from timebank.hours.steps import apply_house_policy
from timebank.membership import service
from timebank.membership.errors import NoSuchMove, StillHelps
from timebank.membership.joining import service as joining
from timebank.membership.joining.errors import ApplicationRefused, SecondApprovalMissing
from timebank.membership.model import Outcome
from timebank.people import queries as people
from timebank.people import rules as people_rules
from timebank.people import service as people_service
from timebank.people.delegates import service as delegates
from timebank.people.errors import NotAMember
from timebank.people.model import Details, NewMember, Status
from timebank.requests import service as requests
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import Payer, SchemePolicy
from timebank.visits import service as visits
from timebank.visits.errors import Unfit
from timebank.visits.model import NewPlan, PaidBy, Served
from timebank.visits.model import Status as VisitStatus
from timebank.visits.service.entering import Entered

BY_THE_POOL = SchemePolicy(payer=Payer.POOL)


async def take_in(world: World, name: str = "何婆婆", **fields: object) -> UUID:
    """Somebody to be helped, written down at the desk."""
    details = Details(name=name, birth_on=date(1940, 5, 6), **fields)  # type: ignore[arg-type]
    return await joining.take_in(
        await world.call(), community_id=world.here, values=NewMember(details=details, status=Status.SERVED)
    )


async def move(world: World, who: UUID, to: Status) -> None:
    async with world.database.begin({world.here}) as db:
        version = (await people.member(db, who)).version
    await joining.move(await world.call(), member_id=who, to=to, version=version)


async def member(world: World, who: UUID) -> tuple[Status, bool, bool]:
    async with world.database.begin({world.here}) as db:
        found = await people.member(db, who)
    return found.status, found.details.is_helper, found.details.is_recipient


async def account(world: World, who: UUID) -> Balance | None:
    async with world.database.begin({world.here}) as db:
        return (await hours.balances(db, world.here, [who])).get(who)


async def serve(world: World, scheme: UUID, helper: UUID, recipient: UUID, minutes: int = 60) -> Entered:
    row = Served(
        category="clinic",
        helper_id=helper,
        recipient_id=recipient,
        served_on=TODAY - timedelta(days=1),
        minutes=minutes,
        scheme_id=scheme,
    )
    return await visits.enter(
        await world.call(), community_id=world.here, rows=[row], provenance=Provenance.PAPER, signed=True
    )


def reasons(error: pytest.ExceptionInfo[TimebankError]) -> str:
    fields = error.value.fields if isinstance(error.value, Invalid) else ()
    return " ".join([error.value.text.message, *(f"{one.field}: {one.text.message}" for one in fields)])


@pytest.mark.parametrize(
    ("status", "helps", "receives", "fits"),
    [
        (Status.SERVED, False, True, True),
        (Status.SERVED, True, True, False),
        (Status.SERVED, False, False, False),
        (Status.ACTIVE, True, False, True),
    ],
)
def test_who_is_served_only_receives(status: Status, helps: bool, receives: bool, fits: bool) -> None:
    details = Details(name="何婆婆", is_helper=helps, is_recipient=receives)
    assert people_rules.served_only_receives(status, details) is fits


def test_who_is_served_is_paid_for_by_others() -> None:
    barred = {payer for payer in Payer if scheme_rules.served_barrier(payer, Status.SERVED)}
    assert barred == {Payer.RECIPIENT}
    assert not any(scheme_rules.served_barrier(payer, Status.ACTIVE) for payer in Payer)


async def test_she_is_on_record_without_account_or_card(world: World) -> None:
    made = await take_in(world, address="榕树里 3 号", needs=("clinic",), emergency_name="女儿")
    assert await member(world, made) == (Status.SERVED, False, True)
    assert await account(world, made) is None
    with pytest.raises(NotAMember) as no_card:
        await people_service.issue_card(await world.call(), member_id=made)
    assert no_card.value.text.values == {"name": "何婆婆"}
    zhou = await world.add_member("周阿姨")
    with pytest.raises(NotAMember):
        await appoint(world, made, zhou)
    with pytest.raises(NotAMember):
        await hours_service.grant(
            await world.call(), community_id=world.here, member_id=made, minutes=60, reason="独居"
        )
    async with world.database.begin({world.here}) as db:
        found = await people.list_members(db, world.here, words="hpp", role="recipient")
        hard = await people.in_hardship(db, world.here)
    assert [one.id for one in found.rows] == [made]
    assert hard == []


async def test_those_in_hardship_are_looked_after_like_members(world: World) -> None:
    made = await take_in(world, hardship_tier=3)
    async with world.database.begin({world.here}) as db:
        assert [one.id for one in await people.in_hardship(db, world.here)] == [made]


async def test_as_a_helper_she_is_not_taken_in(world: World) -> None:
    with pytest.raises(Invalid) as error:
        await take_in(world, is_helper=True)
    assert "is_helper: 受助对象不是会员" in reasons(error)
    made = await take_in(world)
    changed = Details(name="何婆婆", is_helper=True)
    with pytest.raises(Invalid):
        await people_service.change_member(await world.call(), member_id=made, version=1, details=changed)
    plain = Details(name="何婆婆", phone="13800138000")
    await people_service.change_member(await world.call(), member_id=made, version=1, details=plain)
    assert await member(world, made) == (Status.SERVED, False, True)


async def test_helpers_earn_from_the_pool_and_nobody_else_pays(world: World) -> None:
    street = await Street(world).move_in()
    pool = await open_scheme(world, BY_THE_POOL, name="公益助老")
    made = await take_in(world)
    await street.spend(street.feng, 240)
    assert (await serve(world, pool, street.zhou, made)).posted == 1
    assert await street.balances() == (60, 360)
    assert await account(world, made) is None
    with pytest.raises(Invalid) as error:
        await serve(world, street.scheme, street.zhou, made)
    assert "recipient: 这个互助项目由受助人付时间，而受助对象不是会员，没有账户" in reasons(error)
    with pytest.raises(Invalid) as error:
        await serve(world, pool, made, street.feng)
    assert "helper: {name} 是受助对象，不是会员，不能去帮忙" in reasons(error)
    assert await differences(street) == []


async def test_what_the_pool_lacks_the_grants_account_may_pay_and_she_may_not(world: World) -> None:
    street = await Street(world).move_in()
    pool = await open_scheme(world, BY_THE_POOL, name="公益助老")
    made = await take_in(world)
    [outcome] = (await serve(world, pool, street.zhou, made)).outcomes
    assert outcome.visit.refusal is not None
    assert outcome.visit.refusal.code == "floor_breached"
    asked = {
        "community_id": world.here,
        "visit_id": outcome.visit.id,
        "version": outcome.visit.version,
        "reason": "公益时间池空了",
    }
    with pytest.raises(Invalid) as error:
        await visits.amend(await world.call(), **asked, paid_by=PaidBy.RECIPIENT)
    assert "paid_by: 这个互助项目由受助人付时间" in reasons(error)
    assert (await visits.amend(await world.call(), **asked, paid_by=PaidBy.GRANTS)).posted
    assert (await street.balances())[0] == 60


async def test_she_is_asked_for_where_others_pay(world: World) -> None:
    made = await take_in(world)
    await open_scheme(world)
    call = await world.call()
    asked = {"community_id": world.here, "member_id": made, "provenance": Provenance.PHONE}
    with pytest.raises(Invalid) as error:
        await requests.submit(call, **asked, wish=wish())
    assert "member_id: 这个互助项目由受助人付时间" in reasons(error)
    pool = await open_scheme(world, BY_THE_POOL, name="公益助老")
    request = await requests.submit(await world.call(), **asked, wish=wish(), publish=True)
    found = await requests.one(await world.call(), community_id=world.here, request_id=request)
    assert found.request.wish.scheme_id == pool


async def test_a_visit_to_her_is_planned_where_others_pay(world: World) -> None:
    street = await Street(world).move_in()
    pool = await open_scheme(world, BY_THE_POOL, name="公益助老")
    made = await take_in(world)

    def plan(scheme: UUID) -> NewPlan:
        at = NOW + timedelta(days=1)
        return NewPlan(
            scheme_id=scheme,
            category="clinic",
            helper_id=street.zhou,
            recipient_id=made,
            planned_from=at,
            planned_until=at + timedelta(hours=1),
        )

    with pytest.raises(Unfit):
        await visits.plan_visit(await world.call(), community_id=world.here, plan=plan(street.scheme))
    visit = await visits.plan_visit(await world.call(), community_id=world.here, plan=plan(pool))
    assert (await street.visit(visit)).status is VisitStatus.PLANNED


async def test_nobody_gives_her_minutes(world: World) -> None:
    street = await Street(world).move_in()
    made = await take_in(world)
    with pytest.raises(TimebankError):
        await give(
            await world.call(),
            community_id=world.here,
            member_id=street.feng,
            receiver_id=made,
            minutes=30,
            reason=None,
        )
    assert await street.balances() == (0, 600)


async def test_she_joins_at_zero_and_keeps_what_was_done_for_her(world: World) -> None:
    street = await Street(world).move_in()
    pool = await open_scheme(world, BY_THE_POOL, name="公益助老")
    made = await take_in(world)
    await street.spend(street.feng, 240)
    await serve(world, pool, street.zhou, made)
    await move(world, made, Status.ACTIVE)
    assert await account(world, made) == Balance(posted=0, held=0)
    listed = await visits.search(await world.call(), community_id=world.here, member_id=made)
    assert len(listed.rows) == 1
    await street.bring(made, 90)
    assert await serve(world, street.scheme, street.zhou, made)
    assert await account(world, made) == Balance(posted=30, held=0)


async def test_a_member_who_leaves_may_stay_to_be_helped_and_join_again(world: World) -> None:
    street = await Street(world).move_in()
    await people_service.issue_card(await world.call(), member_id=street.feng)
    await appoint(world, street.feng, street.chen, Purpose.ASK)
    with pytest.raises(MinutesLeft) as error:
        await move(world, street.feng, Status.SERVED)
    assert "转赠或捐给公益时间池" in reasons(error)
    await street.spend(street.feng, 600)
    await move(world, street.feng, Status.SERVED)
    assert await member(world, street.feng) == (Status.SERVED, False, True)
    async with world.database.begin({world.here}) as db:
        view = await hours.account(db, world.here, street.feng)
    assert (view.floor_minutes, view.ceiling_minutes, view.balance.posted) == (0, 0, 0)
    standing = await delegates.delegates(await world.call(), member_id=street.feng)
    assert standing.standing == []
    # The night's work gives everybody the limits of the house policy, and lets this account rest.
    async with world.database.begin({world.here}) as db:
        await apply_house_policy(db, world.here, on=TODAY, actor_id=world.coordinator)
        assert (await hours.account(db, world.here, street.feng)).ceiling_minutes == 0
    assert await differences(street) == []
    pool = await open_scheme(world, BY_THE_POOL, name="公益助老")
    assert (await serve(world, pool, street.zhou, street.feng)).posted == 1
    await move(world, street.feng, Status.ACTIVE)
    await street.bring(street.feng, 60)
    assert await account(world, street.feng) == Balance(posted=60, held=0)
    assert await differences(street) == []


async def test_who_has_promised_to_help_stays_a_member_until_it_is_over(world: World) -> None:
    street = await Street(world).move_in()
    [visit] = await street.plan()
    with pytest.raises(StillHelps) as error:
        await move(world, street.zhou, Status.SERVED)
    assert error.value.text.values == {"name": "周阿姨", "many": 1}
    await visits.cancel(
        await world.call(), community_id=world.here, visit_id=visit, version=1, reason="不去了"
    )
    await move(world, street.zhou, Status.SERVED)
    with pytest.raises(NoSuchMove):
        await move(world, street.zhou, Status.PAUSED)


async def test_the_database_refuses_what_the_rules_refuse(world: World) -> None:
    street = await Street(world).move_in()
    made = await take_in(world)

    async def refuses(constraint: str, statement: str, **values: object) -> None:
        with pytest.raises(DBAPIError, match=constraint):
            async with world.database.begin({world.here}) as db:
                await db.execute(text(statement), values)

    await refuses(
        "served_only_receives", "UPDATE timebank.members SET is_helper = true WHERE id = :who", who=made
    )
    ends = "UPDATE timebank.members SET status = 'served', is_helper = false WHERE id = :who"
    await refuses("has an account that moves", ends, who=street.feng)
    card = await people_service.issue_card(await world.call(), member_id=street.chen)
    async with world.database.begin({world.here}) as db:
        await resting.rest(db, world.here, street.chen, name="陈婆", actor_id=world.coordinator)
    await refuses("has a card", ends, who=street.chen)
    with pytest.raises(DBAPIError, match="has a card"):
        async with world.database.begin({world.here}) as db:
            await access_steps.issue_card(db, member_id=made, community_id=world.here, now=NOW)
    await refuses(
        "has a card",
        "UPDATE timebank.cards SET member_id = :who WHERE id = :card",
        who=made,
        card=card.card_id,
    )


async def test_a_list_of_them_comes_in_as_a_roster_and_goes_out_again(world: World) -> None:
    headers = ("姓名", "状态", "电话", "住址", "帮助别人")
    street = await Street(world).move_in()
    rows = [("何婆婆", "受助对象", "13800138001", "榕树里 1 号", None)]
    rows += [("刘伯", "只受助", None, "榕树里 2 号", "否"), ("叶叔", "服务对象", None, None, "是")]
    plan = await bring(world, headers, *rows)
    assert [row.outcome for row in plan.rows] == [Outcome.NEW, Outcome.NEW, Outcome.REFUSED]
    [why] = plan.rows[2].reasons
    assert "不能登记为帮助别人" in why.text.message
    found = await everybody(world)
    for name in ("何婆婆", "刘伯"):
        assert await member(world, found[name].id) == (Status.SERVED, False, True)
        assert await account(world, found[name].id) is None
    # A roster of members neither misses them nor ends a membership; it may let one join.
    again = await look(world, uploaded(headers, ("周阿姨", "受助对象", "13900000101", None, None)))
    assert [row.outcome for row in again.plan.rows] == [Outcome.REFUSED]
    assert {one.name for one in again.plan.missing} == {"冯伯", "陈婆"}
    await bring(world, headers, ("何婆婆", "在册", "13800138001", None, None))
    assert await account(world, found["何婆婆"].id) == Balance(posted=0, held=0)
    exported = await service.export_roster(await world.call(), community_id=world.here)
    assert {one.status for one in exported if one.name in ("何婆婆", "刘伯")} == {
        Status.ACTIVE,
        Status.SERVED,
    }
    assert await street.balances() == (0, 600)


async def test_two_records_of_her_become_one(world: World) -> None:
    first, second = await take_in(world), await take_in(world, phone="13800138000")
    await open_scheme(world, BY_THE_POOL, name="公益助老")
    await requests.submit(
        await world.call(),
        community_id=world.here,
        member_id=second,
        wish=wish(),
        provenance=Provenance.PHONE,
    )
    assert (await look_at(world, first, second)).minutes is None
    await merge(world, first, second)
    assert await member(world, first) == (Status.SERVED, False, True)
    mine = await requests.of_member(await world.call(), community_id=world.here, member_id=first)
    assert len(mine.rows) == 1


async def test_her_record_ends_in_that_of_the_member_she_is(world: World) -> None:
    street = await Street(world).move_in()
    made = await take_in(world, "冯伯", needs=("stairs",))
    assert "没有账户；{ended}有账户，请保留" in await refused(world, made, street.feng)
    await merge(world, street.feng, made)
    assert await street.balances() == (0, 600)
    async with world.database.begin({world.here}) as db:
        kept = await people.member(db, street.feng)
    assert (kept.status, kept.details.is_helper, kept.details.needs) == (Status.ACTIVE, True, ("stairs",))
    assert await differences(street) == []


async def test_the_record_of_a_former_member_ends_in_the_other_with_its_resting_account(world: World) -> None:
    street = await Street(world).move_in(feng_brings=0)
    await move(world, street.feng, Status.SERVED)
    made = await take_in(world, "冯伯")
    await merge(world, made, street.feng)
    async with world.database.begin({world.here}) as db:
        assert (await hours.account(db, world.here, street.feng)).closed
    assert await member(world, made) == (Status.SERVED, False, True)


async def test_where_two_approve_she_applies_and_is_taken_in_by_both(world: World) -> None:
    await two_approve(world)
    made = await take_in(world)
    with pytest.raises(SecondApprovalMissing):
        await move(world, made, Status.ACTIVE)
    listed = await look(world, uploaded(("姓名", "出生日期", "状态"), ("何婆婆", "1940-05-06", "在册")))
    assert [row.outcome for row in listed.plan.rows] == [Outcome.REFUSED]
    await move(world, made, Status.APPLIED)
    await approve(world, made, 1)
    assert await account(world, made) is None
    await approve(world, made, 2, world.second)
    assert (await member(world, made))[0] is Status.ACTIVE
    assert await account(world, made) == Balance(posted=0, held=0)


async def test_who_was_refused_may_be_helped_and_is_no_member_by_that(world: World) -> None:
    made = await apply(world)
    await joining.refuse(
        await world.call(), community_id=world.here, member_id=made, version=1, reason="不住本社区"
    )
    await move(world, made, Status.SERVED)
    assert await member(world, made) == (Status.SERVED, False, True)
    with pytest.raises(ApplicationRefused):
        await move(world, made, Status.ACTIVE)
    assert [one.member.id for one in await joining.refused(await world.call(), community_id=world.here)] == [
        made
    ]
    await joining.reopen(
        await world.call(), community_id=world.here, member_id=made, version=2, reason="搬来了"
    )
    assert (await member(world, made))[0] is Status.APPLIED
