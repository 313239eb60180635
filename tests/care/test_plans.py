"""Care plans in the database and at the desk: begun, changed, reviewed, ended, merged, forgotten, printed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.given import NOW, World, post_form, sign_in
from tests.membership.test_deaths import die, joined
from tests.membership.test_merging import merge
from tests.visits.given import TODAY, Street
from timebank.care import steps
from timebank.care.plans import queries, rules, service
from timebank.care.plans.errors import NotForPlan, PlanAlready, PlanEnded
from timebank.care.plans.model import How, Plan, PlanPage, Seat
from timebank.care.profile import service as profile
from timebank.care.profile.model import Entitlement
from timebank.core import clock
from timebank.core.errors import Forbidden, Invalid, NotFound, Stale
from timebank.membership.deaths.rules import THANKS
from timebank.people.model import Status

LATER = TODAY + timedelta(days=90)
PLAN = Plan(goals=("每天有一顿热饭", "按时吃药"), review_on=LATER, word="独居，腿脚不便")


async def begun(world: World, member: UUID, plan: Plan = PLAN) -> UUID:
    return await service.begin_plan(await world.call(), community_id=world.here, member_id=member, plan=plan)


async def page(world: World, plan: UUID, number: int | None = None) -> PlanPage:
    return await service.one_plan(await world.call(), community_id=world.here, plan_id=plan, number=number)


async def ended(world: World, plan: UUID, *, version: int = 1) -> None:
    await service.end_plan(
        await world.call(), community_id=world.here, plan_id=plan, reason="搬去女儿家", version=version
    )


async def wrong_with(world: World, plan: Plan) -> list[tuple[str, int | None]]:
    member = await world.add_member("冯伯")
    with pytest.raises(Invalid) as refused:
        await begun(world, member, plan)
    return [(one.field, one.row) for one in refused.value.fields]


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("何姑 送午饭", ("何姑", None, "送午饭")),
        ("0012 周二 送午饭", ("0012", None, "周二 送午饭")),
        ("何姑（0012） 送午饭", ("何姑", "0012", "送午饭")),
        ("莫协调(staff)：管方案", ("莫协调", "staff", "管方案")),
        ("何姑", None),
        ("", None),
    ],
)
def test_a_line_says_who_and_what(line: str, read: tuple[str, str | None, str] | None) -> None:
    assert rules.read_line(line) == read


async def test_every_version_is_kept_and_a_review_is_one(world: World) -> None:
    feng, he = await world.add_member("冯伯"), await world.add_member("何姑")
    plan = await begun(world, feng, replace(PLAN, team=(Seat("送饭", member_id=he),)))
    call = await world.call()
    ask: dict[str, Any] = {"community_id": world.here, "plan_id": plan}
    staffed = replace(PLAN, goals=("学会用手机",), team=(Seat("管方案", staff_id=world.coordinator),))
    await service.change_plan(call, plan=staffed, version=1, **ask)
    with clock.set_to(NOW + timedelta(days=90)):
        due = await service.list_plans(await world.call(), community_id=world.here)
        assert [line.view.is_due(LATER) for line in due.rows] == [True]
        again = LATER + timedelta(days=60)
        await service.review_plan(await world.call(), word="会看视频了", review_on=again, version=2, **ask)
    found = await page(world, plan)
    assert [(one.number, one.how) for one in found.versions] == [
        (3, How.REVIEWED),
        (2, How.WRITTEN),
        (1, How.WRITTEN),
    ]
    assert (found.view.latest.plan.goals, found.view.latest.plan.word) == (("学会用手机",), "会看视频了")
    assert [(one.name, one.seat.part) for one in found.team] == [("莫协调", "管方案")]
    first = await page(world, plan, 1)
    assert [(one.name, one.seat.part) for one in first.team] == [("何姑", "送饭")]
    assert first.view.latest.plan.goals == PLAN.goals
    async with world.database.begin({world.here}) as db:
        assert await queries.due(db, world.here, LATER) == []
        assert len(await queries.due(db, world.here, again)) == 1
    with pytest.raises(Stale):
        await service.change_plan(call, plan=PLAN, version=2, **ask)
    with pytest.raises(NotFound):
        await page(world, plan, 9)


async def test_one_person_has_one_running_plan(world: World) -> None:
    feng = await world.add_member("冯伯")
    plan = await begun(world, feng)
    with pytest.raises(PlanAlready):
        await begun(world, feng)
    await ended(world, plan)
    with pytest.raises(PlanEnded):
        await ended(world, plan)
    with pytest.raises(PlanEnded):
        await service.change_plan(
            await world.call(), community_id=world.here, plan_id=plan, plan=PLAN, version=1
        )
    second = await begun(world, feng)
    mine = await service.plans_of(await world.call(), community_id=world.here, member_id=feng)
    assert [view.id for view in mine] == [second, plan]
    over = await service.list_plans(await world.call(), community_id=world.here, ended=True)
    assert [(line.view.id, line.view.ended is not None) for line in over.rows] == [(plan, True)]
    left = await world.add_member("梁伯", status=Status.LEFT)
    with pytest.raises(NotForPlan):
        await begun(world, left)


async def test_a_long_list_goes_on_where_it_stopped(world: World) -> None:
    for n in range(5):
        member = await world.add_member(f"会员{n}")
        await begun(world, member, replace(PLAN, review_on=LATER + timedelta(days=n % 2)))
    async with world.database.begin({world.here}) as db:
        first = await queries.list_plans(db, world.here, limit=3)
        rest = await queries.list_plans(db, world.here, limit=3, after=first.after)
    assert (len(first.rows), len(rest.rows), rest.after) == (3, 2, None)
    assert len({line.view.id for line in (*first.rows, *rest.rows)}) == 5


async def test_what_is_wrong_with_a_plan_is_named_by_field_and_line(world: World) -> None:
    he, far = await world.add_member("何姑"), await world.add_member("远", community_id=world.there)
    gone = await world.add_member("走了", status=Status.LEFT)
    seats = (
        Seat("送饭", member_id=he),
        Seat("", member_id=he),
        Seat("送饭", member_id=far),
        Seat("送饭"),
        Seat("送饭", member_id=he, staff_id=world.coordinator),
        Seat("管", staff_id=world.neighbour),
        Seat("送饭", member_id=gone),
    )
    assert await wrong_with(world, replace(PLAN, team=seats)) == [("team", row) for row in range(2, 8)]
    assert await wrong_with(world, replace(PLAN, goals=())) == [("goals", None)]
    assert await wrong_with(world, replace(PLAN, goals=("好", "长" * 201))) == [("goals", 2)]
    assert await wrong_with(world, replace(PLAN, review_on=TODAY)) == [("review_on", None)]
    assert await wrong_with(world, replace(PLAN, request_ids=(uuid4(),))) == [("request_ids", None)]
    feng = await world.add_member("冯伯")
    with pytest.raises(Invalid):
        await begun(world, feng, replace(PLAN, team=(Seat("自己", member_id=feng),)))
    plan = await begun(world, feng)
    with pytest.raises(Invalid):
        await service.review_plan(
            await world.call(),
            community_id=world.here,
            plan_id=plan,
            word="好",
            review_on=TODAY,
            version=1,
        )


async def test_only_the_desk_of_the_community(world: World) -> None:
    feng = await world.add_member("冯伯")
    plan = await begun(world, feng)
    for who in (
        await world.call(world.auditor),
        world.call_of_member(feng),
        await world.call(world.neighbour),
    ):
        with pytest.raises((Forbidden, NotFound)):
            await service.one_plan(who, community_id=world.here, plan_id=plan)
    with pytest.raises(NotFound):
        await service.one_plan(await world.call(world.neighbour), community_id=world.there, plan_id=plan)


async def test_of_two_records_that_merge_one_plan_runs_on(world: World) -> None:
    street = await Street(world).move_in()
    kept, ending = await begun(world, street.feng), await begun(world, street.chen)
    helped = await begun(world, street.zhou, replace(PLAN, team=(Seat("送饭", member_id=street.chen),)))
    await merge(world, street.feng, street.chen)
    mine = await service.plans_of(await world.call(), community_id=world.here, member_id=street.feng)
    assert [(view.id, view.ended is None) for view in mine] == [(kept, True), (ending, False)]
    assert [one.name for one in (await page(world, helped)).team] == ["冯伯"]
    async with world.database.begin({world.here}) as db:
        await steps.forget(db, street.feng)
        assert await queries.plans_of(db, world.here, street.feng) == []
    assert (await page(world, helped)).team == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE timebank.care_plans SET ended_on = begun_on", "plan_ended"),
        (
            "UPDATE timebank.care_plans SET ended_on = begun_on - 1, ended_because = '', ended_by = member_id",
            "plan_ends_after_it_begins",
        ),
        ("UPDATE timebank.care_plan_versions SET goals = '{}'", "plan_has_a_goal"),
        ("UPDATE timebank.care_plan_versions SET review_on = written_on", "plan_reviewed_later"),
        ("UPDATE timebank.care_plan_versions SET how = 'said'", "plan_version_how"),
        ("UPDATE timebank.care_seats SET member_id = gen_random_uuid()", "seat_is_one_persons"),
        (
            """INSERT INTO timebank.care_plans (id, community_id, member_id, begun_on, version)
            SELECT gen_random_uuid(), community_id, member_id, begun_on, 1 FROM timebank.care_plans""",
            "plan_already",
        ),
    ],
)
async def test_the_database_refuses_what_the_rules_refuse(world: World, statement: str, rule: str) -> None:
    seat = Seat("管方案", staff_id=world.coordinator)
    await begun(world, await world.add_member("冯伯"), replace(PLAN, team=(seat,)))
    with pytest.raises(IntegrityError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(statement))


@pytest.mark.slow
async def test_a_coordinator_makes_a_plan_reviews_and_prints_it(
    client: httpx.AsyncClient, world: World
) -> None:
    feng = await world.add_member("冯伯", number="0007")
    await world.add_member("何姑", number="0008", phone="13900001234")
    await world.add_member("陈婆", number="0009")
    await world.add_member("陈婆", number="0010")
    await sign_in(client, "mo")
    assert "订立方案" in (await client.get(f"/members/{feng}")).text
    at = f"/members/{feng}/care-plans/new"
    sent = {"goals": "每天有一顿热饭\n\n 按时 吃药 ", "review_on": str(LATER), "word": "独居"}
    team = "陈婆 陪聊\n没有的人 送饭\n何姑\n\n何姑 送饭"
    wrong = await post_form(client, at, sent | {"team": team})
    assert wrong.status_code == 422
    for words in ("“陈婆”可能是", "0010", "本社区没有“没有的人”", "“何姑”请写成", "按时 吃药"):
        assert words in wrong.text, words
    made = await post_form(client, at, sent | {"team": "0008 送饭\n陈婆（0010） 陪聊\n莫协调 管方案"})
    assert made.status_code == 303
    one = made.headers["location"]
    plan = (await client.get(one)).text
    assert all(words in plan for words in ("何姑", "0010", "莫协调", "按时 吃药", "独居", "第 1 版"))

    edit = (await client.get(f"{one}/edit")).text
    assert "何姑（0008） 送饭\n陈婆（0010） 陪聊\n莫协调（工作人员） 管方案" in edit
    again = sent | {"team": "莫协调（工作人员） 管方案", "version": "1", "goals": "学会用手机"}
    assert (await post_form(client, f"{one}/edit", again, seen=f"{one}/edit")).status_code == 303
    stale = await post_form(client, f"{one}/edit", again | {"goals": "别的"}, seen=f"{one}/edit")
    assert (stale.status_code, "刚才有人改过" in stale.text) == (422, True)
    none = await post_form(client, f"{one}/review", {"version": "2", "review_on": str(LATER)}, seen=one)
    assert none.status_code == 422
    review = {"version": "2", "word": "会打电话了", "review_on": str(LATER + timedelta(days=1))}
    assert (await post_form(client, f"{one}/review", review, seen=one)).status_code == 303
    assert "每天有一顿热饭" in (await client.get(f"{one}?version=1")).text
    assert "每天有一顿热饭" not in (await client.get(one)).text

    sheet = (await client.get(f"{one}/sheet")).text
    assert all(words in sheet for words in ("冯伯", "学会用手机", "莫协调", "协调员签名"))
    assert "会打电话了" not in sheet
    with clock.set_to(NOW + timedelta(days=95)):
        await sign_in(client, "mo")
        assert "的方案该复评了" in (await client.get("/today")).text
        assert "该复评了" in (await client.get("/care/plans")).text
        wrong = await post_form(client, f"{one}/end", {"version": "3"}, seen=one)
        assert wrong.status_code == 422
        late = await post_form(client, f"{one}/end", {"version": "2", "reason": "搬走"}, seen=one)
        assert late.status_code == 409
        off = await post_form(client, f"{one}/end", {"version": "3", "reason": "搬去女儿家"}, seen=one)
        assert off.status_code == 303
        assert "该复评" not in (await client.get("/today")).text
        assert "搬去女儿家" in (await client.get("/care/plans?ended=true")).text
        client.cookies.set("lang", "en")
        assert "Care plan of" in (await client.get(one)).text


async def test_the_plan_of_who_has_died_ends_with_thanks_and_nothing_of_theirs_falls_due(
    world: World,
) -> None:
    old = await joined(world, "老许")
    plan = await begun(world, old)
    entitlement = Entitlement(title="高龄津贴", due_on=TODAY)
    call = await world.call()
    await profile.entitle(call, community_id=world.here, member_id=old, entitlement=entitlement)
    await die(world, old)
    ended = (await page(world, plan)).view.ended
    assert ended is not None
    assert (ended.on, ended.because) == (TODAY, THANKS)
    assert (await profile.due(call, community_id=world.here, by=TODAY)).entitlements == []
