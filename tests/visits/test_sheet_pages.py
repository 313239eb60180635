"""A sheet is printed with numbers, typed back in with mistakes, mended row by row, and entered at once."""

from datetime import timedelta

import httpx
import pytest

from tests.given import World, post_form, sign_in
from tests.visits.given import TODAY, Street
from timebank.people.service import link_staff

LAST_WEEK = str(TODAY - timedelta(days=6))
PAGE = "/visits/sheet/enter"


def sheet(street: Street, *lines: dict[str, object], **whole: object) -> dict[str, object]:
    """A posted sheet: the fields of its third line are named `helper-3` and so on."""
    said = {
        "rows": max(len(lines), 10),
        "scheme_id": str(street.scheme),
        "on": LAST_WEEK,
        "kind": "shopping",
        "provenance": "paper",
        "signed": "true",
        "do": "check",
    }
    typed = {f"{name}-{n}": value for n, line in enumerate(lines, 1) for name, value in line.items()}
    return said | typed | whole


@pytest.mark.slow
async def test_numbers_are_printed_once_and_the_sheet_found_again(
    client: httpx.AsyncClient, world: World
) -> None:
    street = await Street(world).move_in()
    await sign_in(client, "mo")
    too_many = await post_form(client, "/visits/sheet", {"scheme_id": str(street.scheme), "count": "101"})
    assert (too_many.status_code, "不能大于 100" in too_many.text) == (422, True)
    made = await post_form(
        client, "/visits/sheet", {"scheme_id": str(street.scheme), "count": "3", "title": "长者食堂"}
    )
    assert made.status_code == 303
    page = (await client.get(made.headers["location"])).text
    first = int(made.headers["location"].split("/sheet/")[1].split("?")[0])
    for told in ("银龄互助", "长者食堂", "陪诊", f">{first}<", f">{first + 2}<"):
        assert told in page, told
    assert page.count('class="number"') == 3
    assert (await client.get(made.headers["location"])).text.count('class="number"') == 3
    unknown = made.headers["location"].replace(str(first), str(first + 500))
    assert (await client.get(unknown)).status_code == 404
    filled = await post_form(
        client,
        PAGE,
        sheet(street, {"number": first, "helper": "0101", "recipient": "0102", "minutes": 30}, do="apply"),
    )
    assert filled.status_code == 303, filled.text
    assert f"第 {first} 号" in (await client.get("/visits")).text


@pytest.mark.slow
async def test_each_row_says_what_is_wrong_and_is_mended_without_typing_it_again(
    client: httpx.AsyncClient, world: World
) -> None:
    street = await Street(world).move_in()
    await world.add_member("周阿姨", number="0199")
    await sign_in(client, "mo")
    good = {"helper": "0101", "recipient": "fengbo", "begin": "9", "end": "1030"}
    several = {"helper": "周阿姨", "recipient": "0102", "minutes": "45"}
    wrong = {"helper": "0101", "recipient": "没有这个人", "begin": "九点", "end": "10", "category": "clinic"}
    first = await post_form(client, PAGE, sheet(street, good, {}, several, wrong))
    assert first.status_code == 422
    for told in (
        "有 3 处要改，还没有录入",
        'href="#helper-3"',
        'href="#begin-4"',
        "有几位会员符合，请选一位",
        'name="helper_pick-3"',
        "时间请写成 14:30 这样",
        "周阿姨 0101 → 冯伯 0102 · 买菜 · 2026 年 11 月 16 日 周一 · 1 小时 30 分",
        'value="没有这个人"',
        'value="九点"',
    ):
        assert told in first.text, told
    assert "录入这" not in first.text
    second = await post_form(client, PAGE, sheet(street, good, {}, several, {**wrong, "begin": "9:00"}))
    assert "没有找到这位会员" in second.text
    applied = await post_form(
        client, PAGE, sheet(street, good, {}, several, {**wrong, "begin": "9:00"}, do="apply")
    )
    assert applied.status_code == 422
    assert await street.balances() == (0, 600)
    mended = (
        {**several, "helper_pick": "0101"},
        {**wrong, "begin": "9：00", "recipient": "陈婆", "served_on": str(TODAY)},
    )
    ready = await post_form(client, PAGE, sheet(street, good, {}, *mended))
    assert (ready.status_code, "3 行都看得懂，共 3 小时 15 分" in ready.text) == (200, True)
    assert "录入这 3 行" in ready.text
    assert 'id="helper-3" name="helper-3" type="text" value="0101"' in ready.text
    assert await street.balances() == (0, 600)
    chosen = ({"helper": "0101", "recipient": "0102", "minutes": "45"}, mended[1])
    half = await post_form(client, PAGE, sheet(street, good, {}, *chosen, do="apply"))
    assert (half.status_code, half.headers["location"]) == (303, "/visits?status=confirmed")
    told = (await client.get("/visits?status=confirmed")).text
    assert "录入了 3 行，记上账 2 行" in told
    assert "陈婆" in told
    assert await street.balances() == (135, 465)


@pytest.mark.slow
async def test_more_rows_keep_what_was_typed_up_to_the_limit(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in()
    await sign_in(client, "mo")
    assert 'name="rows" value="10"' in (await client.get(PAGE)).text
    more = await post_form(client, PAGE, sheet(street, {"helper": "周阿姨", "begin": "九点"}, do="more"))
    assert (more.status_code, 'name="rows" value="20"' in more.text) == (200, True)
    assert 'value="九点"' in more.text
    lines = [{"helper": "0101", "recipient": "0102", "minutes": 2, "number": "", "note": ""}] * 100
    full = await post_form(client, PAGE, sheet(street, *lines, do="more"))
    assert 'name="rows" value="100"' in full.text
    assert "再加 10 行" not in full.text
    done = await post_form(client, PAGE, sheet(street, *lines, do="apply"))
    assert done.status_code == 303, done.text
    assert await street.balances() == (200, 400)
    odd = await post_form(client, PAGE, sheet(street, *lines, on="1999-01-01"))
    assert (odd.status_code, odd.text.count('value="0101"')) == (422, 100)
    assert "还没有填任何一行" in (await post_form(client, PAGE, sheet(street))).text


@pytest.mark.slow
async def test_what_is_doubtful_on_a_sheet_is_looked_at_first(
    client: httpx.AsyncClient, world: World
) -> None:
    street = await Street(world).move_in()
    await sign_in(client, "mo")
    once = {"helper": "0101", "recipient": "0102", "begin": "9", "end": "10"}
    twice = (once, {**once, "recipient": "陈婆", "minutes": ""})
    for press in ("check", "apply"):
        looked = await post_form(client, PAGE, sheet(street, *twice, do=press, signed=""))
        assert looked.status_code == 200
        assert "周阿姨 同一时间还有别的服务" in looked.text
        assert "看过了，仍然录入" in looked.text
    done = await post_form(client, PAGE, sheet(street, *twice, do="apply", signed="", anyway="true"))
    assert (done.status_code, done.headers["location"]) == (303, "/visits?status=claimed")
    assert "请受助人逐个确认" in (await client.get("/visits?status=claimed")).text


@pytest.mark.slow
async def test_ones_own_rows_are_named(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in()
    await link_staff(
        await world.call(world.administrator), staff_id=world.coordinator, member_id=street.zhou, linked=True
    )
    await sign_in(client, "mo")
    mine = {"helper": "0101", "recipient": "0102", "minutes": 30}
    other = {"helper": "0103", "recipient": "0102", "minutes": 30}
    looked = await post_form(client, PAGE, sheet(street, other, mine))
    assert looked.status_code == 422
    assert 'href="#helper-2"' in looked.text
    assert "这一行是您自己的事" in looked.text
    assert (await post_form(client, PAGE, sheet(street, other, do="apply"))).status_code == 303
