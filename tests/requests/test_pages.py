"""A telephone call becomes a request on one screen; a member asks with two."""

from datetime import timedelta

import httpx
import pytest

from tests.given import PASSWORD, World, csrf_of, post_form, sign_in
from tests.requests.given import TODAY, open_scheme
from timebank.access.service import issue_card
from timebank.core.ids import new_id

SOON = str(TODAY + timedelta(days=2))


async def sign_in_member(client: httpx.AsyncClient, world: World, member_id: object) -> None:
    card = await issue_card(await world.call(), community_id=world.here, member_id=member_id)  # type: ignore[arg-type]
    answer = await post_form(
        client, "/sign-in/card", {"number": card.number, "pin": card.pin}, seen="/sign-in"
    )
    assert answer.status_code == 303, answer.text


@pytest.mark.slow
async def test_a_call_is_written_down_on_one_screen(client: httpx.AsyncClient, world: World) -> None:
    await open_scheme(world)
    feng = await world.add_member("冯伯", number="0007", phone="13900001234")
    await sign_in(client, "mo")
    for words in ("0007", "fengbo", "fb", "1234"):
        assert "为冯伯登记需求" in (await client.get(f"/requests/new?who={words}")).text
    form = {
        "member_id": str(feng),
        "category": "clinic",
        "kind": "once",
        "duration_minutes": "120",
        "days": [SOON],
        "from_time": "08:00",
        "until_time": "12:00",
        "provenance": "phone",
        "publish": "true",
    }
    short = await post_form(
        client, "/requests/new", {**form, "until_time": "09:00"}, seen=f"/requests/new?member={feng}"
    )
    assert short.status_code == 422
    assert "这段时间比需要的时长短" in short.text
    assert SOON in short.text
    done = await post_form(client, "/requests/new", form, seen=f"/requests/new?member={feng}")
    assert done.status_code == 303, done.text
    one = await client.get(done.headers["location"])
    assert "待派单" in one.text
    listed = await client.get("/requests?status=published")
    assert "冯伯" in listed.text
    back = await post_form(
        client,
        f"{done.headers['location']}/unpublish",
        {"version": "1"},
        seen=done.headers["location"],
    )
    assert (back.status_code, "刚才有人改过" in back.text) == (409, True)
    edit = await client.get(f"{done.headers['location']}/edit")
    changed = await client.post(
        f"{done.headers['location']}/edit",
        data={"csrf": csrf_of(edit.text), "key": new_id().hex, **form, "version": "1", "note": "带好医保卡"},
    )
    assert (changed.status_code, "带好医保卡" in changed.text) == (422, True)


@pytest.mark.slow
async def test_a_member_asks_with_few_big_choices_and_takes_it_back(
    client: httpx.AsyncClient, world: World
) -> None:
    await open_scheme(world)
    feng = await world.add_member("冯伯")
    await sign_in_member(client, world, feng)
    assert "陪诊" in (await client.get("/me/requests/new")).text
    form = {"category": "shopping", "day": "1", "part": "morning", "duration_minutes": "60", "kind": "once"}
    done = await post_form(client, "/me/requests/new", form, seen="/me/requests/new?category=shopping")
    assert done.status_code == 303, done.text
    mine = await client.get("/me/requests")
    assert "社区正在看" in mine.text
    action = mine.text.split('action="/me/requests/', 1)[1].split('"', 1)[0]
    gone = await post_form(client, f"/me/requests/{action}", {"version": "1"}, seen="/me/requests")
    assert gone.status_code == 303
    assert (await client.get("/requests")).status_code == 403


@pytest.mark.slow
async def test_requests_for_programs(client: httpx.AsyncClient, world: World) -> None:
    await open_scheme(world)
    feng = await world.add_member("冯伯")
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    auth = {"authorization": f"Bearer {login.json()['token']}"}
    at = f"/api/v1/communities/{world.here}/requests"
    body = {
        "member_id": str(feng),
        "category": "clinic",
        "duration_minutes": 60,
        "starts_on": str(TODAY),
        "expires_on": SOON,
        "windows": [{"on_day": SOON, "from_minute": 480, "to_minute": 720}],
    }
    made = await client.post(at, json=body, headers=auth | {"idempotency-key": "request-from-a-program"})
    again = await client.post(at, json=body, headers=auth | {"idempotency-key": "request-from-a-program"})
    assert (made.status_code, made.json()) == (201, again.json())
    one = f"{at}/{made.json()['id']}"
    assert (await client.post(f"{one}/publish", json={"version": 1}, headers=auth)).status_code == 204
    stale = await client.post(f"{one}/publish", json={"version": 1}, headers=auth)
    assert (stale.status_code, stale.json()["code"]) == (409, "changed-meanwhile")
    assert (await client.get(one, headers=auth)).json()["status"] == "published"
    rows = (await client.get(at, headers=auth)).json()["rows"]
    assert [row["id"] for row in rows] == [made.json()["id"]]
    wrong = await client.post(at, json={**body, "skills": ["flying"]}, headers=auth)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "skills.0")
    assert (await client.get(f"{at}/{new_id()}", headers=auth)).status_code == 404


async def test_a_program_may_bring_the_rule_of_another_calendar(
    client: httpx.AsyncClient, world: World
) -> None:
    await open_scheme(world)
    feng = await world.add_member("冯伯")
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    auth = {"authorization": f"Bearer {login.json()['token']}"}
    at = f"/api/v1/communities/{world.here}/requests"
    body = {
        "member_id": str(feng),
        "category": "shopping",
        "kind": "weekly",
        "duration_minutes": 60,
        "starts_on": str(TODAY),
        "expires_on": SOON,
        "windows": [{"weekday": 2, "from_minute": 480, "to_minute": 720}],
        "rrule": "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1WE",
    }
    made = await client.post(at, json=body, headers=auth)
    read = (await client.get(f"{at}/{made.json()['id']}", headers=auth)).json()
    assert (read["rrule"], read["every"], read["nth"]) == (body["rrule"], 2, -1)
    for wrong in (
        body | {"rrule": "FREQ=DAILY"},
        body | {"rrule": "FREQ=WEEKLY;BYDAY=MO"},
        body | {"every": 3},
    ):
        refused = await client.post(at, json=wrong, headers=auth)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "rrule")
