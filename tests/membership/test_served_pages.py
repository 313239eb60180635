"""Somebody to be helped at the desk: a short form, a tag in the list, a page without account and card."""

from uuid import UUID

import httpx
import pytest

from tests.given import PASSWORD, World, post_form, sign_in
from tests.membership.test_served import move, take_in
from tests.visits.given import Street
from timebank.core.ids import new_id
from timebank.people.model import Status

SHORT = "/members/new?status=served"


@pytest.mark.slow
async def test_a_desk_takes_her_in_by_the_short_form(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    assert SHORT in (await client.get("/members")).text
    wrong = await post_form(
        client, "/members/new", {"status": "served", "name": "何婆婆", "phone": "打村口"}, seen=SHORT
    )
    assert wrong.status_code == 422
    assert "会做什么" not in wrong.text  # the short form again, with what was typed
    assert 'value="何婆婆"' in wrong.text
    form = {
        "status": "served",
        "name": "何婆婆",
        "phone": "13800138001",
        "address": "榕树里 3 号",
        "needs": ["clinic", "stairs"],
        "emergency_name": "女儿",
        "emergency_phone": "13800138002",
    }
    made = await post_form(client, "/members/new", form, seen=SHORT)
    assert made.status_code == 303
    page = (await client.get(made.headers["location"])).text
    for said in ("受助对象", "没有账户", "由公益时间池或发放户付时间", "陪诊", "女儿", "办理入会"):
        assert said in page
    for said in ("发卡、补卡、挂失", "办理转赠", "代办人"):
        assert said not in page
    listed = (await client.get("/members", params={"q": "何婆婆"})).text
    assert '<span class="tag amber">受助对象</span>' in listed
    assert "何婆婆" in (await client.get("/members", params={"status": "served"})).text
    edit = (await client.get(f"{made.headers['location']}/edit")).text
    assert 'name="roles"' not in edit
    saved = await post_form(
        client,
        f"{made.headers['location']}/edit",
        {"version": "1", "seen": "{}", "name": "何婆婆", "address": "榕树里 4 号"},
    )
    assert saved.status_code == 303
    assert "榕树里 4 号" in (await client.get(made.headers["location"])).text


@pytest.mark.slow
async def test_the_whole_form_has_the_same_choice(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    helper = {"status": "served", "name": "何婆婆", "roles": ["helper"]}
    refused = await post_form(client, "/members/new", helper)
    assert refused.status_code == 422
    assert "不能登记为帮助别人" in refused.text
    made = await post_form(client, "/members/new", {"status": "served", "name": "何婆婆"})
    assert made.status_code == 303


@pytest.mark.slow
async def test_a_desk_lets_her_join_and_a_member_stay_to_be_helped(
    client: httpx.AsyncClient, world: World
) -> None:
    street = await Street(world).move_in()
    made = await take_in(world)
    await sign_in(client, "mo")
    path = f"/members/{made}/standing"
    assert "账户从零开始" in (await client.get(path)).text
    joined = await post_form(client, path, {"to": "active", "version": "1"})
    assert joined.status_code == 303
    assert "没有账户" not in (await client.get(f"/members/{made}")).text
    path = f"/members/{street.feng}/standing"
    assert "不入会，只受助" in (await client.get(path)).text
    refused = await post_form(client, path, {"to": "served", "version": "1"})
    assert refused.status_code == 422
    assert "冯伯的余额是 10 小时，预留 0 分" in refused.text
    assert (await post_form(client, path, {"to": "paused", "version": "1"})).status_code == 303


async def test_a_visit_to_her_is_planned_from_her_page(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in()
    await street.spend(street.feng, 600)
    await move(world, street.feng, Status.SERVED)
    await sign_in(client, "mo")
    assert f"/visits/new?recipient_id={street.feng}" in (await client.get(f"/members/{street.feng}")).text
    # What was in her passbook while she was a member can still be read.
    assert (await client.get(f"/accounts/{street.feng}")).status_code == 200


async def test_a_program_takes_her_in_and_lets_her_go(client: httpx.AsyncClient, world: World) -> None:
    answer = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    base = f"/api/v1/communities/{world.here}/members"

    async def post(path: str, body: dict[str, object]) -> httpx.Response:
        return await client.post(f"{base}{path}", json=body, headers={"idempotency-key": new_id().hex})

    refused = await post("", {"name": "何婆婆", "status": "served", "is_helper": True})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "is_helper")
    made = UUID((await post("", {"name": "何婆婆", "status": "served"})).json()["id"])
    record = (await client.get(f"{base}/{made}")).json()
    assert (record["status"], record["is_helper"], record["is_recipient"]) == ("served", False, True)
    assert [row["status"] for row in (await client.get(base)).json()["rows"]] == ["served"]
    assert (await client.get(f"{base}/{made}/balance")).status_code == 404
    no_card = await post(f"/{made}/cards", {})
    assert (no_card.status_code, no_card.json()["code"]) == (409, "not-a-member")
    assert (await post(f"/{made}/status", {"to": "left", "version": record["version"]})).status_code == 200
