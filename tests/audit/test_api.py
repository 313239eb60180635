"""Programs reconcile, read a month, and say what they found, through the API."""

from datetime import timedelta

import httpx
import pytest

from tests.audit.given import Month, broken_month
from tests.given import NOW, PASSWORD, World, browser, service_over
from tests.postgres import Database
from timebank.audit.checks import CHECKS
from timebank.core import clock
from timebank.core.ids import new_id


async def _sign_in(client: httpx.AsyncClient, user: str = "mo") -> None:
    answer = await client.post("/api/v1/logins", json={"user_name": user, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"


@pytest.fixture
async def month(world: World) -> Month:
    """A month that agrees."""
    return await Month(world).happen()


@pytest.mark.slow
async def test_a_run_is_made_once_for_a_key_and_read_back(client: httpx.AsyncClient, month: Month) -> None:
    await _sign_in(client)
    runs = f"/api/v1/communities/{month.here}/reconciliation-runs"
    unkeyed = await client.post(runs)
    assert (unkeyed.status_code, unkeyed.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    key = {"Idempotency-Key": "november-by-hand"}
    made = await client.post(runs, headers=key)
    assert (made.status_code, made.json()["agrees"]) == (201, True)
    assert (await client.post(runs, headers=key)).json() == made.json()
    [listed] = (await client.get(runs)).json()["rows"]
    assert listed == made.json()
    full = (await client.get(f"{runs}/{listed['id']}", headers={"X-Language": "en"})).json()
    assert [check["name"] for check in full["checks"]] == [check.name for check in CHECKS]
    assert full["checks"][0]["label"] == "The book sums to zero"
    meant = (await client.get("/api/v1/audit/checks", headers={"X-Language": "en"})).json()
    assert meant[0]["means"].startswith("All balances of a book add up to zero")
    assert (await client.get(f"{runs}/{new_id()}")).status_code == 404
    assert (await client.get(f"{runs}?after=x")).status_code == 422


@pytest.mark.slow
async def test_an_auditor_reads_every_community_and_a_coordinator_their_own(
    client: httpx.AsyncClient, month: Month
) -> None:
    await month.reconcile()
    await _sign_in(client, "auditor")
    states = (await client.get("/api/v1/audit/communities")).json()
    assert [(row["name"], row["in_order"]) for row in states["rows"]] == [
        ("河畔社区", False),
        ("榕树社区", True),
    ]
    assert (states["communities"], states["in_order"], states["after"]) == (2, 1, None)
    del client.headers["Authorization"]
    await _sign_in(client)
    own = (await client.get("/api/v1/audit/communities")).json()
    assert [row["name"] for row in own["rows"]] == ["榕树社区"]
    there = f"/api/v1/communities/{month.world.there}"
    for path in ("/findings", "/reconciliation-runs", "/months/2026-11"):
        assert (await client.get(there + path)).status_code == 403


@pytest.mark.slow
async def test_a_month_in_figures(client: httpx.AsyncClient, month: Month) -> None:
    await month.reconcile()
    await _sign_in(client)
    base = f"/api/v1/communities/{month.here}/months"
    told = (await client.get(f"{base}/2026-11")).json()
    assert (told["in_minutes"], told["out_minutes"], told["book_minutes"]) == (1360, 490, 0)
    assert (told["transfers"], told["corrections"], told["late"]) == (13, 2, 0)
    assert [line["reason"] for line in told["remarkable"]] == ["算错了", "算错了"]
    assert told["last"]["passed"] == len(CHECKS)
    for name, status in (("2026-10", 200), ("2027-01", 404), ("2026-13", 422), ("x", 422)):
        assert (await client.get(f"{base}/{name}")).status_code == status


@pytest.mark.slow
async def test_a_finding_from_open_to_closed(two_desks: World, fresh_database: Database) -> None:
    month = await broken_month(two_desks, fresh_database)
    async with browser(service_over(two_desks.database)) as client:
        await _sign_in(client)
        listed = await client.get(f"/api/v1/communities/{month.here}/findings?check=head_is_sum&state=open")
        [row] = listed.json()["rows"]
        assert (row["recorded_minutes"], row["expected_minutes"], row["difference_minutes"]) == (
            550,
            450,
            100,
        )
        assert [person["name"] for person in row["people"]] == ["冯伯"]
        at = f"/api/v1/findings/{row['id']}"
        told = await client.post(f"{at}/explain", json={"note": "迁移时漏了", "version": row["version"]})
        assert (told.json()["finding"]["state"], told.json()["may"]) == ("explained", ["explained"])
        assert told.json()["obstacle"] == "说明是您写的，要由另一个人来结案或退回"
        own = await client.post(f"{at}/close", json={"note": "好", "version": 2})
        assert (own.status_code, own.json()["code"]) == (409, "second-person-needed")
        stale = await client.post(f"{at}/explain", json={"note": "再写", "version": 1})
        assert (stale.status_code, stale.json()["code"]) == (409, "changed-meanwhile")
        for body in (
            {"note": "", "version": 2},
            {"note": "x" * 2001, "version": 2},
            {"note": "好"},
            {"notes": 1},
        ):
            assert (await client.post(f"{at}/close", json=body)).status_code == 422, body
        del client.headers["Authorization"]
        await _sign_in(client, "auditor")
        masked = (await client.get(at)).json()
        assert [person["name"] for person in masked["finding"]["people"]] == ["冯＊"]
        assert (
            await client.post(f"{at}/send-back", json={"note": "说不通", "version": 2})
        ).status_code == 200
        again = await client.post(f"{at}/close", json={"note": "好", "version": 3})
        assert again.json()["code"] == "finding-not-explained"
        assert [event["event"] for event in (await client.get(at)).json()["history"]] == [
            "found",
            "explained",
            "returned",
        ]
        del client.headers["Authorization"]
        await _sign_in(client, "he")
        assert (await client.get(at)).status_code == 404
        assert (await client.post(f"{at}/explain", json={"note": "好", "version": 3})).status_code == 404


@pytest.mark.slow
async def test_a_night_names_its_scope_the_run_before_it_and_what_it_left(
    client: httpx.AsyncClient, month: Month
) -> None:
    full = await month.reconcile()
    with clock.set_to(NOW + timedelta(minutes=1)):
        night = await month.reconcile_at_night()
    await _sign_in(client)
    here = f"/api/v1/communities/{month.here}"
    told = (await client.get(f"{here}/reconciliation-runs/{night.id}")).json()
    assert (told["run"]["scope"], told["run"]["since_run_id"]) == ("news", str(full.id))
    assert (told["full"]["id"], told["full"]["scope"]) == (str(full.id), "full")
    assert [check["name"] for check in told["left"]] == [check.name for check in CHECKS if check.left_to_full]
    made = (await client.get(f"{here}/months/2026-11")).json()
    assert (made["last"]["id"], made["full"]["id"]) == (str(night.id), str(full.id))
    assert len(made["checks"]) == len(CHECKS)
    [state] = (await client.get("/api/v1/audit/communities")).json()["rows"]
    assert (state["full"]["id"], state["still_there"], state["in_order"]) == (str(full.id), 0, True)
