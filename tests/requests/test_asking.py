"""People ask for help themselves or through a desk, and the desk reviews."""

from datetime import timedelta

import pytest

from tests.given import NOW, World
from tests.requests.given import TODAY, open_scheme, wish
from timebank.access.errors import OwnAffair
from timebank.core import clock
from timebank.core.errors import Forbidden, Invalid, NotFound, Stale
from timebank.core.provenance import Provenance
from timebank.people.model import Status as MemberStatus
from timebank.people.service import link_staff
from timebank.requests import service, tasks
from timebank.requests.errors import NoScheme, NotActive, RequestMoved
from timebank.requests.model import Kind, Status, Window
from timebank.schemes.model import SchemePolicy


async def test_a_member_asks_and_the_desk_reviews(world: World) -> None:
    await open_scheme(world)
    me = await world.add_member("冯伯")
    mine = world.call_of_member(me)
    made = await service.submit(
        mine,
        community_id=world.here,
        member_id=me,
        wish=wish(priority=3),
        provenance=Provenance.PAPER,
        publish=True,
    )
    asked = await service.one(mine, community_id=world.here, request_id=made)
    # A member neither publishes nor gives themselves precedence, and says so with their own hand.
    assert (asked.request.status, asked.request.wish.priority) == (Status.SUBMITTED, 0)
    assert asked.request.provenance is Provenance.APP
    desk = await world.call()
    await service.publish(desk, community_id=world.here, request_id=made, version=1)
    with pytest.raises(Stale):
        await service.reject(desk, community_id=world.here, request_id=made, version=1, reason="重复")
    await service.unpublish(desk, community_id=world.here, request_id=made, version=2)
    await service.reject(desk, community_id=world.here, request_id=made, version=3, reason="请找居委会")
    rejected = (await service.of_member(mine, community_id=world.here, member_id=me)).rows[0]
    assert (rejected.status, rejected.status_reason) == (Status.REJECTED, "请找居委会")
    await service.reconsider(desk, community_id=world.here, request_id=made, version=4)
    await service.withdraw(mine, community_id=world.here, request_id=made, version=5)


async def test_a_call_comes_in_and_is_published_at_once_and_only_once(world: World) -> None:
    scheme = await open_scheme(world)
    who = await world.add_member("冯伯")
    weekly = wish(kind=Kind.WEEKLY, windows=(Window(480, 720, weekday=2),))
    desk = await world.call(key="one-telephone-call")
    made = [
        await service.submit(
            desk,
            community_id=world.here,
            member_id=who,
            wish=weekly,
            provenance=Provenance.PHONE,
            publish=True,
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]
    listed = await service.list_requests(desk, community_id=world.here, statuses=[Status.PUBLISHED])
    assert [row.member.name for row in listed.page.rows] == ["冯伯"]
    assert listed.page.rows[0].request.wish.scheme_id == scheme
    assert listed.counts == {Status.PUBLISHED: 1}


async def test_nobody_asks_for_somebody_else_and_no_desk_for_itself(world: World) -> None:
    await open_scheme(world)
    me, other = await world.add_member("冯伯"), await world.add_member("陈婆")
    made = await service.submit(
        world.call_of_member(me),
        community_id=world.here,
        member_id=me,
        wish=wish(),
        provenance=Provenance.APP,
    )
    for stranger in (world.call_of_member(other), await world.call(world.neighbour)):
        with pytest.raises(Forbidden):
            await service.one(stranger, community_id=world.here, request_id=made)
    with pytest.raises(NotFound):
        await service.one(await world.call(world.administrator), community_id=world.there, request_id=made)
    await link_staff(
        await world.call(world.administrator),
        staff_id=world.coordinator,
        member_id=me,
        linked=True,
    )
    with pytest.raises(OwnAffair):
        await service.publish(await world.call(), community_id=world.here, request_id=made, version=1)
    await service.publish(await world.call(world.second), community_id=world.here, request_id=made, version=1)


async def test_what_cannot_be_served_is_refused_with_its_reason(world: World) -> None:
    young = await world.add_member("小李", birth_on=TODAY - timedelta(days=30 * 365))
    gone = await world.add_member("老何", status=MemberStatus.LEFT)
    desk = await world.call()
    ask = {"community_id": world.here, "provenance": Provenance.DESK}
    with pytest.raises(NoScheme):
        await service.submit(desk, member_id=young, wish=wish(), **ask)  # type: ignore[arg-type]
    await open_scheme(world, SchemePolicy(forbidden_categories=("clinic",)))
    with pytest.raises(Invalid) as refused:
        await service.submit(desk, member_id=young, wish=wish(), **ask)  # type: ignore[arg-type]
    assert refused.value.fields[0].field == "category"
    with pytest.raises(Invalid) as refused:
        await service.submit(desk, member_id=young, wish=wish(category="meal"), **ask)  # type: ignore[arg-type]
    assert refused.value.fields[0].field == "member_id"
    with pytest.raises(NotActive):
        await service.submit(desk, member_id=gone, wish=wish(category="meal"), **ask)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        await service.submit(desk, member_id=young, wish=wish(windows=()), **ask)  # type: ignore[arg-type]


async def test_a_request_is_put_differently_until_somebody_is_found(world: World) -> None:
    await open_scheme(world)
    who = await world.add_member("冯伯")
    desk = await world.call()
    made = await service.submit(
        desk, community_id=world.here, member_id=who, wish=wish(), provenance=Provenance.DESK, publish=True
    )
    await service.change(
        desk, community_id=world.here, request_id=made, wish=wish(duration_minutes=60), version=2
    )
    asked = await service.one(desk, community_id=world.here, request_id=made)
    assert (asked.request.wish.duration_minutes, asked.request.version) == (60, 3)
    with pytest.raises(Stale):
        await service.change(desk, community_id=world.here, request_id=made, wish=wish(), version=2)
    async with world.database.begin({world.here}) as db:
        await service.steps.mark_matched(db, [made], now=NOW)
    with pytest.raises(RequestMoved):
        await service.withdraw(desk, community_id=world.here, request_id=made, version=4)
    with pytest.raises(RequestMoved):
        await service.change(desk, community_id=world.here, request_id=made, wish=wish(), version=4)


async def test_at_night_what_is_past_its_last_day_ends(world: World) -> None:
    await open_scheme(world)
    who = await world.add_member("冯伯")
    made = await service.submit(
        await world.call(), community_id=world.here, member_id=who, wish=wish(), provenance=Provenance.DESK
    )
    later = NOW + timedelta(days=15)
    with clock.set_to(later):
        assert await tasks.expire(world.call_of_job(), later) == {"expired": 1}
        assert await tasks.expire(world.call_of_job(), later) == {"expired": 0}
        desk = await world.call()
        await service.reconsider(desk, community_id=world.here, request_id=made, version=2)
