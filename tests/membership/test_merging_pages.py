"""What others see of two records that are one person's: pages, programs, rosters and opening balances."""

from datetime import date

import httpx
import pytest

from tests.given import World, post_form, sign_in
from tests.membership import test_opening as openings
from tests.membership.sheets import uploaded
from tests.membership.test_merging import merge
from tests.membership.test_roster import bring, everybody, look
from tests.visits.given import Street
from timebank.membership import service
from timebank.membership.model import Outcome


async def test_records_that_may_be_one_persons_are_listed_two_and_two(world: World) -> None:
    born = date(1949, 1, 1)
    first = await world.add_member("单安", birth_on=born)
    second = await world.add_member("单安", birth_on=born, phone="13800138000")
    third = await world.add_member("单安", phone="13800138000")
    await world.add_member("单安", birth_on=date(1950, 1, 1), phone="13800138000", community_id=world.there)
    await world.add_member("单安", birth_on=date(1951, 1, 1), phone="13800138000")
    await world.add_member("李四", birth_on=born)
    found = await service.alike(await world.call(), community_id=world.here)
    pairs = {frozenset((one.id, other.id)) for one, other in found}
    assert {frozenset((first, second)), frozenset((second, third))} <= pairs
    assert frozenset((first, third)) not in pairs
    assert len(pairs) == 3  # the last namesake and the third share a phone and contradict nothing


@pytest.mark.slow
async def test_a_desk_merges_two_records_on_the_pages(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in()
    await street.bring(street.chen, 45)
    await sign_in(client, "mo")
    which = await client.get(f"/members/{street.chen}/merge")
    assert "另一条记录" in which.text
    nobody = await client.get(f"/members/{street.chen}/merge", params={"other": "查无此人"})
    assert nobody.status_code == 422
    path = f"/members/{street.chen}/merge?other={street.feng}&keep={street.feng}"
    assert path.split("?", maxsplit=1)[0] in (await client.get(f"/members/{street.chen}/standing")).text
    page = (await client.get(f"/members/{street.chen}/merge", params={"other": "0102"})).text
    assert "0102 并入 0103" in page
    page = (await client.get(path)).text
    assert "合并以后不能撤回" in page
    assert "0103 并入 0102" in page
    form: dict[str, object] = {
        "other": str(street.feng),
        "keep": str(street.feng),
        "version": "1",
        "kept_version": "1",
    }
    without = await post_form(client, path.split("?", maxsplit=1)[0], form, seen=path)
    assert without.status_code == 422
    nobody = await post_form(client, path.split("?", maxsplit=1)[0], form | {"other": "冯伯"}, seen=path)
    assert nobody.status_code == 422
    assert "另一条记录" in nobody.text
    done = await post_form(
        client, path.split("?", maxsplit=1)[0], form | {"reason": "本人来核对过"}, seen=path
    )
    assert (done.status_code, done.headers["location"]) == (303, f"/members/{street.feng}")
    assert "并入这里的旧记录" in (await client.get(f"/members/{street.feng}")).text
    assert "这条记录已并入" in (await client.get(f"/members/{street.chen}")).text
    assert "已并入" in (await client.get("/members", params={"q": "0103"})).text
    assert "并入冯伯" in (await client.get(f"/accounts/{street.chen}")).text
    assert "陈婆" in (await client.get(f"/accounts/{street.feng}")).text
    acts = (await client.get("/acts", params={"about": str(street.feng)})).text
    assert "本人来核对过" in acts
    assert "没有看起来重复的记录" in (await client.get("/members/duplicates")).text


@pytest.mark.slow
async def test_a_program_merges_two_records_once(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in()
    answer = await client.post("/api/v1/logins", json={"user_name": "mo", "password": "榕树下的声音-1949"})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    base = f"/api/v1/communities/{world.here}"
    assert (await client.get(f"{base}/duplicates")).json() == []
    place = f"{base}/members/{street.chen}/merge"
    seen = (await client.get(place, params={"into": str(street.feng)})).json()
    assert (seen["minutes"], seen["obstacles"], seen["card"]) == (0, [], "none")
    body = {"into": str(street.feng), "kept_version": 1, "version": 1, "reason": "本人来核对过"}
    assert (await client.post(place, json=body)).status_code == 422  # without an Idempotency-Key
    for _ in range(2):
        done = await client.post(place, json=body, headers={"Idempotency-Key": "merge-0001"})
        assert (done.status_code, done.json()) == (200, {"id": str(street.feng)})
    again = await client.post(
        place, json=body | {"version": 2, "kept_version": 2}, headers={"Idempotency-Key": "merge-0002"}
    )
    assert (again.status_code, again.json()["code"]) == (422, "merge-refused")


@pytest.mark.slow
async def test_a_roster_with_the_old_number_means_the_kept_record_and_an_export_has_it_once(
    world: World,
) -> None:
    street = await Street(world).move_in()
    await street.bring(street.chen, 45)
    await merge(world, street.feng, street.chen)
    plan = (await look(world, uploaded(("会员号", "姓名", "电话"), ("0103", "冯伯", "13911110000")))).plan
    [row] = plan.rows
    assert (row.outcome, row.member.id if row.member else None, row.number) == (
        Outcome.CHANGED,
        street.feng,
        None,
    )
    assert row.notes[0].message == "会员号 {number} 已并入{member}，按那条记录办"
    twice = uploaded(("会员号", "姓名"), ("0102", "冯伯"), ("0103", "冯伯"))
    assert [one.outcome for one in (await look(world, twice)).plan.rows] == [
        Outcome.UNCHANGED,
        Outcome.REFUSED,
    ]
    exported = await service.export_roster(await world.call(), community_id=world.here)
    assert {member.id for member in exported} == {street.feng, street.zhou}
    await bring(world, ("会员号", "姓名", "电话"), ("103", "冯伯", "13911110000"))
    assert (await everybody(world))["冯伯"].number == "0102"


@pytest.mark.slow
async def test_hours_of_the_old_number_are_not_brought_a_second_time(world: World) -> None:
    street = await Street(world).move_in()
    headers = ("会员号", "姓名", "小时")
    await openings.sign(world, await openings.look(world, uploaded(headers, ("0103", "陈婆", 5))))
    await merge(world, street.feng, street.chen)
    again = uploaded(headers, ("0103", "陈婆", 5), ("0102", "冯伯", 5))
    by_old, by_new = (await openings.look(world, again)).rows
    assert by_old.outcome is Outcome.REFUSED
    assert "已并入" in by_old.reasons[0].text.message
    assert (by_new.outcome, by_new.there_minutes) == (Outcome.UNCHANGED, 300)
