"""People see what runs on its own, and have it run now."""

import asyncio

import httpx
import pytest
from sqlalchemy import select

from tests.given import NOW, PASSWORD, SEAL, World, post_form, sign_in
from timebank.core import slots
from timebank.core.tables import Act, JobSlot
from timebank.jobs import service
from timebank.jobs.runner import Runner
from timebank.jobs.schedule import JOBS


@pytest.mark.slow
async def test_jobs_are_told_in_words_with_what_came_of_them(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    page = (await client.get("/jobs")).text
    assert "核对每个社区的账，记下差异" in page
    assert "每天 02:00" in page
    assert "还没办过" in page
    runner = Runner(world.database, SEAL)
    reconcile = next(job for job in JOBS if job.name == "reconcile")
    await runner.catch_up(reconcile)
    page = (await client.get("/jobs")).text
    assert "2 个社区 · 2 个账套相符 · 0 处差异" in page
    assert "办好了" in page
    english = (await client.get("/jobs", headers={"x-language": "en"})).text
    assert "2 communities · 2 books agree" in english


async def test_what_failed_is_shown_by_its_kind(client: httpx.AsyncClient, world: World) -> None:
    async with world.database.begin(()) as db:
        await slots.claim(db, "reconcile", NOW, holder="here", now=NOW)
        await slots.fail(db, "reconcile", NOW, holder="here", now=NOW, kind="DeadlockDetectedError")
    await sign_in(client, "admin")
    page = (await client.get("/jobs")).text
    assert "DeadlockDetectedError" in page
    assert "没办成" in page


@pytest.mark.slow
async def test_a_job_is_run_now_and_who_pressed_is_written_down(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, "mo")
    pressed = await post_form(client, "/jobs/requests.expire", {}, seen="/jobs")
    assert pressed.status_code == 303
    await sign_in(client, "mai")
    await post_form(client, "/jobs/requests.expire", {}, seen="/jobs")
    page = (await client.get("/jobs")).text
    assert "刚才已经有人按过了" in page
    assert "莫协调 要办的" in page
    assert (await post_form(client, "/jobs/make_tea", {}, seen="/jobs")).status_code == 404
    async with world.database.begin({world.here}) as db:
        acts = (await db.scalars(select(Act.actor_name).where(Act.operation == "jobs.ask"))).all()
    assert set(acts) == {"莫协调", "麦协调"}


@pytest.mark.slow
async def test_two_people_who_press_at_once_run_it_once(two_desks: World) -> None:
    calls = [await two_desks.call(), await two_desks.call(two_desks.second)]
    asked = await asyncio.gather(*(service.ask(call, job="requests.expire") for call in calls))
    assert asked[0] == asked[1]
    expire = next(job for job in JOBS if job.name == "requests.expire")
    await asyncio.gather(*(Runner(two_desks.database, SEAL).catch_up(expire) for _ in range(3)))
    async with two_desks.database.begin(()) as db:
        rows = (await db.scalars(select(JobSlot).where(JobSlot.asked_by.is_not(None)))).all()
    assert [(row.attempts, row.outcome) for row in rows] == [(1, {"expired": 0})]


@pytest.mark.parametrize("user", ["auditor", None])
async def test_others_may_not(client: httpx.AsyncClient, world: World, user: str | None) -> None:
    if user:
        body = {"user_name": user, "password": PASSWORD}
        token = (await client.post("/api/v1/logins", json=body)).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
    assert (await client.get("/api/v1/jobs")).status_code == (403 if user else 401)
    assert (await client.post("/api/v1/jobs/reconcile/runs")).status_code == (403 if user else 401)


async def test_programs_see_jobs_and_run_them(client: httpx.AsyncClient, world: World) -> None:
    body = {"user_name": "mo", "password": PASSWORD}
    token = (await client.post("/api/v1/logins", json=body)).json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    asked = await client.post("/api/v1/jobs/reconcile/runs")
    assert asked.status_code == 202
    found = {job["name"]: job for job in (await client.get("/api/v1/jobs")).json()}
    assert found["reconcile"]["last"]["state"] == "asked"
    assert found["reconcile"]["last"]["asked_by"] == "莫协调"
    assert found["requests.expire"]["last"] is None
    assert (await client.post("/api/v1/jobs/make_tea/runs")).status_code == 404
