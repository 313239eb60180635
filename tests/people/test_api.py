"""Programs keep members through the API."""

from uuid import UUID

import httpx
import pytest

from tests.given import PASSWORD, World


async def _sign_in(client: httpx.AsyncClient, user: str = "mo") -> None:
    answer = await client.post("/api/v1/logins", json={"user_name": user, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"


@pytest.mark.slow
async def test_a_member_is_read_changed_and_not_overwritten(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member("陈阿婆", phone="13800138000", id_number="99999919490101006X")
    await _sign_in(client)
    base = f"/api/v1/communities/{world.here}/members"
    listed = (await client.get(base, params={"q": "chenb"})).json()
    assert listed["rows"] == []
    [row] = (await client.get(base, params={"q": "cap"})).json()["rows"]
    assert (UUID(row["id"]), row["phone"]) == (member, "138****8000")
    known = (await client.get(f"{base}/{member}")).json()
    assert (known["version"], known["id_mask"]) == (1, "999999********006X")
    changes = {"name": "陈阿婆", "phone": "0769-22223333", "skills": ["clinic", "会吹笛子"], "version": 1}
    assert (await client.put(f"{base}/{member}", json=changes)).json() == {"version": 2}
    again = await client.put(f"{base}/{member}", json=changes)
    assert (again.status_code, again.json()["code"]) == (409, "changed-meanwhile")
    unknown = await client.put(f"{base}/{member}", json=changes | {"salary": 1, "hardship_tier": 9})
    assert {e["field"] for e in unknown.json()["errors"]} == {"salary", "hardship_tier"}


@pytest.mark.slow
async def test_weeks_absences_and_pairs_to_avoid_go_through_the_api(
    client: httpx.AsyncClient, world: World
) -> None:
    member, other = await world.add_member("甲一"), await world.add_member("乙二")
    await _sign_in(client)
    base = f"/api/v1/communities/{world.here}/members/{member}"
    week = {"windows": [{"weekday": 0, "from_minute": 540, "to_minute": 660}]}
    put = await client.put(f"{base}/availability", json=week | {"version": 1})
    assert put.json() == {"version": 2}
    sea = {"from_on": "2026-03-01", "until_on": "2026-10-31", "kind": "sea"}
    made = await client.post(f"{base}/absences", json=sea)
    assert made.status_code == 201
    assert (await client.post(f"{base}/absences", json=sea)).status_code == 422
    assert (await client.put(f"{base}/apart/{other}", json={"reason": "争执"})).status_code == 204
    other_reason = await client.put(f"{base}/apart/{other}", json={"reason": "旧怨"})
    assert (other_reason.status_code, other_reason.json()["code"]) == (409, "apart-already")
    known = (await client.get(base)).json()
    assert (known["availability"], known["availability_version"]) == (week["windows"], 2)
    assert known["absences"][0]["kind"] == "sea"
    assert known["apart"] == [{"member_id": str(other), "name": "乙二", "reason": "争执"}]
    assert (await client.delete(f"{base}/absences/{made.json()['id']}")).status_code == 204
    assert (await client.delete(f"{base}/apart/{other}")).status_code == 204
    known = (await client.get(base)).json()
    assert (known["absences"], known["apart"]) == ([], [])


@pytest.mark.slow
async def test_who_may_not_is_told_so(client: httpx.AsyncClient, world: World) -> None:
    here = await world.add_member()
    there = await world.add_member(community_id=world.there)
    base = "/api/v1/communities"
    assert (await client.get(f"{base}/{world.here}/members")).status_code == 401
    await _sign_in(client)
    assert (await client.get(f"{base}/{world.there}/members")).status_code == 403
    for community in (world.here, world.there):
        assert (await client.get(f"{base}/{community}/members/{there}")).status_code == 404
    await _sign_in(client, "auditor")
    assert (await client.get(f"{base}/{world.here}/members/{here}")).status_code == 403
    await _sign_in(client, "admin")
    assert (await client.get(f"{base}/{world.here}/members/{there}")).status_code == 404
    assert (await client.get(f"{base}/{world.there}/members/{there}")).status_code == 200


async def test_a_card_is_made_and_stopped(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member()
    await _sign_in(client)
    base = f"/api/v1/communities/{world.here}/members/{member}/cards"
    card = (await client.post(base, headers={"Idempotency-Key": "a-card-please"})).json()
    assert (len(card["number"]), len(card["pin"])) == (12, 6)
    assert (await client.delete(base)).status_code == 204


async def test_branches_go_through_the_api(client: httpx.AsyncClient, world: World) -> None:
    await _sign_in(client)
    base = f"/api/v1/communities/{world.here}/branches"
    made = (await client.post(base, json={"name": "第一支部"})).json()["id"]
    renamed = {"name": "第二支部", "seen_name": "第一支部"}
    assert (await client.put(f"{base}/{made}", json=renamed)).status_code == 204
    assert (await client.put(f"{base}/{made}", json=renamed | {"name": "第三支部"})).status_code == 409
    assert (await client.get(base)).json() == [{"id": made, "name": "第二支部", "members": 0}]
