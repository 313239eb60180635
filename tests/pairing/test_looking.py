"""A coordinator looks at a round another way: tried out, on a plan of the neighbourhood, over months."""

import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from matching import ChangeKind
from tests.given import PASSWORD, World, csrf_of, post_form, sign_in
from tests.pairing.neighbourhood import MONDAY, MORNING, TODAY, Neighbourhood, open_neighbourhood
from timebank.core.ids import new_id
from timebank.pairing import queries, service
from timebank.pairing.model import RoundDetail, RoundStatus
from timebank.pairing.running import run_round
from timebank.requests.model import Window
from timebank.web.i18n import say


async def _two_and_two(world: World) -> tuple[Neighbourhood, dict[str, UUID]]:
    """Two helpers next door to two elders each; the near ones belong together."""
    town = await open_neighbourhood(world)
    who = {
        "李兰": await town.helper("李兰", lat=22.930, lon=113.940),
        "何大海": await town.helper("何大海", lat=22.950, lon=113.940),
        "陈阿婆": await town.request(
            await town.elder("陈阿婆", lat=22.931, lon=113.940, address="榕树路 8 号")
        ),
        "黄伯": await town.request(await town.elder("黄伯", lat=22.951, lon=113.940)),
    }
    return town, who


async def _run(client: httpx.AsyncClient) -> str:
    made = await post_form(client, "/rounds", {}, seen="/rounds")
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def _id(where: str) -> dict[str, str]:
    return {"id": where.rsplit("/", 1)[1]}


def _seen(page: str) -> str:
    return page.split('name="seen" value="', 1)[1].split('"', 1)[0]


async def _detail(town: Neighbourhood, where: str) -> RoundDetail:
    async with town.reading() as db:
        return await queries.round_detail(db, UUID(where.rsplit("/", 1)[1]))


def _pairs(detail: RoundDetail) -> dict[UUID, UUID]:
    return {pair.request: pair.helper for pair in detail.plan.pairs}


@pytest.mark.slow
async def test_a_pair_is_forbidden_seen_and_kept(client: httpx.AsyncClient, world: World) -> None:
    town, who = await _two_and_two(world)
    await sign_in(client, "mo")
    where = await _run(client)
    before = _pairs(await _detail(town, where))
    assert before == {who["陈阿婆"]: who["李兰"], who["黄伯"]: who["何大海"]}
    offered = re.search(r'href="(/rounds/[^"]+how=forbid)">不派李兰会怎样', (await client.get(where)).text)
    assert offered is not None
    page = await client.get(offered[1].replace("&amp;", "&"))
    choice = {"how": "forbid", "request_id": str(who["陈阿婆"]), "helper_id": str(who["李兰"])}
    assert f'value="{who["李兰"]}" selected' in page.text
    seen = await client.post(
        f"{where}/what-if", data={"csrf": csrf_of(page.text), "key": new_id().hex, "then": "try", **choice}
    )
    assert seen.status_code == 200, seen.text
    assert "有变化的：2 处" in seen.text
    assert "不让李兰帮陈阿婆" in seen.text
    async with town.reading() as db:
        assert len((await queries.list_rounds(db, world.here)).rows) == 1
    forbidden = re.findall(r'name="forbidden" value="([^"]+)" checked', seen.text)
    assert forbidden == [f"{who['陈阿婆']}:{who['李兰']}"]
    form = {"then": "keep", "forbidden": forbidden, "seen": _seen(seen.text)}
    form |= {"csrf": csrf_of(seen.text), "key": new_id().hex}
    kept = await client.post(f"{where}/what-if", data=form)
    assert kept.status_code == 303, kept.text
    # Sent twice it is kept once, though the round it was tried on is no more.
    again = await client.post(f"{where}/what-if", data=form)
    assert again.headers["location"] == kept.headers["location"]
    new = kept.headers["location"]
    assert _pairs(await _detail(town, new)) == {who["陈阿婆"]: who["何大海"], who["黄伯"]: who["李兰"]}
    assert (await _detail(town, where)).view.status is RoundStatus.SUPERSEDED
    page = await client.get(new)
    assert "照试算的结果派好了" in page.text
    assert "不让李兰帮陈阿婆" in page.text
    replay = await service.replay_round(
        await world.call(), community_id=world.here, round_id=UUID(new.rsplit("/", 1)[1])
    )
    assert replay.same
    late = await client.post(f"{where}/what-if", data=form | {"key": new_id().hex})
    assert late.status_code == 409


@pytest.mark.slow
async def test_a_pin_that_cannot_be_says_why_and_keeps_nothing(
    client: httpx.AsyncClient, world: World
) -> None:
    town, who = await _two_and_two(world)
    unable = await town.helper("没空的人", free=(0,))
    await sign_in(client, "mo")
    where = await _run(client)
    choice = {"how": "pin", "request_id": str(who["陈阿婆"]), "helper_id": str(unable)}
    for then in ("try", "keep"):
        seen = await post_form(client, f"{where}/what-if", {**choice, "then": then})
        assert seen.status_code == 409
        assert "指定的“没空的人帮陈阿婆”排不进去：那些时间没空" in seen.text
    # Two that do not fit together are both named.
    both = {"pins": [f"{who['陈阿婆']}:{who['李兰']}", f"{who['陈阿婆']}:{who['何大海']}"]}
    seen = await post_form(client, f"{where}/what-if", both)
    assert seen.status_code == 409
    assert re.search("指定的“(李兰|何大海)帮陈阿婆、(李兰|何大海)帮陈阿婆”排不进去：彼此排不下", seen.text)
    async with town.reading() as db:
        assert len((await queries.list_rounds(db, world.here)).rows) == 1


@pytest.mark.slow
async def test_a_pair_half_chosen_keeps_what_was_chosen_and_says_what_is_missing(
    client: httpx.AsyncClient, world: World
) -> None:
    _, who = await _two_and_two(world)
    await sign_in(client, "mo")
    where = await _run(client)
    one = f"{who['黄伯']}:{who['李兰']}"
    chosen = {"forbidden": [one], "weights": ["dialect:more"], "request_id": str(who["陈阿婆"])}
    page = await post_form(client, f"{where}/what-if", chosen | {"helper_id": "", "then": "keep"})
    assert page.status_code == 422
    assert '<p class="error" id="e-helper_id">需求和服务者要一起选' in page.text
    assert f'name="forbidden" value="{one}" checked' in page.text
    assert 'value="dialect:more" selected' in page.text
    assert f'value="{who["陈阿婆"]}" selected' in page.text


@pytest.mark.slow
async def test_what_is_kept_is_what_was_seen(client: httpx.AsyncClient, world: World) -> None:
    town, who = await _two_and_two(world)
    await sign_in(client, "mo")
    where = await _run(client)
    forbid = {"forbidden": [f"{who['陈阿婆']}:{who['李兰']}"]}
    seen = _seen((await post_form(client, f"{where}/what-if", forbid)).text)
    keep = {"then": "keep", "seen": seen}
    # Another choice was made since, or nothing was tried at all.
    other = await post_form(
        client, f"{where}/what-if", {"forbidden": [f"{who['黄伯']}:{who['李兰']}"]} | keep
    )
    assert (other.status_code, "和刚才试算的不一样" in other.text) == (409, True)
    assert (await post_form(client, f"{where}/what-if", forbid | keep | {"seen": ""})).status_code == 409
    # Somebody has come since, and goes in any case: it is told, and shown as it would be now.
    await town.helper("新来的", lat=22.931, lon=113.940)
    page = await post_form(client, f"{where}/what-if", forbid | keep)
    assert (page.status_code, "和刚才试算的不一样" in page.text) == (409, True)
    assert "派法没有变化" in page.text
    async with town.reading() as db:
        assert len((await queries.list_rounds(db, world.here)).rows) == 1
    kept = await post_form(client, f"{where}/what-if", forbid | keep | {"seen": _seen(page.text)})
    assert kept.status_code == 303
    assert "照试算的结果派好了" in (await client.get(kept.headers["location"])).text


@pytest.mark.slow
async def test_a_pin_that_has_become_impossible_does_not_stand_in_the_way(
    client: httpx.AsyncClient, world: World
) -> None:
    town, who = await _two_and_two(world)
    await sign_in(client, "mo")
    where = await _run(client)
    pin = {"pins": [f"{who['陈阿婆']}:{who['何大海']}"]}
    seen = _seen((await post_form(client, f"{where}/what-if", pin)).text)
    kept = await post_form(client, f"{where}/what-if", pin | {"then": "keep", "seen": seen})
    await town.away(who["何大海"], 30)
    page = await post_form(client, f"{kept.headers['location']}/what-if", {})
    assert (page.status_code, "按现在的情况重算过" in page.text) == (200, True)


@pytest.mark.slow
async def test_what_counts_is_changed(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    near = await town.helper("近的", lat=22.930, lon=113.940)
    friend = await town.helper("同乡", lat=22.944, lon=113.940, dialects=("hakka",))
    elder = await town.elder("陈阿婆", lat=22.930, lon=113.940, dialects=("hakka",))
    request = await town.request(elder)
    await sign_in(client, "mo")
    where = await _run(client)
    assert _pairs(await _detail(town, where)) == {request: near}
    weights = {"weights": ["distance:none", "dialect:more", "branch:usual"]}
    seen = await post_form(client, f"{where}/what-if", weights)
    assert "有变化的：1 处" in seen.text
    kept = await post_form(client, f"{where}/what-if", weights | {"then": "keep", "seen": _seen(seen.text)})
    detail = await _detail(town, kept.headers["location"])
    assert _pairs(detail) == {request: friend}
    assert (detail.input.weights["distance"], detail.input.weights["dialect"]) == (0, 200)
    assert "住得近：不看" in (await client.get(kept.headers["location"])).text


@pytest.mark.slow
async def test_a_round_that_was_sent_is_not_tried_out_any_more(
    client: httpx.AsyncClient, world: World
) -> None:
    _, who = await _two_and_two(world)
    await sign_in(client, "mo")
    where = await _run(client)
    await post_form(client, where, {"request_ids": [str(who["黄伯"])]})
    assert (await client.get(f"{where}/what-if")).status_code == 409
    assert "试算" not in (await client.get(where)).text


@pytest.mark.slow
async def test_programs_steer_a_round_too(client: httpx.AsyncClient, world: World) -> None:
    town, who = await _two_and_two(world)
    answer = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    api = f"/api/v1/communities/{world.here}/rounds"
    pin = {"pins": [{"request_id": str(who["陈阿婆"]), "helper_id": str(who["何大海"])}]}
    made = (await client.post(api, json={}, headers=headers)).json()
    tried = (await client.post(f"{api}/{made['id']}/what-if", json=pin, headers=headers)).json()
    assert (tried["before"]["served"], tried["after"]["served"], len(tried["moves"])) == (2, 2, 2)
    assert tried["after"]["metres_most"] > tried["before"]["metres_most"]
    unable = await town.helper("没空的人", free=(0,))
    impossible = {"pins": [{"request_id": str(who["陈阿婆"]), "helper_id": str(unable)}]}
    for path in (api, f"{api}/{made['id']}/what-if"):
        refused = await client.post(path, json=impossible, headers=headers | {"X-Language": "en"})
        assert (refused.status_code, refused.json()["code"]) == (409, "cannot-pin")
        assert "“没空的人 for 陈阿婆”" in refused.json()["title"]
    steered = (await client.post(api, json=pin, headers=headers)).json()
    full = (await client.get(f"{api}/{steered['id']}", headers=headers)).json()
    assert {p["request_id"]: p["helper_id"] for p in full["pairs"]}[str(who["陈阿婆"])] == str(who["何大海"])
    assert steered["report"]["served"] == 2


@pytest.mark.slow
async def test_what_would_help_is_said_and_is_so(world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("李兰", free=(0,))
    await town.request(await town.elder("陈阿婆"))
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    (line,) = (await service.round_page(call, community_id=world.here, round_id=made.id)).unmatched
    async with town.reading() as db:
        (why,) = (await queries.round_detail(db, made.id)).nobody.values()
    assert [say(one, "zh") for one in line.helps] == [
        "2026 年 11 月 23 日 周一也行，就有 1 人能来，会派给李兰",
        "2026 年 11 月 30 日 周一也行，就有 1 人能来，会派给李兰",
    ]
    assert say(line.helps[0], "en") == (
        "If Mon 23 Nov 2026 would do as well, 1 could come, and it would go to 李兰"
    )
    # Somebody else asks for just that, and she is given to them.
    first = why.tried[0].change
    assert (first.kind, first.on) == (ChangeKind.DAY, MONDAY)
    await town.request(await town.elder("黄伯"), windows=(Window(*MORNING, on_day=MONDAY),))
    again = await run_round(call, community_id=world.here)
    assert (again.served, again.waiting) == (1, 1)


@pytest.mark.slow
async def test_a_round_is_held_against_the_one_before(client: httpx.AsyncClient, world: World) -> None:
    town, _ = await _two_and_two(world)
    await sign_in(client, "mo")
    first = await _run(client)
    assert "上一批" not in (await client.get(first)).text
    async with town.reading() as db:
        await db.execute(text("UPDATE timebank.rounds SET made_at = made_at - interval '1 hour'"))
    await town.request(await town.elder("剪发的"), category="haircut")
    # A first try takes its place before anybody was asked, and nothing is held against what came to nothing.
    assert "上一批" not in (await client.get(await _run(client))).text
    async with town.reading() as db:
        await db.execute(text("UPDATE timebank.rounds SET made_at = made_at - interval '1 hour'"))
        await db.execute(
            text("UPDATE timebank.rounds SET status = 'sent', sent_at = made_at WHERE id = :id"), _id(first)
        )
    page = (await client.get(await _run(client))).text
    told = page[page.index("这一批的结果") :]
    assert re.search(r"没派到的需求</th><td class=\"n\">0 条</td><td class=\"n\">1 条", told)
    assert re.search(r"一条一条派，能派到的</th><td class=\"n\">2 条</td>", told)


@pytest.mark.slow
async def test_the_plan_draws_homes_and_prints_no_address(client: httpx.AsyncClient, world: World) -> None:
    town, _ = await _two_and_two(world)
    await town.request(await town.elder("剪发的", lat=22.94, lon=113.95), category="haircut")
    await town.request(await town.elder("没位置的"), category="haircut")
    await sign_in(client, "mo")
    where = await _run(client)
    page = (await client.get(f"{where}/plan")).text
    drawn = page[page.index('<svg class="plan"') : page.index("</svg>")]
    counts = [drawn.count(mark) for mark in ("<circle", "<rect", 'class="missed"', 'class="tie"')]
    assert counts == [2, 2, 1, 2]
    assert "派单图：2 条线，1 条没派到" in drawn
    assert "有 1 个人的住处没有登记位置" in page
    assert len(re.findall(r"<li value=", page)) == 4
    assert "榕树路" not in page
    english = (await client.get(f"{where}/plan", headers={"X-Language": "en"})).text
    assert "Plan of the round: 2 lines, 1 not served" in english


@pytest.mark.slow
async def test_months_of_rounds_are_compared_and_downloaded(client: httpx.AsyncClient, world: World) -> None:
    town, _ = await _two_and_two(world)
    await sign_in(client, "mo")
    assert "近一年还没有派过单" in (await client.get("/rounds/trends")).text
    first = await _run(client)
    await town.request(await town.elder("剪发的"), category="haircut")
    # Run twice before anybody is asked: the month had one round, not two.
    await _run(client)
    await _run(client)
    async with town.reading() as db:
        # A round of two months ago, from before rounds had reports.
        await db.execute(
            text(
                "UPDATE timebank.rounds SET on_day = on_day - 61, report = NULL, status = 'sent', sent_at = made_at WHERE id = :id"
            ),
            _id(first),
        )
    page = (await client.get("/rounds/trends")).text
    assert page.count('class="helper"') == 2
    assert page.count('class="rival"') == 1
    file = (await client.get("/rounds/trends.csv")).content.decode("utf-8-sig").splitlines()
    assert file[0].startswith("月份,批数,派到,没派到,派到的占比（%）")
    assert file[1].split(",")[1:6] == ["1", "2", "0", "100", ""]
    assert file[2].split(",")[:5] == [f"{TODAY:%Y-%m}", "1", "2", "1", "66"]
    assert file[2].split(",")[-3:] == ["2", "2", "2"]
