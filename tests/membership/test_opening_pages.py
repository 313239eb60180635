"""Opening balances through the pages and the API."""

import io

import httpx
import pytest

from tests.given import PASSWORD, World, post_form, sign_in
from tests.membership.sheets import XLSX, workbook
from tests.membership.test_opening import has, join
from tests.membership.test_pages import hidden, send
from timebank.membership.spreadsheets import read

HEADERS = ("会员号", "姓名", "小时")


@pytest.mark.slow
async def test_hours_are_looked_at_signed_off_and_listed(client: httpx.AsyncClient, world: World) -> None:
    chen = await join(world, "陈阿婆", "1")
    await sign_in(client, "mo")
    assert "还没有导入过" in (await client.get("/members/opening")).text
    assert 'href="/members/opening"' in (await client.get("/members/import")).text
    file = workbook(HEADERS, (1, "陈阿婆", 36.5), (2, "李伯", 1))
    place = (await send(client, "/members/opening", file)).headers["location"]
    page = (await client.get(place)).text
    assert "没有会员号 2" in page
    assert "会给 1 人记账，合计 36 小时 30 分" in page
    assert "36:30" in (await client.get(place, params={"show": "new"})).text
    home = read((await client.get(f"{place}/refused")).content, "x.xlsx").sheet.rows
    assert home[1] == (2.0, "李伯", 1, "会员号：没有会员号 2；请核对，或先办理入会")
    assert "等人签字" in (await client.get("/members/opening")).text
    signed = {"digest": hidden(page, "digest"), "people": "1", "total_hours": "37"}
    wrong = await post_form(client, f"{place}/sign-off", signed, seen=place)
    assert wrong.status_code == 422
    assert "表里合计是 36 小时 30 分" in wrong.text
    without = await post_form(client, f"{place}/sign-off", signed | {"people": ""}, seen=place)
    assert without.status_code == 422
    stale = await post_form(client, f"{place}/sign-off", signed | {"digest": "0" * 64}, seen=place)
    assert stale.status_code == 409
    assert await has(world, chen) == 0
    right = signed | {"total_hours": "36", "total_minutes": "30"}
    done = await post_form(client, f"{place}/sign-off", right, seen=place)
    assert done.headers["location"] == "/members/opening"
    listed = (await client.get("/members/opening")).text
    assert "已记账：1 人，合计 36 小时 30 分" in listed
    assert "莫协调签字" in listed
    assert "36 小时 30 分" in (await client.get(place)).text
    assert await has(world, chen) == 2190


@pytest.mark.slow
async def test_a_file_may_be_dropped_and_what_is_none_is_refused(
    client: httpx.AsyncClient, world: World
) -> None:
    chen = await join(world, "陈阿婆", "1")
    await sign_in(client, "mo")
    refused = await send(client, "/members/opening", workbook(("姓名", "电话"), ("陈阿婆", "1")))
    assert (refused.status_code, "找不到时长这一列" in refused.text) == (422, True)
    place = (await send(client, "/members/opening", workbook(HEADERS, (1, None, 1)))).headers["location"]
    assert (await post_form(client, f"{place}/drop", {}, seen=place)).status_code == 303
    assert "已放弃" in (await client.get(place)).text
    assert await has(world, chen) == 0


@pytest.mark.slow
async def test_an_unknown_column_is_explained_on_the_page(client: httpx.AsyncClient, world: World) -> None:
    await join(world, "陈阿婆", "1")
    await sign_in(client, "mo")
    file = workbook(("姓名", "攒下的"), ("陈阿婆", 2))
    place = (await send(client, "/members/opening", file)).headers["location"]
    assert 'name="digest"' not in (await client.get(place)).text
    named = {"header": "攒下的", "field": "minutes"}
    assert (await post_form(client, f"{place}/columns", named, seen=place)).status_code == 303
    assert "会给 1 人记账，合计 2 分" in (await client.get(place)).text


async def test_the_empty_sheet_names_everybody_and_comes_back(
    client: httpx.AsyncClient, world: World
) -> None:
    await join(world, "陈阿婆", "0001")
    await sign_in(client, "mo")
    file = (await client.get("/members/opening/example")).content
    assert read(file, "x.xlsx").sheet.rows == (HEADERS, ("0001", "陈阿婆", None))
    place = (await send(client, "/members/opening", file)).headers["location"]
    assert "没有写时长，不记" in (await client.get(place)).text


@pytest.mark.slow
async def test_a_wrong_balance_is_found_from_the_refused_row_and_taken_back(
    client: httpx.AsyncClient, world: World
) -> None:
    chen = await join(world, "陈阿婆", "1")
    await sign_in(client, "mo")
    place = (await send(client, "/members/opening", workbook(HEADERS, (1, None, 1)))).headers["location"]
    signed = {"digest": hidden((await client.get(place)).text, "digest"), "people": "1", "total_hours": "1"}
    await post_form(client, f"{place}/sign-off", signed, seen=place)
    other = (await send(client, "/members/opening", workbook(HEADERS, (1, None, 2)))).headers["location"]
    back = f"/members/{chen}/opening"
    assert f'href="{back}"' in (await client.get(other)).text
    page = (await client.get(back)).text
    assert "1 小时" in page
    assert "莫协调，2026 年" in page
    assert (await post_form(client, back, {"reason": " "})).status_code == 422
    assert (await post_form(client, back, {"reason": "抄错了"})).status_code == 303
    assert "没有期初余额" in (await client.get(back)).text
    assert "会给 1 人记账，合计 2 小时" in (await client.get(other)).text
    assert await has(world, chen) == 0


@pytest.mark.slow
async def test_hours_go_through_the_api(client: httpx.AsyncClient, world: World) -> None:
    chen = await join(world, "陈阿婆", "1")
    answer = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    base = f"/api/v1/communities/{world.here}"
    file = workbook(HEADERS, (1, None, 36.5), (2, None, -1))
    files = {"file": ("x.xlsx", io.BytesIO(file), XLSX)}
    made = (await client.post(f"{base}/imports/opening", files=files)).json()
    assert made["counts"] == {"refused": 1, "changed": 0, "new": 1, "unchanged": 0}
    assert made["total_minutes"] == 2190
    assert [(row["row"], row["minutes"]) for row in made["rows"]] == [(2, 2190), (3, 0)]
    place = f"{base}/imports/opening/{made['id']}"
    body = {"digest": made["digest"], "people": 1, "total_minutes": 2191}
    keyed = {"Idempotency-Key": "opening-1"}
    wrong = await client.post(f"{place}/sign-off", json=body, headers=keyed)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "total-differs")
    body["total_minutes"] = 2190
    done = await client.post(f"{place}/sign-off", json=body, headers=keyed)
    assert (done.status_code, done.json()["counts"]["total_minutes"]) == (200, 2190)
    assert (await client.post(f"{place}/sign-off", json=body, headers=keyed)).json() == done.json()
    another = {"Idempotency-Key": "opening-2"}
    assert (await client.post(f"{place}/sign-off", json=body, headers=another)).status_code == 409
    assert [one["closed_by"] for one in (await client.get(f"{base}/imports/opening")).json()] == ["莫协调"]
    assert (await client.get(f"{base}/imports/roster")).json() == []
    assert (await client.get(f"{base}/imports/payroll")).status_code == 422
    place = f"{base}/members/{chen}/opening/take-back"
    back = await client.post(place, json={"reason": "抄错了"}, headers=another)
    assert back.status_code == 200
    assert await has(world, chen) == 0
