"""Members give hours to their family, to others and to the pool, as the house policy has it, and once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.given import PASSWORD, World, csrf_of, post_form, sign_in
from tests.hours.given import Book, settled_book
from timebank.access.errors import KinsAffair, OwnAffair
from timebank.access.steps import issue_card
from timebank.core import clock
from timebank.core.errors import Forbidden, Invalid, NotFound
from timebank.core.ids import new_id
from timebank.hours import queries, steps
from timebank.hours import service as hours
from timebank.hours.errors import GiftNotAllowed, GiftsOfTheYear, GiftTooLarge, MustKeep, NoRoom
from timebank.hours.gifts import rules, service
from timebank.hours.gifts.model import Receiver
from timebank.people.errors import WhichOne
from timebank.people.model import Status
from timebank.people.service import link_staff
from timebank.schemes import steps as schemes
from timebank.schemes.model import GiftTo, HousePolicy
from timebank.web.i18n import say

ANYBODY = HousePolicy(gift_to=GiftTo.MEMBERS)


async def allow(world: World, policy: HousePolicy) -> UUID:
    """The house policy, from today on."""
    async with world.database.begin({world.here}) as db:
        version = await schemes.set_house_policy(
            db, world.here, policy, clock.day_of(world.now), now=world.now, made_by=world.coordinator
        )
        await steps.apply_house_policy(db, world.here, on=clock.day_of(world.now), actor_id=world.coordinator)
    return version


async def balances(book: Book) -> tuple[int, int]:
    """What Chen and Li hold: 60 and 538 to begin with."""
    async with book.world.database.begin({book.world.here}) as db:
        found = await queries.balances(db, book.world.here, [book.chen, book.li])
    return found[book.chen].posted, found[book.li].posted


def to_chen(book: Book, minutes: int = 60, **more: Any) -> dict[str, Any]:
    """Li gives Chen some minutes."""
    plain = {"community_id": book.world.here, "member_id": book.li, "receiver_id": book.chen}
    return {**plain, "minutes": minutes, "reason": None, **more}


@pytest.mark.parametrize(
    ("policy", "receiver", "minutes", "refused"),
    [
        (HousePolicy(gift_to=GiftTo.NOBODY), Receiver.POOL, 600, None),
        (HousePolicy(gift_to=GiftTo.NOBODY), Receiver.KIN, 1, GiftNotAllowed),
        (HousePolicy(), Receiver.KIN, 600, None),
        (HousePolicy(), Receiver.MEMBER, 1, GiftNotAllowed),
        (ANYBODY, Receiver.MEMBER, 600, None),
        (ANYBODY, Receiver.MEMBER, 601, MustKeep),
        (HousePolicy(gift_kept_minutes=120), Receiver.POOL, 480, None),
        (HousePolicy(gift_kept_minutes=120), Receiver.POOL, 481, MustKeep),
        (HousePolicy(gift_minutes_max=60), Receiver.KIN, 61, GiftTooLarge),
        (HousePolicy(gift_minutes_max=60), Receiver.POOL, 61, None),
        (HousePolicy(gift_year_minutes_max=300), Receiver.KIN, 100, None),
        (HousePolicy(gift_year_minutes_max=300), Receiver.KIN, 101, GiftsOfTheYear),
        (HousePolicy(gift_year_minutes_max=300), Receiver.POOL, 400, None),
    ],
)
def test_the_house_policy_says_to_whom_and_how_much(
    policy: HousePolicy, receiver: Receiver, minutes: int, refused: type | None
) -> None:
    found = rules.barrier(policy, receiver, minutes, available=600, given_this_year=200)
    assert type(found) is (refused or type(None))


@pytest.mark.slow
async def test_a_gift_to_ones_family_stands_in_both_passbooks_and_names_its_rules(world: World) -> None:
    book = await settled_book(world)
    version = await allow(world, HousePolicy())
    li, chen = world.call_of_member(book.li, key="press-it-twice"), world.call_of_member(book.chen)
    with pytest.raises(GiftNotAllowed) as refused:
        await service.give(li, **to_chen(book))
    assert "时间可以转赠给家人，或捐给公益时间池" in say(refused.value.text, "zh")
    await world.relate(book.li, book.chen)
    first = await service.give(li, **to_chen(book))
    assert await service.give(li, **to_chen(book)) == first
    assert await balances(book) == (120, 478)
    days = {"from_on": clock.day_of(world.now), "until_on": clock.day_of(world.now)}
    for call, member_id, words in ((li, book.li, "转赠给陈阿婆"), (chen, book.chen, "收到李伯转赠")):
        pages = await hours.passbook(call, community_id=world.here, member_id=member_id, **days)
        assert say(pages.lines[-1].words, "zh") == words
        told = await hours.explain_own(call, community_id=world.here, member_id=member_id, transfer_id=first)
        assert told.house is not None
        assert told.house.version_id == version
        assert [say(step, "zh") for step in told.reckoning] == ["转赠给家人：社区规则许可"]
        [gift] = (await service.giving(call, community_id=world.here, member_id=member_id)).gifts
        assert (gift.minutes, gift.incoming) == (60, member_id == book.chen)


@pytest.mark.slow
async def test_a_member_finds_another_by_number_phone_or_card_and_sees_a_masked_name(world: World) -> None:
    book = await settled_book(world)
    await world.add_member("梁秀英", number="M3", phone="13900007777")
    await world.add_member("梁大明", number="M4", phone="13900007777")
    await world.add_member("别处的人", number="Z1", community_id=world.there)
    async with world.database.begin({world.here}) as db:
        card = await issue_card(db, member_id=book.chen, community_id=world.here, now=world.now)
    li = world.call_of_member(book.li)
    mine = {"community_id": world.here, "member_id": book.li}
    with pytest.raises(GiftNotAllowed):
        await service.find_receiver(li, **mine, words="M3")
    await allow(world, ANYBODY)
    for words, names in (
        ("M3", ["梁＊英"]),
        ("139 0000 7777", ["梁＊英", "梁＊明"]),
        (card.number, ["陈＊婆"]),
    ):
        found = await service.find_receiver(li, **mine, words=words)
        assert [say(one.name, "zh") for one in found] == names
    for words in ("Z1", "M2", "梁秀英", "liang", "没有"):
        with pytest.raises(Invalid):
            await service.find_receiver(li, **mine, words=words)


async def test_a_gift_is_refused_with_what_could_be_given(world: World) -> None:
    book = await settled_book(world)
    await allow(world, HousePolicy(gift_to=GiftTo.MEMBERS, gift_kept_minutes=60, ceiling_minutes=600))
    li = world.call_of_member(book.li)
    with pytest.raises(MustKeep) as refused:
        await service.give(li, **to_chen(book, 500))
    assert "要留下 1 小时，现在最多可以转赠 7 小时 58 分" in say(refused.value.text, "zh")
    async with world.database.begin({world.here}) as db:
        await book.bring(db, book.chen, 500)
    with pytest.raises(NoRoom) as full:
        await service.give(li, **to_chen(book, 60))
    assert "陈＊婆的账户快满了，会超出存储上限 20 分" in say(full.value.text, "zh")
    assert await balances(book) == (560, 538)


async def test_the_year_counts_what_was_given_to_people_and_stands(world: World) -> None:
    book = await settled_book(world)
    await allow(world, HousePolicy(gift_to=GiftTo.MEMBERS, gift_year_minutes_max=150))
    li = world.call_of_member(book.li)
    await service.give(li, **to_chen(book, 100, receiver_id=None))
    made = await service.give(li, **to_chen(book, 100))
    with pytest.raises(GiftsOfTheYear) as refused:
        await service.give(li, **to_chen(book, 100))
    assert "今年已转赠 1 小时 40 分，还可以转赠 50 分" in say(refused.value.text, "zh")
    async with world.database.begin({world.here}) as db:
        await steps.reverse(
            db,
            world.here,
            [made],
            reason="转错了",
            root=new_id(),
            actor_id=world.second,
            now=world.now,
        )
    await service.give(li, **to_chen(book, 150))
    with clock.set_to(world.now + timedelta(days=60)):
        await service.give(world.call_of_member(book.li), **to_chen(book, 150))


@pytest.mark.slow
async def test_two_gifts_at_the_same_moment_do_not_both_fit_under_one_cap(two_desks: World) -> None:
    book = await settled_book(two_desks)
    await allow(two_desks, HousePolicy(gift_to=GiftTo.MEMBERS, gift_year_minutes_max=100))
    li = two_desks.call_of_member(book.li)
    ended = await asyncio.gather(
        *(service.give(li, **to_chen(book, 80)) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in ended) == ["GiftsOfTheYear", "UUID"]
    assert await balances(book) == (140, 458)


async def test_nobody_gives_what_is_not_theirs_nor_to_whom_they_may_not(world: World) -> None:
    book = await settled_book(world)
    await allow(world, ANYBODY)
    gone = await world.add_member("走了", status=Status.LEFT)
    there = await world.add_member("别处", community_id=world.there)
    with pytest.raises(Forbidden):
        await service.give(world.call_of_member(book.chen), **to_chen(book))
    li = world.call_of_member(book.li)
    for nobody in (book.li, there, new_id()):
        with pytest.raises(NotFound):
            await service.give(li, **to_chen(book, receiver_id=nobody))
    with pytest.raises(Invalid):
        await service.give(li, **to_chen(book, receiver_id=gone))
    with pytest.raises(Forbidden):
        await service.give(await world.call(world.neighbour), **to_chen(book))


async def test_a_coordinator_gives_nothing_to_themselves_or_their_family(world: World) -> None:
    book = await settled_book(world)
    await allow(world, ANYBODY)
    await world.relate(book.chen, "莫协调", "child")
    desk = await world.call()
    with pytest.raises(KinsAffair):
        await service.give(desk, **to_chen(book))
    await service.give(await world.call(world.second), **to_chen(book))
    with pytest.raises(KinsAffair):
        await hours.grant(desk, community_id=world.here, member_id=book.chen, minutes=60, reason="慰问")
    admin = await world.call(world.administrator)
    await link_staff(admin, member_id=book.chen, staff_id=world.second, linked=True)
    with pytest.raises(OwnAffair):
        await service.give(await world.call(world.second), **to_chen(book))


async def test_gifts_stay_as_they_were_made(world: World) -> None:
    book = await settled_book(world)
    await service.give(world.call_of_member(book.li), **to_chen(book, receiver_id=None))
    for statement in ("UPDATE timebank.gifts SET minutes = 1", "DELETE FROM timebank.gifts"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with world.database.begin({world.here}) as db:
                await db.execute(text(statement))


async def _phone(client: httpx.AsyncClient, world: World, member_id: UUID) -> None:
    async with world.database.begin({world.here}) as db:
        card = await issue_card(db, member_id=member_id, community_id=world.here, now=world.now)
    data: dict[str, object] = {"number": card.number, "pin": card.pin}
    assert (await post_form(client, "/sign-in/card", data, seen="/sign-in")).status_code == 303


@pytest.mark.slow
async def test_a_member_gives_on_the_phone_after_reading_what_will_happen(
    client: httpx.AsyncClient, world: World
) -> None:
    book = await settled_book(world)
    await allow(world, ANYBODY)
    await world.relate(book.li, book.chen)
    await _phone(client, world, book.li)
    assert 'href="/me/gifts"' in (await client.get("/me/passbook")).text
    page = (await client.get("/me/gifts")).text
    assert "转给配偶 陈＊婆" in page
    assert (await client.get("/me/gifts/new", params={"find": "M9"})).status_code == 422
    found = (await client.get("/me/gifts/new", params={"find": "M1"})).text
    assert ("陈＊婆" in found, "陈阿婆" in found) == (True, False)
    choose = f"/me/gifts/new?to={book.chen}"
    nothing = await post_form(client, "/me/gifts/sure", {"to": book.chen}, seen=choose)
    assert (nothing.status_code, "请选多少时间" in nothing.text) == (422, True)
    too_much = await post_form(client, "/me/gifts/sure", {"to": book.chen, "hours": "99"}, seen=choose)
    assert (too_much.status_code, "最多可以转赠 8 小时 58 分" in too_much.text) == (409, True)
    sure = await post_form(client, "/me/gifts/sure", {"to": book.chen, "amount": "60"}, seen=choose)
    assert "您把 1 小时 转赠给 陈＊婆（会员号 M1）。" in sure.text
    assert "还剩 7 小时 58 分" in sure.text
    data = {
        "csrf": csrf_of(sure.text),
        "key": new_id().hex,
        "to": str(book.chen),
        "amount": "60",
        "reason": "",
    }
    first, again = [await client.post("/me/gifts", data=data) for _ in range(2)]
    assert first.status_code == again.status_code == 303
    assert await balances(book) == (120, 478)
    assert "转赠给家人：社区规则许可" in (await client.get(first.headers["location"])).text
    pool = await post_form(client, "/me/gifts/sure", {"to": "pool", "minutes": "8"}, seen=choose)
    assert "您把 8 分 捐给公益时间池" in pool.text


@pytest.mark.slow
async def test_family_in_another_book_is_told_of_and_not_given_to(
    client: httpx.AsyncClient, world: World
) -> None:
    book = await settled_book(world)
    there = await world.add_member("李婶", community_id=world.there)
    async with world.database.begin({world.here, world.there}) as db:
        await db.execute(
            text("""INSERT INTO timebank.kin (id, community_id, member_id, kind, other_community_id,
                other_member_id, said_by, said_on, recorded_by, recorded_at) VALUES (:id, :here, :li,
                'spouse', :there, :other, '本人', '2026-11-20', :id, :now)"""),
            {"id": new_id(), "here": world.here, "li": book.li, "there": world.there}
            | {"other": there, "now": world.now},
        )
    await _phone(client, world, book.li)
    page = (await client.get("/me/gifts")).text
    assert "河畔社区的会员。社区之间暂时不能转赠" in page
    assert (await client.get(f"/me/gifts/new?to={there}")).status_code == 404


@pytest.mark.slow
async def test_the_desk_gives_on_a_members_behalf(client: httpx.AsyncClient, world: World) -> None:
    book = await settled_book(world)
    await allow(world, ANYBODY)
    await sign_in(client, "mo")
    at = f"/accounts/{book.li}/give"
    assert "可以转赠给本社区任何会员" in (await client.get(at)).text
    said: dict[str, object] = {"source": "phone", "reason": "本人来电", "hours": "1"}
    for wrong in ({"to": "other"}, {"to": "other", "other": "没这个人"}, {"to": "x"}):
        assert (await post_form(client, at, {**said, **wrong})).status_code == 422, wrong
    with pytest.raises(WhichOne):
        await service.receiver_at_desk(
            await world.call(), community_id=world.here, member_id=book.li, words="没这个人"
        )
    answer = await post_form(client, at, {**said, "to": "other", "other": "chenapo"})
    assert answer.status_code == 303, answer.text
    assert await balances(book) == (120, 478)
    page = (await client.get(at)).text
    assert "给陈阿婆" in page
    entry = page.split('href="/accounts/entries/', 1)[1].split('"', 1)[0]
    told = (await client.get(f"/accounts/entries/{entry}")).text
    assert "电话" in told
    assert "本人来电" in told


@pytest.mark.slow
async def test_a_program_gives_and_reads_what_may_be_given(client: httpx.AsyncClient, world: World) -> None:
    book = await settled_book(world)
    await allow(world, ANYBODY)
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    mine = {"Authorization": f"Bearer {login.json()['token']}", "Idempotency-Key": "give-it-once"}
    at = f"/api/v1/communities/{world.here}/members/{book.li}/gifts"
    [found] = (await client.get(f"{at}/receivers", params={"words": "M1"}, headers=mine)).json()
    body = {"receiver_id": found["member_id"], "minutes": 30, "reason": "谢谢"}
    first, again = [await client.post(at, json=body, headers=mine) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json())
    told = (await client.get(at, headers=mine)).json()
    assert (told["given_this_year_minutes"], told["most_minutes"], told["gift_to"]) == (30, 508, "members")
    assert [(gift["other"], gift["minutes"]) for gift in told["gifts"]] == [("陈阿婆", 30)]
