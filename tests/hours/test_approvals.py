"""Rules take two people, on pages and through the API; nobody loses hours by new limits unsaid."""

import httpx

from tests.given import PASSWORD, World, post_form, sign_in
from tests.hours.given import settled_book
from tests.schemes.test_pages import FIELDS

HOUSE: dict[str, object] = {
    "in_force_from": "2026-11-22",
    "overdraft_hours": "0",
    "ceiling_hours": "750",
    "unit_name": "小时",
    "unit_minutes": "60",
}


async def test_a_second_coordinator_sees_what_would_change_and_agrees(
    client: httpx.AsyncClient, world: World
) -> None:
    book = await settled_book(world)
    await sign_in(client, "mo")
    assert (await post_form(client, "/schemes/house", HOUSE)).status_code == 303
    later = HOUSE | {"in_force_from": "2026-11-23", "ceiling_hours": "700", "overflow_to": "pool"}
    said = await post_form(client, "/schemes/house", later)
    assert "另一个人批准以后" in (await client.get(said.headers["location"])).text
    own = (await client.get("/schemes/approvals")).text
    assert "这一版规则是您自己定的" in own
    assert "批准这一版" not in own
    assert "等您批准的规则" not in (await client.get("/today")).text
    await sign_in(client, "mai")
    assert "等您批准的规则" in (await client.get("/today")).text
    page = (await client.get("/schemes/approvals")).text
    assert "<td>存储上限</td><td>750 小时</td><td><b>700 小时</b></td>" in page
    assert "<td>最低余额</td>" not in page
    place = page.split('action="/schemes/approvals/', 1)[1].split('"', 1)[0]
    agreed = await post_form(
        client,
        f"/schemes/approvals/{place}",
        {"community_id": str(world.here)},
        seen="/schemes/approvals",
    )
    assert agreed.status_code == 303
    assert "没有等批准的规则" in (await client.get("/schemes/approvals")).text
    house = (await client.get("/schemes/house")).text
    assert "由 麦协调 批准于" in house
    again = await post_form(
        client, f"/schemes/approvals/{place}", {"community_id": str(world.here)}, seen="/schemes"
    )
    assert again.status_code == 422
    assert "上限 750 小时" in (await client.get(f"/accounts/{book.li}")).text


async def test_next_door_may_be_the_second_person_and_sees_no_balances(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, "mo")
    scheme = (await post_form(client, "/schemes/new", FIELDS)).headers["location"]
    change = {name: value for name, value in FIELDS.items() if name != "name"}
    change |= {"in_force_from": "2026-11-22", "tolerance_minutes": "5"}
    assert (await post_form(client, f"{scheme}/policy", change)).status_code == 303
    assert "规则第 1 版" in (await client.get(scheme)).text
    await sign_in(client, "he")
    page = (await client.get("/schemes/approvals")).text
    assert "榕树社区" in page
    place = page.split('action="/schemes/approvals/', 1)[1].split('"', 1)[0]
    sent = {"community_id": str(world.here), "scheme_id": scheme.rsplit("/", 1)[1]}
    agreed = await post_form(client, f"/schemes/approvals/{place}", sent, seen="/schemes/approvals")
    assert agreed.status_code == 303
    await sign_in(client, "mo")
    shown = (await client.get(scheme)).text
    assert "规则第 2 版" in shown
    assert "由 何协调 批准于" in shown


async def test_limits_that_leave_somebody_outside_are_said_aloud(
    client: httpx.AsyncClient, world: World
) -> None:
    await settled_book(world)
    await sign_in(client, "mo")
    low = HOUSE | {"ceiling_hours": "1"}
    refused = await post_form(client, "/schemes/house", low)
    assert refused.status_code == 422
    assert "有 1 人的余额在新的限度以外，一共 7 小时 58 分" in refused.text
    assert (await post_form(client, "/schemes/house", low | {"kept_outside": "true"})).status_code == 303
    assert "照旧，只能往回" in (await client.get("/schemes/house")).text


async def test_the_api_has_the_same_two_people(client: httpx.AsyncClient, world: World) -> None:
    base = f"/api/v1/communities/{world.here}"
    desks = {}
    for user in ("mo", "mai"):
        answer = await client.post("/api/v1/logins", json={"user_name": user, "password": PASSWORD})
        desks[user] = {"authorization": f"Bearer {answer.json()['token']}"}
    body = {"in_force_from": "2026-11-22", "policy": {}}
    for day in ("2026-11-22", "2026-11-23"):
        made = await client.post(
            f"{base}/house-policies", json=body | {"in_force_from": day}, headers=desks["mo"]
        )
        assert made.status_code == 201
    place = f"{base}/house-policies/{made.json()['id']}/approve"
    refused = await client.post(place, headers=desks["mo"])
    assert (refused.status_code, refused.json()["code"]) == (403, "policy-approved-by-maker")
    assert (await client.post(place, headers=desks["mai"])).status_code == 204
    [second, first] = (await client.get(f"{base}/house-policies", headers=desks["mo"])).json()
    assert [one["needs_approval"] for one in (first, second)] == [False, True]
    assert second["approved_at"] is not None
