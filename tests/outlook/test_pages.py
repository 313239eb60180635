"""Pages, files and API of the outlook."""

import csv
import io
from datetime import timedelta

import httpx

from tests.given import NOW, PASSWORD, World, post_form, sign_in
from tests.outlook.test_lists import later
from tests.visits.given import TODAY
from timebank.core import clock


async def test_an_empty_community_is_told_what_to_wait_for(client: httpx.AsyncClient) -> None:
    await sign_in(client, "mo")
    page = await client.get("/outlook")
    assert page.status_code == 200
    assert "还没有会员存着时间" in page.text
    assert "没有人要特意去问" in (await client.get("/outlook/asking")).text
    assert "没有人好久没来往了" in (await client.get("/outlook/quiet")).text
    assert "还没有登记兑付保障" in (await client.get("/outlook/backing")).text


async def test_the_outlook_shows_figures_years_and_every_assumption(
    client: httpx.AsyncClient, world: World
) -> None:
    await later(world)
    await sign_in(client, "auditor")
    page = (await client.get("/outlook?mortality_percent=0&years=4")).text
    for words in (
        "存着未用的时间",
        "10 小时",
        "80–89 岁",
        "往后 4 年的推演",
        "生命表",
        "死亡率按生命表的百分之几",
    ):
        assert words in page
    # A line for each of two quantities, in two charts.
    assert page.count("<polyline") == 4
    assert "回到近 12 个月的实际" in page
    # Whom to speak to is the desk's affair.
    assert "/outlook/asking" not in page
    wrong = await client.get("/outlook?years=400")
    assert wrong.status_code == 422


async def test_both_files_say_what_the_page_says(client: httpx.AsyncClient, world: World) -> None:
    await later(world)
    await sign_in(client, "mo")
    rows = _rows(await client.get("/outlook/figures.csv"))
    assert ["存着未用的时间", "10 小时"] in rows
    assert ["80–89 岁", "600", "0", "0", "0", "0"] in rows
    years = _rows(await client.get("/outlook/projection.csv?mortality_percent=0&years=2"))
    assert years[1][:4] == ["0", "10", "10", "10"]
    assert ["死亡率按生命表的百分之几", "0"] in years
    assert len(years[1]) == len(years[0]) == 9


async def test_a_call_is_noted_on_the_list(client: httpx.AsyncClient, world: World) -> None:
    town = await later(world)
    day = TODAY + timedelta(days=town.days)
    with clock.set_to(NOW + timedelta(days=town.days)):
        await sign_in(client, "mo")
        page = (await client.get("/outlook/asking")).text
        assert f'href="/requests/new?member={town.street.feng}&amp;category=clinic"' in page
        assert "139****0102" in page
        assert "13900000102" not in page
        at = f"/outlook/members/{town.street.feng}/called"
        tomorrow = {"happened_on": str(day + timedelta(days=1)), "word": "想想再说", "to": "asking"}
        refused = await post_form(client, at, tomorrow, seen="/outlook/asking")
        assert refused.status_code == 422
        assert "还没到那天；联系过了再记" in refused.text
        assert 'href="#f-happened_on"' in refused.text
        assert 'id="f-happened_on"' in refused.text
        assert 'value="想想再说"' in refused.text
        taken = await post_form(client, at, tomorrow | {"happened_on": str(day)}, seen="/outlook/asking")
        assert taken.headers["location"] == "/outlook/asking"
        assert "90 天内不再列出" in (await client.get("/outlook/asking")).text
        listed = (await client.get("/outlook/quiet")).text
        assert "想想再说" in listed
        assert f'href="/members/{town.street.feng}/contacts"' in listed


async def test_the_form_of_a_request_has_the_suggested_help_chosen(
    client: httpx.AsyncClient, world: World
) -> None:
    town = await later(world)
    await sign_in(client, "mo")
    page = (await client.get(f"/requests/new?member={town.street.feng}&category=haircut")).text
    assert '<option value="haircut" selected>' in page
    plain = (await client.get(f"/requests/new?member={town.street.feng}&category=surgery")).text
    assert '<option value="haircut" selected>' not in plain
    assert plain.count('<option value="phone" selected>') == page.count('<option value="phone" selected>')


async def test_the_administrator_records_what_stands_behind_the_hours(
    client: httpx.AsyncClient, world: World
) -> None:
    await later(world)
    await sign_in(client, "mo")
    assert "登记兑付保障</button>" not in (await client.get("/outlook/backing")).text
    await sign_in(client, "admin")
    await client.get("/outlook/backing")
    values = {"from_on": str(TODAY), "fund": "１50.50", "hour": "20", "note": "街道拨款"}
    for hour, words in (("20.005", "金额请写成"), ("1e309", "金额请写成"), ("0", "每小时的保障金额"),
                        ("99999999", "每小时的保障金额")):  # fmt: skip
        wrong = await post_form(client, "/outlook/backing", values | {"hour": hour})
        assert wrong.status_code == 422
        assert words in wrong.text
        assert 'value="１50.50"' in wrong.text
    assert (await post_form(client, "/outlook/backing", values)).status_code == 303
    page = (await client.get("/outlook/backing")).text
    # Ten hours at 20 yuan are 200 yuan.
    for words in ("150.50", "200.00 元", "75%", "街道拨款", "区管理"):
        assert words in page
    assert "75%" in (await client.get("/outlook")).text


async def test_a_program_reads_all_of_it(client: httpx.AsyncClient, world: World) -> None:
    town = await later(world)
    body = {"user_name": "mo", "password": PASSWORD}
    with clock.set_to(NOW + timedelta(days=town.days)):
        token = (await client.post("/api/v1/logins", json=body)).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        at = f"/api/v1/communities/{world.here}/outlook"
        standing = (await client.get(at)).json()
        assert (standing["outstanding_minutes"], standing["velocity_percent"]) == (600, 0)
        assert {"owners": "80-89", "minutes": [0, 0, 600, 0, 0]} in standing["by_age"]
        ahead = (await client.get(f"{at}/projection?years=2&seed=7&mortality_percent=0")).json()
        assert [one["outstanding"]["middle"] for one in ahead["years"]] == [600, 600, 600]
        assert (ahead["assumptions"]["seed"], ahead["years"][0]["asked"]) == (7, None)
        [row] = (await client.get(f"{at}/asking?months=6")).json()["rows"]
        assert (row["name"], row["phone"], row["category"]) == ("冯伯", "139****0102", "clinic")
        quiet = (await client.get(f"{at}/quiet")).json()
        # All three joined on one day and nothing was heard of any since: which is first does not matter.
        assert sorted(one["name"] for one in quiet["rows"]) == sorted(["周阿姨", "陈婆", "冯伯"])


def _rows(answer: httpx.Response) -> list[list[str]]:
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
