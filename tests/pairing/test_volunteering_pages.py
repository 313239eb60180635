"""Volunteering through the pages and the API: in few words, and with nothing of whom it is for."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from tests.given import PASSWORD, World, post_form, sign_in
from tests.pairing.neighbourhood import WEDNESDAY, Neighbourhood, open_neighbourhood
from tests.requests.test_pages import sign_in_member
from timebank.core.ids import new_id
from timebank.pairing import queries
from timebank.pairing import service as pairing
from timebank.pairing.model import Answer, Side
from timebank.pairing.volunteering import service

# All that could lead to the door of the one who asked.
SECRETS = {
    "name": "陈阿婆",
    "number": "NO-0777",
    "phone": "13900009999",
    "address": "榕树路 88 号",
    "note": "怕生人",
    "emergency_name": "陈大明",
    "emergency_phone": "13900008888",
}
PLACE, WORDS = "三栋四零二", "钥匙在门垫下面"


async def asked(town: Neighbourhood) -> tuple[UUID, list[str]]:
    """A request of somebody of whom everything is on record, and what nobody may read of it."""
    details: dict[str, Any] = dict(SECRETS)
    elder = await town.elder(details.pop("name"), lat=22.93, lon=113.94, **details)
    request = await town.request(elder, place=PLACE, note=WORDS, circumstances=("stairs",))
    return request, [*SECRETS.values(), PLACE, WORDS, str(elder), "22.93", "113.94", "1940-03", "86 岁"]


@pytest.mark.slow
async def test_a_helper_sees_what_and_when_and_not_whose(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰", lat=22.934, lon=113.94)
    request, secrets = await asked(town)
    await sign_in_member(client, world, li)
    assert 'href="/me/nearby"' in (await client.get("/me")).text
    page = (await client.get("/me/nearby")).text
    for said in ("买菜", "09:00–11:00", "1 小时", "500 米内", "请先知道："):
        assert said in page, said
    volunteered = await post_form(client, f"/me/nearby/{request}", {}, seen="/me/nearby")
    assert (volunteered.status_code, volunteered.headers["location"]) == (303, "/me/nearby")
    after = (await client.get("/me/nearby")).text
    assert "谢谢您！社区安排好了，会来问您" in after
    assert "已报名，等社区安排" in after
    assert "我愿意去" not in after
    english = (await client.get("/me/nearby", headers={"X-Language": "en"})).text
    assert "You volunteered; the community will arrange it" in english
    home = (await client.get("/me")).text
    for seen in (page, after, english, home):
        assert [secret for secret in secrets if secret in seen] == []
    stepped = await post_form(client, f"/me/nearby/{request}/withdraw", {}, seen="/me/nearby")
    assert stepped.status_code == 303
    assert "我愿意去" in (await client.get("/me/nearby")).text


@pytest.mark.slow
async def test_programs_read_no_more(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    li, he = await town.helper("李兰", lat=22.934, lon=113.94), await town.helper("何大海")
    request, secrets = await asked(town)
    await sign_in_member(client, world, li)
    token = client.cookies["login"]
    client.cookies.clear()
    mine = {"Authorization": f"Bearer {token}"}
    base = f"/api/v1/communities/{world.here}"
    at = f"{base}/members/{li}/nearby"
    first = await client.get(at, headers=mine)
    (row,) = first.json()["rows"]
    assert row == {
        "request": {
            "request_id": str(request),
            "category": "shopping",
            "skills": [],
            "circumstances": ["stairs"],
            "rrule": None,
            "windows": [{"on_day": "2026-11-25", "weekday": None, "from_minute": 540, "to_minute": 660}],
            "minutes": 60,
            "wanted": 1,
        },
        "near": "half_a_kilometre",
        "waiting_days": 0,
    }
    word = f"{base}/requests/{request}/volunteers/{li}"
    for _ in range(2):
        assert (await client.put(word, json={}, headers=mine)).status_code == 204
    second = await client.get(at, headers=mine)
    (said,) = second.json()["volunteered"]
    assert (said["outcome"], second.json()["rows"]) == ("waiting", [])
    for answer in (first, second):
        assert [secret for secret in secrets if secret in json.dumps(answer.json(), ensure_ascii=False)] == []
    other = await client.put(f"{base}/requests/{request}/volunteers/{he}", json={}, headers=mine)
    whose = await client.get(f"{base}/requests/{request}", headers=mine)
    who = await client.get(f"{base}/requests/{request}/volunteers", headers=mine)
    assert (other.status_code, whose.status_code, who.status_code) == (403, 403, 403)
    wrong = await client.put(word, json={"provenance": "rumour"}, headers=mine)
    lost = await client.get(f"{at}?after=!", headers=mine)
    assert (wrong.status_code, lost.status_code) == (422, 422)
    assert (await client.delete(word, headers=mine)).status_code == 204
    nothing = await client.put(f"{base}/requests/{new_id()}/volunteers/{li}", json={}, headers=mine)
    assert nothing.status_code == 404
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    desk = {"Authorization": f"Bearer {login.json()['token']}"}
    paper = await client.put(word, json={"provenance": "paper"}, headers=desk)
    assert paper.status_code == 204
    (known,) = (await client.get(f"{base}/requests/{request}/volunteers", headers=desk)).json()
    assert (known["member_id"], known["provenance"]) == (str(li), "paper")


@pytest.mark.slow
async def test_the_desk_reads_the_list_out_and_asks_her_in_one_click(
    client: httpx.AsyncClient, world: World
) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰")
    await town.helper("何大海")
    request, secrets = await asked(town)
    await sign_in(client, "mo")
    assert f'href="/members/{li}/nearby"' in (await client.get(f"/members/{li}")).text
    at = f"/members/{li}/nearby"
    page = (await client.get(at)).text
    assert "李兰愿意去" in page
    assert [secret for secret in secrets if secret in page] == []
    noted = await post_form(client, f"{at}/{request}", {"provenance": "phone"}, seen=at)
    assert (noted.status_code, noted.headers["location"]) == (303, at)
    assert "已记下自己报名要去" in (await client.get(at)).text
    today = (await client.get("/today")).text
    assert "愿意去帮忙，等您安排" in today
    asking = f"/proposals/new?request_id={request}"
    page = (await client.get(asking)).text
    assert (
        page.index("自己报名要去的")
        < page.index("请李兰来帮")
        < page.index("最合适的人")
        < page.index("请何大海来帮")
    )
    gone = await post_form(client, f"{at}/{request}/withdraw", {"to": "ask"}, seen=asking)
    assert (gone.status_code, gone.headers["location"]) == (303, asking)
    assert "自己报名要去的" not in (await client.get(asking)).text
    searched = f"{asking}&q=李兰"
    assert "只记下：李兰愿意去" in (await client.get(searched)).text
    again = await post_form(client, f"{at}/{request}", {"to": "ask"}, seen=searched)
    assert again.headers["location"] == asking
    wrong = await post_form(client, f"{at}/{request}", {"provenance": "rumour"}, seen=asking)
    assert wrong.status_code == 422
    rounds = (await client.get("/rounds")).text
    assert "自己报名要去" in rounds
    one_click = {"request_id": str(request), "helper_id": str(li)}
    made = await post_form(client, "/proposals/new", one_click, seen="/rounds")
    assert made.status_code == 303, made.text
    assert "自己报名要去" in (await client.get(made.headers["location"])).text
    async with town.reading() as db:
        (proposal,) = await queries.open_proposals(db, world.here)
    assert proposal.helper_id == li


@pytest.mark.slow
async def test_where_nothing_suits_it_says_what_to_do(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    li, elder = await town.helper("李兰", skills=()), await town.elder("陈阿婆")
    request = await town.request(elder)
    await sign_in(client, "mo")
    page = (await client.get(f"/members/{li}/nearby")).text
    assert "现在没有适合这位服务者的" in page
    assert f"/members/{li}/availability" in page
    refused = await post_form(client, f"/members/{li}/nearby/{request}", {}, seen=f"/members/{li}")
    assert refused.status_code == 303
    assert "没有登记需要的技能" in (await client.get(f"/members/{li}/nearby")).text
    nobody = await client.get(f"/members/{elder}/nearby")
    assert (nobody.status_code, nobody.headers["location"]) == (303, f"/members/{elder}")
    await sign_in_member(client, world, li)
    page = (await client.get("/me/nearby")).text
    assert "现在没有适合您的" in page
    assert 'href="/me/offers/new"' in page
    late = await post_form(client, f"/me/nearby/{request}", {}, seen="/me/nearby")
    assert late.status_code == 303
    assert "这件事现在不适合您去" in (await client.get("/me/nearby")).text
    await sign_in_member(client, world, elder)
    assert "/me/nearby" not in (await client.get("/me")).text
    assert (await client.get("/me/nearby")).headers["location"] == "/me"


@pytest.mark.slow
async def test_who_volunteered_and_cannot_go_any_more_is_named_with_why(
    client: httpx.AsyncClient, world: World
) -> None:
    town = await open_neighbourhood(world)
    li, he = await town.helper("李兰"), await town.helper("何大海")
    request, _ = await asked(town)
    await sign_in(client, "mo")
    for who in (li, he):
        at = f"/members/{who}/nearby"
        await post_form(client, f"{at}/{request}", {"provenance": "phone"}, seen=at)
    assert "现在去不了" not in (await client.get("/today")).text
    await town.away(li, 30)
    assert "李兰现在去不了" in (await client.get("/today")).text
    page = (await client.get("/rounds")).text
    assert "李兰报过名，现在去不了：那些日子外出不在" in page
    assert ("请李兰来帮" in page, "请何大海来帮" in page) == (False, True)
    # Nor can who is no helper any more.
    async with town.reading() as db:
        await db.execute(text("UPDATE timebank.members SET is_helper = false WHERE id = :id"), {"id": he})
    assert "何大海报过名，现在去不了：不是在册的服务者" in (await client.get("/rounds")).text


@pytest.mark.slow
async def test_what_went_to_others_stands_on_one_card_after_what_is_to_be_done(
    client: httpx.AsyncClient, world: World
) -> None:
    town = await open_neighbourhood(world)
    li, he, wang = [await town.helper(name) for name in ("李兰", "何大海", "王强")]
    to_others = [await town.request(await town.elder(name)) for name in ("陈阿婆", "黄伯")]
    hers = await town.request(await town.elder("冯婶"))
    call = await world.call()
    for request in to_others:
        await service.volunteer(
            world.call_of_member(li), community_id=world.here, request_id=request, member_id=li
        )
    for request, helper in ((to_others[0], he), (to_others[1], wang), (hers, li)):
        asking = {"request_id": request, "helper_id": helper, "on": WEDNESDAY, "from_minute": 9 * 60}
        made = await pairing.ask(call.because("都方便"), community_id=world.here, **asking)
        for side in Side:
            await pairing.answer(
                call, community_id=world.here, proposal_id=made, side=side, answer=Answer.YES
            )
    await sign_in_member(client, world, li)
    page = (await client.get("/me")).text
    (card,) = [part for part in page.split("<section") if "请了别人去" in part]
    assert card.count("这次请了别人去，谢谢您愿意") == 2
    assert page.index("冯婶") < page.index("请了别人去")
