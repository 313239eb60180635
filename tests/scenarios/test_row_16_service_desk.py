"""桑榆红党群服务中心: who walks in, who rings up and who uses a phone meet in one work list; the desk says when it is open."""

import httpx
import pytest

from tests.given import browser, csrf_of, post_form
from tests.scenarios.story import Story
from timebank.core.ids import new_id

pytestmark = pytest.mark.slow(5)


async def test_walk_in_telephone_and_phone_meet_in_one_list(story: Story) -> None:
    scheme = await story.scheme("银龄互助")
    walks, rings, taps = [await story.join(name, born=1945) for name in ("走来的", "打电话的", "用手机的")]
    helper = await story.join("陪诊的")
    await story.bring({walks: 3})
    place = {"name": "桑榆红服务台", "hours": "每天 8:30-17:30"}
    assert (await post_form(story.client, "/places/new", place)).status_code == 303
    # One walks in and takes a number; the desk calls her and writes her request down.
    given = await post_form(story.client, "/reception", {"who": "走来的", "about": "ask"})
    assert given.status_code == 303
    called = await post_form(story.client, "/reception/next", {}, seen="/reception")
    assert called.status_code == 303
    at_desk = (await story.client.get("/reception")).text
    assert f"/requests/new?member={walks}" in at_desk
    plain = {
        "scheme_id": str(scheme),
        "category": "clinic",
        "kind": "once",
        "duration_minutes": "60",
        "days": "2026-11-25",
    }
    for who, source in ((walks, "desk"), (rings, "phone")):
        sent = plain | {"member_id": str(who), "provenance": source}
        done = await post_form(story.client, "/requests/new", sent, seen=f"/requests/new?member={who}")
        assert done.status_code == 303, done.text
    # One asks on her own phone.
    card = await story.do(f"/members/{taps}/cards", {})
    async with browser(story.app) as phone:
        await _sign_in(phone, card)
        assert "现在开着" in (await phone.get("/me/places")).text
        form = await phone.get("/me/requests/new?category=clinic")
        asked = await phone.post(
            "/me/requests/new",
            data={
                "csrf": csrf_of(form.text),
                "key": new_id().hex,
                "category": "clinic",
                "kind": "once",
                "part": "any",
            },
        )
        assert asked.status_code == 303, asked.text
    rows = await story.all("/requests")
    assert {row["provenance"] for row in rows} == {"desk", "phone", "app"}
    today = (await story.client.get("/today")).text
    for name in ("走来的", "打电话的", "用手机的"):
        assert name in today
    served = await post_form(
        story.client, f"/reception/{_first_visitor(at_desk)}/serve", {"version": "2"}, seen="/reception"
    )
    assert served.status_code == 303
    assert "今天来过的" in (await story.client.get("/reception")).text
    await story.serve(scheme, helper, walks, 60)
    book = await story.book()
    assert (book["陪诊的"], book["走来的"]) == (60, 120)
    assert "陪诊的来帮忙：陪诊" in await story.own_page(walks)
    assert "nobody-waits" in await story.refused("/visitors/next", {})


async def _sign_in(phone: httpx.AsyncClient, card: dict[str, str]) -> None:
    door = await phone.get(f"/card/{card['secret']}")
    sent = {"csrf": csrf_of(door.text), "secret": card["secret"], "pin": card["pin"]}
    assert (await phone.post("/sign-in/card", data=sent)).status_code == 303


def _first_visitor(page: str) -> str:
    return page.split('action="/reception/', 2)[2].split("/", 1)[0] if "/next" in page else ""
