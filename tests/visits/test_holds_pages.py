"""A coordinator plans and settles with time set aside; everybody whose time it is can see it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from tests.given import World, browser, post_form, service_over, sign_in
from tests.visits.desk import Desk
from tests.visits.holding import AHEAD, HoldingStreet, holding_street
from timebank.access import service as access
from timebank.core import clock
from timebank.core.ids import new_id
from timebank.hours import tasks
from timebank.visits import service
from timebank.visits.model import Status

pytestmark = pytest.mark.slow

DAY = clock.day_of(AHEAD)


@pytest.fixture
async def street(world: World) -> AsyncIterator[HoldingStreet]:
    with clock.set_to(AHEAD):
        yield await holding_street(world)


@pytest.fixture
async def desk(street: HoldingStreet) -> AsyncIterator[Desk]:
    async with browser(service_over(street.world.database)) as client:
        await sign_in(client, "mo")
        yield Desk(client, street)


def plan(street: HoldingStreet, **changes: object) -> dict[str, object]:
    return {
        "helper": "0101",
        "recipient": "0102",
        "scheme_id": str(street.scheme),
        "category": "clinic",
        "on": str(DAY),
        "from_time": "14:00",
        "until_time": "16:00",
        "provenance": "phone",
    } | changes


async def as_feng(client: httpx.AsyncClient, street: HoldingStreet) -> None:
    card = await access.issue_card(await street.call(), community_id=street.world.here, member_id=street.feng)
    client.cookies.clear()
    answer = await post_form(
        client, "/sign-in/card", {"number": card.number, "pin": card.pin}, seen="/sign-in"
    )
    assert answer.status_code == 303, answer.text


async def test_planned_seen_and_settled_from_what_was_set_aside(desk: Desk, street: HoldingStreet) -> None:
    made = await post_form(desk.client, "/visits/new", plan(street))
    assert made.status_code == 303, made.text
    page = (await desk.client.get(made.headers["location"])).text
    assert "预留了 2 小时，保留到 2098 年 1 月 19 日" in page
    account = (await desk.client.get(f"/accounts/{street.feng}")).text
    assert "可用 8:00" in (await desk.client.get(f"/members/{street.feng}")).text
    for told in ("余额 10 小时，可用 8 小时", "周阿姨来帮忙：陪诊", "2098-01-19", made.headers["location"]):
        assert told in account, told
    visit_id = (
        (await service.of_member(await street.call(), community_id=street.world.here, member_id=street.feng))
        .coming[0]
        .visit.id
    )
    assert await desk.done(visit_id, "claim", hours=1, minutes=30, provenance="phone") is Status.CLAIMED
    assert await desk.done(visit_id, "confirm", provenance="phone") is Status.SETTLED
    assert "预留的 2 小时，记账用了 1 小时 30 分，其余已释放" in await desk.look(visit_id)
    account = (await desk.client.get(f"/accounts/{street.feng}")).text
    assert "余额 8 小时 30 分，可用 8 小时 30 分" in account
    assert "已预留" not in account


async def test_too_little_is_said_on_the_form_and_what_was_typed_stays(
    desk: Desk, street: HoldingStreet
) -> None:
    await street.plan_one(500, after=timedelta(days=1))
    refused = await post_form(desk.client, "/visits/new", plan(street) | {"place": "中医院"})
    assert refused.status_code == 409
    assert (
        "冯伯的余额是 10 小时，其中已预留 8 小时 20 分，可用 1 小时 40 分；这次要预留 2 小时" in refused.text
    )
    assert 'value="中医院"' in refused.text


async def test_what_has_expired_is_said_at_the_visit(desk: Desk, street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60)
    await street.over(visit_id)
    assert await tasks.expire_holds(street.world.call_of_job(), AHEAD) == {"lapsed": 1}
    page = await desk.look(visit_id)
    assert "已到期释放；以后记账，从当时的余额里扣" in page
    assert (await street.settle(visit_id, 60)).posted


async def test_a_member_sees_what_is_set_aside_and_until_when(desk: Desk, street: HoldingStreet) -> None:
    visit_id = await street.plan_one(60)
    await as_feng(desk.client, street)
    assert "其中 1 小时 已预留，可用 9 小时" in (await desk.client.get("/me")).text
    passbook = (await desk.client.get("/me/passbook")).text
    for told in (
        "余额 10 小时，预留了 1 小时，还可以用 9 小时",
        "周阿姨来帮忙：陪诊",
        "保留到 2098 年 1 月 19 日",
    ):
        assert told in passbook, told
    assert f"/me/visits/{visit_id}" in passbook
    assert "预留了 1 小时" in (await desk.client.get(f"/me/visits/{visit_id}")).text
    await street.cancel(visit_id)
    assert "预留" not in (await desk.client.get("/me/passbook")).text


async def test_programs_read_the_same(desk: Desk, street: HoldingStreet) -> None:
    client, here = desk.client, street.world.here
    client.headers["Authorization"] = f"Bearer {client.cookies['login']}"
    client.cookies.clear()
    base = f"/api/v1/communities/{here}"
    at = f"{base}/members/{street.feng}/balance"
    assert (await client.get(at)).json()["holds"] == []
    visit_id = await street.plan_one(60)
    hold = {
        "visit_id": str(visit_id),
        "served_on": "2098-01-05",
        "minutes": 60,
        "until_on": "2098-01-19",
        "words": "周阿姨来帮忙：陪诊",
    }
    for body in ((await client.get(at)).json(), (await client.get(f"{base}/accounts/{street.feng}")).json()):
        assert (body["posted_minutes"], body["held_minutes"], body["available_minutes"]) == (600, 60, 540)
        assert [{name: line[name] for name in hold} for line in body["holds"]] == [hold]
    story = (await client.get(f"{base}/visits/{visit_id}")).json()
    assert (story["hold"]["state"], story["hold"]["minutes"]) == ("open", 60)
    begins = AHEAD + timedelta(days=1)
    wish = {
        "scheme_id": str(street.scheme),
        "category": "clinic",
        "helper_id": str(street.zhou),
        "recipient_id": str(street.feng),
        "planned_from": begins.isoformat(),
        "planned_until": (begins + timedelta(minutes=600)).isoformat(),
    }
    client.cookies.set("lang", "en")
    headers = {"Idempotency-Key": new_id().hex}
    refused = await client.post(f"{base}/visits", json=wish, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "visit-not-set-aside")
    assert "of which 1 h is already set aside, so 9 h is available" in refused.json()["title"]
