"""Programs run rounds, answer proposals and keep pairs through the API."""

import httpx
import pytest

from tests.given import PASSWORD, World
from tests.pairing.neighbourhood import open_neighbourhood
from timebank.core.ids import new_id


async def _sign_in(client: httpx.AsyncClient, user: str = "mo") -> None:
    answer = await client.post("/api/v1/logins", json={"user_name": user, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"


@pytest.mark.slow
async def test_a_round_from_run_to_pair(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    helper = await town.helper("李兰")
    request = await town.weekly(await town.elder("陈阿婆"))
    missing = await town.request(await town.elder("黄伯"), category="haircut")
    await _sign_in(client)
    base = f"/api/v1/communities/{world.here}"
    made = await client.post(f"{base}/rounds", json={}, headers={"Idempotency-Key": "a-round-once"})
    assert made.status_code == 201, made.text
    assert (made.json()["served"], made.json()["waiting"], made.json()["status"]) == (1, 1, "made")
    again = await client.post(f"{base}/rounds", json={}, headers={"Idempotency-Key": "a-round-once"})
    assert again.json() == made.json()
    where = f"{base}/rounds/{made.json()['id']}"
    full = (await client.get(where, headers={"X-Language": "en"})).json()
    assert full["pairs"][0]["helper_id"] == str(helper)
    assert full["unmatched"][0]["request_id"] == str(missing)
    assert full["unmatched"][0]["counts"] == {"skill:haircut": 1}
    assert full["unmatched"][0]["why"].startswith("1 helpers: 1 without")
    assert (await client.get(f"{where}/replay")).json() == {"same": True, "changed": []}
    sent = await client.post(f"{where}/proposals", json={})
    assert (sent.status_code, len(sent.json()["made"])) == (201, 1)
    twice = await client.post(f"{where}/proposals", json={})
    assert (twice.status_code, twice.json()["code"]) == (409, "round-closed")
    [proposal] = (await client.get(f"{base}/proposals")).json()["rows"]
    assert (proposal["request_id"], proposal["occasion"]["weekly"]) == (str(request), True)
    answers = f"{base}/proposals/{proposal['id']}/answers"
    for side in ("helper", "recipient"):
        answered = await client.post(answers, json={"side": side, "answer": "yes", "provenance": "phone"})
        assert answered.status_code == 200, answered.text
    assert answered.json()["status"] == "accepted"
    [pair] = (await client.get(f"{base}/pairs")).json()["rows"]
    assert pair["status"] == "trial"
    at = f"{base}/pairs/{pair['id']}"
    confirmed = await client.post(f"{at}/confirm", json={"version": pair["version"]})
    assert confirmed.json()["status"] == "active"
    stale = await client.post(f"{at}/pause", json={"version": pair["version"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed-meanwhile")
    paused = await client.post(f"{at}/pause", json={"version": 2, "reason": "住院"})
    resumed = await client.post(f"{at}/resume", json={"version": paused.json()["version"]})
    body = {"version": resumed.json()["version"], "reason": "谢谢", "look_again": True}
    assert (await client.post(f"{at}/end", json=body)).json()["status"] == "ended"
    assert (await client.get(at)).json()["ended_on"] == "2026-11-22"


@pytest.mark.slow
async def test_asking_by_hand_and_taking_it_back(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    helper, away = await town.helper("李兰"), await town.helper("出海人")
    await town.away(away, 90)
    request = await town.request(await town.elder("陈阿婆"))
    await _sign_in(client)
    base = f"/api/v1/communities/{world.here}/proposals"
    refused = await client.post(base, json={"request_id": str(request), "helper_id": str(away)})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-eligible")
    assert "外出不在" in refused.json()["title"]
    made = await client.post(base, json={"request_id": str(request), "helper_id": str(helper)})
    assert made.status_code == 201
    at = f"{base}/{made.json()['id']}"
    assert (await client.get(at)).json()["round_id"] is None
    assert (await client.delete(at)).status_code == 204
    assert (await client.delete(at)).json()["code"] == "proposal-closed"


@pytest.mark.slow
async def test_bad_input_and_strangers_are_refused(client: httpx.AsyncClient, world: World) -> None:
    base = f"/api/v1/communities/{world.here}"
    assert (await client.get(f"{base}/rounds")).status_code == 401
    await _sign_in(client)
    nothing = await client.post(f"{base}/rounds", json={})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing-waiting")
    assert (await client.post(f"{base}/rounds", json={"scheme": 1})).status_code == 422
    assert (await client.post(f"{base}/proposals", json={})).status_code == 422
    for path in ("rounds", "proposals", "pairs"):
        assert (await client.get(f"{base}/{path}/{new_id()}")).status_code == 404
    for path in ("rounds?after=!", "proposals?status=declined&after=!", "pairs?after=!", "pairs?status=king"):
        assert (await client.get(f"{base}/{path}")).status_code == 422
    elsewhere = await client.get(f"/api/v1/communities/{world.there}/rounds")
    assert elsewhere.status_code == 403
