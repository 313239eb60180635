"""What somebody would gladly do: said by them or at the desk, listed, ended, taken up again."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.given import PASSWORD, World, post_form, sign_in
from tests.requests.given import TODAY, wish
from tests.requests.test_pages import sign_in_member
from timebank.core.errors import Forbidden, Invalid, NotFound, Stale
from timebank.core.provenance import Provenance
from timebank.requests.errors import NoHelper
from timebank.requests.model import Kind, Window
from timebank.requests.offers import rules, service
from timebank.requests.offers.model import Offer

OFFER = Offer("clinic", (1, 2), 480, 720, TODAY + timedelta(days=30))
TUESDAY = TODAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("offer", "changes", "met"),
    [
        (OFFER, {}, True),  # a Tuesday morning
        (replace(OFFER, weekdays=()), {}, True),
        (replace(OFFER, weekdays=(0,)), {}, False),
        (replace(OFFER, category="shopping"), {}, False),
        (replace(OFFER, from_minute=660), {}, False),  # an hour in common, two are asked
        (replace(OFFER, until_on=TODAY + timedelta(days=1)), {}, False),
        (OFFER, {"kind": Kind.WEEKLY, "windows": (Window(480, 720, weekday=2),)}, True),
        (OFFER, {"kind": Kind.WEEKLY, "windows": (Window(480, 720, weekday=4),)}, False),
    ],
)
def test_an_offer_meets_a_wish_for_the_same_at_a_common_time(
    offer: Offer, changes: dict[str, object], met: bool
) -> None:
    assert rules.meets(offer, wish(**changes)) is met


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from_minute": 720, "to_minute": 480}, "until_time"),
        ({"until_on": TODAY - timedelta(days=1)}, "until_on"),
        ({"until_on": TODAY + timedelta(days=400)}, "until_on"),
    ],
)
def test_an_offer_that_cannot_be_is_refused_by_field(changes: dict[str, object], field: str) -> None:
    assert [found.field for found in rules.problems(replace(OFFER, **changes), today=TODAY)] == [field]  # type: ignore[arg-type]
    assert rules.problems(OFFER, today=TODAY) == []


async def test_a_member_offers_and_ends_and_is_glad_after_all(world: World) -> None:
    me, other = await world.add_member("李兰"), await world.add_member("何大海")
    mine, ask = world.call_of_member(me), {"community_id": world.here}
    made = await service.make_offer(
        mine,
        member_id=me,
        offer=OFFER,
        provenance=Provenance.PAPER,
        **ask,  # type: ignore[arg-type]
    )
    (view,) = await service.offers_of_member(mine, member_id=me, **ask)
    assert (view.offer, view.provenance, view.stands(TODAY)) == (OFFER, Provenance.APP, True)
    await service.end_offer(mine, offer_id=made, version=1, **ask)
    (view,) = await service.offers_of_member(mine, member_id=me, **ask)
    assert not view.stands(TODAY)
    with pytest.raises(Stale):
        await service.reopen_offer(mine, offer_id=made, version=1, **ask)
    await service.reopen_offer(mine, offer_id=made, version=2, **ask)
    desk = await world.call()
    await service.change_offer(desk, offer_id=made, offer=replace(OFFER, weekdays=()), version=3, **ask)
    assert (await service.one_offer(desk, offer_id=made, **ask)).view.offer.weekdays == ()
    for stranger in (world.call_of_member(other), await world.call(world.neighbour)):
        with pytest.raises((Forbidden, NotFound)):
            await service.end_offer(stranger, offer_id=made, version=4, **ask)
    with pytest.raises(NotFound):
        await service.one_offer(
            await world.call(world.administrator), community_id=world.there, offer_id=made
        )


async def test_who_is_no_helper_is_told_where_to_become_one(world: World) -> None:
    elder = await world.add_member("陈阿婆", is_helper=False)
    with pytest.raises(NoHelper):
        await service.make_offer(
            await world.call(),
            community_id=world.here,
            member_id=elder,
            offer=OFFER,
            provenance=Provenance.PHONE,
        )
    helper = await world.add_member("李兰")
    with pytest.raises(Invalid):
        await service.make_offer(
            await world.call(),
            community_id=world.here,
            member_id=helper,
            offer=replace(OFFER, until_on=TODAY - timedelta(days=1)),
            provenance=Provenance.PHONE,
        )


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE timebank.offers SET weekdays = '{7}'", "offer_weekdays"),
        ("UPDATE timebank.offers SET to_minute = from_minute", "offer_within_the_day"),
        ("UPDATE timebank.offers SET category = '做饭'", "offer_category"),
    ],
)
async def test_the_database_refuses_a_wrong_offer(world: World, statement: str, rule: str) -> None:
    me = await world.add_member("李兰")
    await service.make_offer(
        await world.call(), community_id=world.here, member_id=me, offer=OFFER, provenance=Provenance.PHONE
    )
    with pytest.raises(IntegrityError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(statement))


@pytest.mark.slow
async def test_the_desk_lists_finds_by_category_and_edits(client: httpx.AsyncClient, world: World) -> None:
    li = await world.add_member("李兰", number="0007")
    await sign_in(client, "mo")
    assert "还没有人说乐意做这个" in (await client.get("/offers")).text
    assert "李兰可提供服务" in (await client.get("/offers/new?who=0007")).text
    at = f"/offers/new?member={li}"
    form = {
        "member_id": str(li),
        "category": "clinic",
        "weekdays": ["1", "2"],
        "until_on": str(OFFER.until_on),
    }
    wrong = await post_form(client, "/offers/new", {**form, "until_time": "07:00"}, seen=at)
    assert (wrong.status_code, "结束时间要晚于开始时间" in wrong.text) == (422, True)
    assert (await post_form(client, "/offers/new", form, seen=at)).status_code == 303
    page = (await client.get("/offers?category=clinic")).text
    assert ("李兰" in page, "周二、周三 08:00–18:00" in page) == (True, True)
    assert "李兰" not in (await client.get("/offers?category=meal")).text
    edit = page.split('href="/offers/', 2)[2].split('"', 1)[0]
    changed = await post_form(
        client, f"/offers/{edit}", {**form, "version": "1", "weekdays": []}, seen=f"/offers/{edit}"
    )
    assert changed.status_code == 303
    stale = await post_form(client, f"/offers/{edit}", {**form, "version": "1"}, seen=f"/offers/{edit}")
    assert (stale.status_code, "刚才有人改过" in stale.text) == (422, True)
    end = f"/offers/{edit.removesuffix('/edit')}/end"
    assert (await post_form(client, end, {"version": "2"}, seen="/offers")).status_code == 303
    assert "李兰" in (await client.get("/offers?which=ended")).text


@pytest.mark.slow
async def test_a_member_offers_with_few_big_choices(client: httpx.AsyncClient, world: World) -> None:
    li = await world.add_member("李兰")
    await sign_in_member(client, world, li)
    assert "我愿意帮忙" in (await client.get("/me")).text
    assert "理发" in (await client.get("/me/offers/new")).text
    form = {"category": "haircut", "weekdays": ["2"], "part": "morning", "days": "90"}
    done = await post_form(client, "/me/offers/new", form, seen="/me/offers/new?category=haircut")
    assert (done.status_code, done.headers["location"]) == (303, "/me/offers")
    mine = (await client.get("/me/offers")).text
    assert "周三 08:00–12:00" in mine
    end = mine.split('action="/me/offers/', 1)[1].split('"', 1)[0]
    assert (
        await post_form(client, f"/me/offers/{end}", {"version": "1"}, seen="/me/offers")
    ).status_code == 303
    assert "还是愿意" in (await client.get("/me/offers")).text


@pytest.mark.slow
async def test_offers_for_programs(client: httpx.AsyncClient, world: World) -> None:
    li = await world.add_member("李兰")
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    auth = {"authorization": f"Bearer {login.json()['token']}"}
    at = f"/api/v1/communities/{world.here}/offers"
    body = {"category": "clinic", "weekdays": [1], "until_on": str(OFFER.until_on)}
    made = await client.post(at, json={**body, "member_id": str(li)}, headers=auth)
    one = f"{at}/{made.json()['id']}"
    assert (await client.get(one, headers=auth)).json()["stands"] is True
    changed = await client.put(one, json={**body, "version": 1, "note": "会说粤语"}, headers=auth)
    assert changed.status_code == 204
    assert (await client.post(f"{one}/end", json={"version": 2}, headers=auth)).status_code == 204
    stale = await client.post(f"{one}/reopen", json={"version": 2}, headers=auth)
    assert (stale.status_code, stale.json()["code"]) == (409, "changed-meanwhile")
    rows = (await client.get(f"{at}?ended=true", headers=auth)).json()["rows"]
    assert [row["note"] for row in rows] == ["会说粤语"]
    assert (await client.get(f"{at}?member_id={li}", headers=auth)).json()["rows"][0]["stands"] is False
    wrong = await client.post(at, json={**body, "member_id": str(li), "weekdays": [9]}, headers=auth)
    assert wrong.status_code == 422
