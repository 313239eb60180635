"""Joining at retirement: 三个一、三对接, ticked off one by one; who is not finished is listed."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.given import PASSWORD, World, post_form, sign_in
from timebank.core.errors import Stale
from timebank.membership.retirement import service, steps
from timebank.membership.retirement.errors import DoneByNobody, ItemBeforeItsDay, NotRetiring
from timebank.membership.retirement.model import Done, Item, Retirement

ALL = list(Item)


async def begun(world: World, name: str = "黄工") -> UUID:
    member = await world.add_member(name)
    day = world.now.date()
    await service.begin_retirement(await world.call(), member_id=member, retired_on=day, version=0)
    return member


async def tick(world: World, member: UUID, item: Item, version: int, who: str = "老干科") -> int:
    done = Done(done_on=world.now.date(), who=who)
    return await service.tick(await world.call(), member_id=member, item=item, done=done, version=version)


async def look(world: World, member: UUID) -> Retirement:
    _, found = await service.retirement(await world.call(), member_id=member)
    assert found is not None
    return found


async def test_six_items_finish_a_checklist_and_one_taken_back_opens_it_again(world: World) -> None:
    member = await begun(world)
    for version, item in enumerate(ALL, 1):
        listed = await service.unfinished(await world.call(), community_id=world.here)
        assert [one.missing for one in listed] == [ALL[version - 1 :]]
        assert await tick(world, member, item, version) == version + 1
    assert await service.unfinished(await world.call(), community_id=world.here) == []
    with pytest.raises(Stale):
        await tick(world, member, Item.TALK, 6)
    await service.untick(await world.call(), member_id=member, item=Item.CEREMONY, version=7)
    assert (await look(world, member)).missing == [Item.CEREMONY]


async def test_what_is_refused_says_why(world: World) -> None:
    member = await begun(world)
    other = await world.add_member("没建清单的")
    with pytest.raises(NotRetiring):
        await tick(world, other, Item.TALK, 1)
    with pytest.raises(DoneByNobody):
        await tick(world, member, Item.TALK, 1, who=" ")
    late = Done(done_on=world.now.date().replace(day=30), who="老干科")
    with pytest.raises(ItemBeforeItsDay):
        await service.tick(await world.call(), member_id=member, item=Item.TALK, done=late, version=1)


async def test_a_record_that_merges_brings_its_checklist(world: World) -> None:
    kept, ended = await begun(world), await begun(world, "黄工程师")
    await tick(world, kept, Item.TALK, 1, who="留下的")
    await tick(world, ended, Item.TALK, 1, who="旧的")
    await tick(world, ended, Item.ACTIVITY, 2, who="旧的")
    async with world.database.begin({world.here}) as db:
        await steps.hand_over(db, from_id=ended, to_id=kept)
    found = await look(world, kept)
    assert {item: done.who for item, done in found.done.items()} == {
        Item.TALK: "留下的",
        Item.ACTIVITY: "旧的",
    }
    fresh = await world.add_member("新记录")
    async with world.database.begin({world.here}) as db:
        await steps.hand_over(db, from_id=kept, to_id=fresh)
    assert len((await look(world, fresh)).done) == 2


async def test_pages_tick_and_print_it(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member("黄工")
    await sign_in(client, "mo")
    path = f"/members/{member}/retirement"
    made = await post_form(
        client, path, {"retired_on": "2026-11-20", "retired_from": "水利所", "version": "0"}
    )
    assert made.status_code == 303
    said = {
        "item": "talk",
        "done_on": "2026-11-21",
        "who": "老干科 陈科",
        "note": "谈了一小时",
        "version": "1",
    }
    assert (await post_form(client, f"{path}/tick", said, seen=path)).status_code == 303
    page = (await client.get(path)).text
    assert "☑ 一次谈话" in page
    assert "老干科 陈科" in page
    assert "还差 5 项" in page
    assert "data-print" in page
    again = await post_form(client, f"{path}/tick", said | {"item": "ceremony"}, seen=path)
    assert again.status_code == 409
    future = said | {"item": "ceremony", "version": "2", "done_on": "2026-12-24"}
    refused = await post_form(client, f"{path}/tick", future, seen=path)
    assert refused.status_code == 422
    assert "还没到那天" in refused.text
    person = (await client.get(f"/members/{member}")).text
    assert "还差 5 项" in person
    listed = (await client.get("/members/retirements")).text
    assert "一个仪式、一次活动、对接服务管理、对接服务平台、对接社区" in listed


async def test_a_program_does_the_same(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member("黄工")
    token = (await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})).json()[
        "token"
    ]
    client.headers["authorization"] = f"Bearer {token}"
    here = f"/api/v1/communities/{world.here}"
    path = f"{here}/members/{member}/retirement"
    assert (await client.get(path)).json() is None
    begun = {"retired_on": "2026-11-20", "version": 0}
    assert (await client.put(path, json=begun)).json() == {"version": 1}
    assert (await client.put(path, json=begun)).status_code == 409
    again = {"retired_on": "2026-11-19", "retired_from": "水利所", "version": 1}
    assert (await client.put(path, json=again)).json() == {"version": 2}
    done = {"done_on": "2026-11-21", "who": "老干科", "version": 2}
    assert (await client.put(f"{path}/items/talk", json=done)).json() == {"version": 3}
    [row] = (await client.get(f"{here}/retirements")).json()
    assert row["missing"] == [str(item) for item in ALL if item is not Item.TALK]
    assert (await client.delete(f"{path}/items/talk?version=3")).json() == {"version": 4}
    assert (await client.delete(f"{path}/items/dance?version=4")).status_code == 422


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ("'talk', '2026-11-23', '老干科'", "retirement_item_before_its_day"),
        ("'talk', '2026-11-22', ' '", "retirement_item_done_by_nobody"),
    ],
)
async def test_the_database_refuses_by_the_same_names(world: World, values: str, rule: str) -> None:
    member = await begun(world)
    sent = f"""
        INSERT INTO timebank.retirement_items (community_id, member_id, item, done_on, who, by, noted_on, at)
        VALUES (:here, :member, {values}, :member, '2026-11-22', now())"""
    with pytest.raises(DBAPIError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(sent), {"here": world.here, "member": member})
