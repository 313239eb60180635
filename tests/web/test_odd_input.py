"""What once made the service stumble, or answer other than it says of itself."""

from datetime import date

import httpx
import pytest

from tests.given import PASSWORD, World, post_form, sign_in
from tests.requests.given import open_scheme
from timebank.core.ids import new_id


@pytest.fixture
async def program(client: httpx.AsyncClient, world: World) -> httpx.AsyncClient:
    """A program of the administrator's."""
    answer = await client.post("/api/v1/logins", json={"user_name": "admin", "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return client


async def test_a_limit_that_is_not_whole_is_said(program: httpx.AsyncClient, world: World) -> None:
    body = {"name": "陈阿婆", "lat": 8.6e307, "lon": 113.5}
    answer = await program.post(f"/api/v1/communities/{world.here}/members", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "lat", "row": None, "detail": "不能大于 90"}]


@pytest.mark.parametrize("version", [0, -(2**80), 2**31, 2**80])
async def test_a_version_that_no_record_can_have_is_refused(
    program: httpx.AsyncClient, world: World, version: int
) -> None:
    path = f"/api/v1/communities/{world.here}/requests/{new_id()}/withdraw"
    answer = await program.post(path, json={"version": version})
    assert [error["field"] for error in answer.json()["errors"]] == ["version"]


async def test_a_scheme_does_not_end_before_it_began(program: httpx.AsyncClient, world: World) -> None:
    scheme = await open_scheme(world)
    path = f"/api/v1/communities/{world.here}/schemes/{scheme}"
    body = {"name": "银龄互助", "closed_on": str(date(2025, 12, 31)), "version": 1}
    answer = await program.patch(path, json=body)
    assert answer.json()["errors"] == [
        {"field": "closed_on", "row": None, "detail": "不能早于开办的那天：2026 年 1 月 1 日 周四"}
    ]


async def test_nobody_is_told_that_nobody_is_signed_in_before_anything_else(
    client: httpx.AsyncClient, world: World
) -> None:
    path = f"/api/v1/communities/{world.here}/requests/{new_id()}/withdraw"
    answer = await client.post(path, json={"version": 1}, headers={"If-Match": "nonsense"})
    assert answer.status_code == 401


async def test_an_address_that_takes_another_method_says_so(program: httpx.AsyncClient, world: World) -> None:
    here = f"/api/v1/communities/{world.here}"
    assert (await program.delete(f"{here}/requests/{new_id()}/dates/add")).status_code == 405
    assert (await program.get(f"{here}/imports/roster/columns")).status_code == 405


async def test_a_form_with_a_nul_in_it_is_refused_and_not_said_back(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, "mo")
    answer = await post_form(client, "/branches", {"name": "三\x00组"})
    assert answer.status_code == 422
    assert "有看不见的控制字符" in answer.text
    assert "\x00" not in answer.text
