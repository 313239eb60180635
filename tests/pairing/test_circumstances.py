"""Stairs, pets, a wheelchair: told before anybody answers, and never brought to who cannot take them."""

import httpx
import pytest

from tests.given import PASSWORD, World, post_form, sign_in
from tests.pairing.neighbourhood import open_neighbourhood
from tests.pairing.test_pages import _member_signs_in, _only, _run_and_send
from timebank.core.errors import Forbidden, Stale
from timebank.core.provenance import Provenance
from timebank.pairing import service
from timebank.pairing.errors import NotEligible
from timebank.pairing.running import run_round
from timebank.people import service as people
from timebank.requests import service as requests
from timebank.requests.model import AS_RECORDED, Kind, Window, Wish
from timebank.web.i18n import say


@pytest.mark.slow
async def test_who_cannot_climb_is_counted_and_nobody_talks_them_into_it(world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰", avoids=("stairs",))
    await town.helper("何大海", avoids=("pets", "stairs"))
    await town.helper("赵强", skills=())
    request = await town.request(await town.elder("陈阿婆"), circumstances=("stairs", "oxygen"))
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    page = await service.round_page(call, community_id=world.here, round_id=made.id)
    (line,) = page.unmatched
    assert say(line.why, "zh") == "3 位服务者：2 人登记了“爬不了楼梯”、1 人没有登记“买菜”"
    assert "2 can’t climb stairs" in say(line.why, "en")
    assert (await town.look(request)).last_why == {"circumstance:stairs": 2, "skill:shopping": 1}
    with pytest.raises(NotEligible) as refused:
        await service.ask(
            call.because("电话里说好的"), community_id=world.here, request_id=request, helper_id=li
        )
    assert "不便接受" in say(refused.value.text, "zh")


async def test_without_a_word_the_record_of_the_member_is_taken(world: World) -> None:
    town = await open_neighbourhood(world)
    elder = await town.elder("陈阿婆", needs=("pets", "stairs", "shopping"))
    wish = Wish(
        scheme_id=town.scheme,
        category="shopping",
        kind=Kind.WEEKLY,
        duration_minutes=60,
        starts_on=world.now.date(),
        expires_on=world.now.date(),
        windows=(Window(540, 660, weekday=2),),
        circumstances=AS_RECORDED,
    )
    made = await requests.submit(
        await world.call(),
        community_id=world.here,
        member_id=elder,
        wish=wish,
        provenance=Provenance.PHONE,
    )
    assert (await town.look(made)).wish.circumstances == ("stairs", "pets")


@pytest.mark.slow
async def test_a_helper_reads_it_before_answering(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰", phone="13000000001")
    elder = await town.elder("陈阿婆")
    await town.request(elder, circumstances=("stairs", "pets"))
    await sign_in(client, "mo")
    where = await _run_and_send(client)
    proposal = await _only(town)
    for path in (f"/proposals/{proposal}", f"{where}/calls"):
        assert "楼梯房" in (await client.get(path)).text, path
    await _member_signs_in(client, world, li)
    assert "家有宠物" in (await client.get(f"/me/proposals/{proposal}")).text
    await _member_signs_in(client, world, elder)
    assert "家有宠物" not in (await client.get(f"/me/proposals/{proposal}")).text


@pytest.mark.slow
async def test_a_member_says_what_they_cannot_take(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    li, other = await town.helper("李兰"), await town.helper("何大海")
    await _member_signs_in(client, world, li)
    seen = {"version": "1", "avoids": ["stairs", "pets"]}
    done = await post_form(client, "/me/avoids", seen, seen="/me/avoids")
    assert done.status_code == 303, done.text
    assert (await client.get("/me/avoids")).text.count(" checked") == 2
    stale = await post_form(client, "/me/avoids", seen, seen="/me/avoids")
    assert (stale.status_code, "刚才有人改过" in stale.text) == (422, True)
    wrong = await post_form(client, "/me/avoids", {"version": "2", "avoids": "work"}, seen="/me/avoids")
    assert (wrong.status_code, "没有“work”这一项" in wrong.text) == (422, True)
    with pytest.raises(Forbidden):
        await people.set_avoids(world.call_of_member(li), member_id=other, avoids=[], version=1)
    with pytest.raises(Stale):
        await people.set_avoids(await world.call(), member_id=li, avoids=[], version=1)


@pytest.mark.slow
async def test_the_desk_names_them_on_its_form(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    elder = await town.elder("陈阿婆", needs=("oxygen",))
    await sign_in(client, "mo")
    at = f"/requests/new?member={elder}"
    assert 'value="oxygen" checked' in (await client.get(at)).text
    form = {"member_id": str(elder), "category": "shopping", "duration_minutes": "60", "days": "2026-11-25"}
    done = await post_form(client, "/requests/new", {**form, "circumstances": ["smoker"]}, seen=at)
    page = (await client.get(done.headers["location"])).text
    assert ("家里有人抽烟" in page, "在吸氧" in page) == (True, False)


@pytest.mark.slow
async def test_a_program_names_them_or_takes_the_record(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    elder = await town.elder("陈阿婆", needs=("oxygen",))
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    auth = {"authorization": f"Bearer {login.json()['token']}"}
    at = f"/api/v1/communities/{world.here}/requests"
    body = {
        "member_id": str(elder),
        "category": "shopping",
        "duration_minutes": 60,
        "starts_on": "2026-11-22",
        "expires_on": "2026-11-25",
        "windows": [{"on_day": "2026-11-25", "from_minute": 480, "to_minute": 720}],
    }
    for given, kept in (
        ({}, ["oxygen"]),
        ({"circumstances": []}, []),
        ({"circumstances": ["pets"]}, ["pets"]),
    ):
        made = await client.post(at, json={**body, **given, "anyway": True}, headers=auth)
        one = await client.get(f"{at}/{made.json()['id']}", headers=auth)
        assert one.json()["circumstances"] == kept
    wrong = await client.post(at, json={**body, "circumstances": ["dragons"]}, headers=auth)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "circumstances.0")
