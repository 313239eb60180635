"""Who can't act for themselves: somebody takes over on a paper, and the member's own sign-in pauses."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.given import PASSWORD, World, browser, csrf_of, post_form, service_over, sign_in
from timebank.access.delegates import queries as delegates
from timebank.access.delegates.model import DelegateIs, Purpose
from timebank.access.errors import KinsAffair, SignInPaused
from timebank.access.incapacity.model import Basis, Taken
from timebank.core.errors import Invalid, Stale
from timebank.core.ids import new_id
from timebank.people import service as people
from timebank.people.incapacity import service
from timebank.people.incapacity.errors import (
    ActsForThemselves,
    GivesWithoutCourt,
    IncapableLater,
    TakenOver,
    WithoutPaper,
)

USUAL = frozenset({Purpose.BALANCE, Purpose.ASK, Purpose.CONFIRM})


def taken(world: World, delegate: UUID, **changes: object) -> Taken:
    today = world.now.date()
    plain = Taken(
        from_on=today,
        until_on=today + timedelta(days=365),
        basis=Basis.CONSENT,
        paper="2026 年 3 月 1 日签，柜 3",
        delegate=DelegateIs(community_id=world.here, member_id=delegate),
        purposes=USUAL,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


async def take_over(world: World, member: UUID, what: Taken, staff: UUID | None = None) -> UUID:
    return await service.take_over(await world.call(staff), member_id=member, taken=what, version=1)


async def standing(world: World, member: UUID) -> set[Purpose]:
    async with world.database.begin({world.here}) as db:
        found = await delegates.delegates_of(db, member)
    return {one.purpose for one in found if one.counts(world.now.date())}


async def test_somebody_takes_over_and_the_member_signs_in_no_more(world: World) -> None:
    member, daughter = await world.add_member("冯伯"), await world.add_member("冯大姐")
    call = await world.call()
    card = await people.issue_card(call, member_id=member)
    await take_over(world, member, taken(world, daughter))
    assert await standing(world, member) == USUAL
    async with browser(service_over(world.database)) as phone:
        page = await phone.get("/sign-in")
        sent = {"csrf": csrf_of(page.text), "number": card.number, "pin": card.pin}
        assert (await phone.post("/sign-in/card", data=sent)).status_code == 422
    with pytest.raises(SignInPaused):
        await people.issue_card(call, member_id=member)
    with pytest.raises(TakenOver):
        await take_over(world, member, taken(world, daughter))
    with pytest.raises(Stale):
        await service.give_back(call, member_id=member, reason="好了", version=2)
    await service.give_back(call, member_id=member, reason="康复了", version=1)
    assert await standing(world, member) == set()
    assert await people.issue_card(call, member_id=member)
    with pytest.raises(ActsForThemselves):
        await service.give_back(call, member_id=member, reason="好了", version=2)


async def test_hours_are_given_away_on_a_courts_paper_only(world: World) -> None:
    member, daughter = await world.add_member("冯伯"), await world.add_member("冯大姐")
    everything = USUAL | {Purpose.GIVE}
    with pytest.raises(GivesWithoutCourt):
        await take_over(world, member, taken(world, daughter, purposes=everything))
    await take_over(world, member, taken(world, daughter, purposes=everything, basis=Basis.COURT))
    assert await standing(world, member) == everything


async def test_what_is_refused_says_why(world: World) -> None:
    member, daughter = await world.add_member("冯伯"), await world.add_member("冯大姐")
    today = world.now.date()
    with pytest.raises(IncapableLater):
        await take_over(world, member, taken(world, daughter, from_on=today + timedelta(days=1)))
    with pytest.raises(WithoutPaper):
        await take_over(world, member, taken(world, daughter, paper=" "))
    for changes in ({"until_on": today - timedelta(days=1)}, {"purposes": frozenset()}):
        with pytest.raises(Invalid):
            await take_over(world, member, taken(world, daughter, **changes))
    with pytest.raises(Invalid):
        await take_over(world, member, taken(world, member))
    await world.relate(daughter, "莫协调", "child")
    with pytest.raises(KinsAffair):
        await take_over(world, member, taken(world, daughter))
    await take_over(world, member, taken(world, daughter), world.second)


async def test_pages_and_who_is_no_member(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member("冯伯")
    await sign_in(client, "mo")
    path = f"/members/{member}/incapacity"
    sent = {
        "name": "冯小妹",
        "phone": "13800138000",
        "purposes": ["ask", "confirm"],
        "basis": "consent",
        "paper": "2026-03-01 签",
        "from_on": "2026-11-20",
        "until_on": "2027-11-20",
        "version": "1",
    }
    bad = await post_form(client, path, sent | {"purposes": ["give"]})
    assert "不能替人转赠时间" in bad.text
    assert (await post_form(client, path, sent)).status_code == 303
    assert "冯小妹" in (await client.get(path)).text
    assert "由代办人接管" in (await client.get(f"/members/{member}")).text
    refused = await post_form(client, f"/members/{member}/card", {}, seen="/members/new")
    assert refused.status_code == 409
    ended = {"reason": "康复了", "version": "1"}
    assert (await post_form(client, f"{path}/end", ended, seen=path)).status_code == 303
    assert "本人不能自己办理时" in (await client.get(path)).text


async def test_a_program_does_the_same(client: httpx.AsyncClient, world: World) -> None:
    member, daughter = await world.add_member("冯伯"), await world.add_member("冯大姐")
    token = (await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})).json()[
        "token"
    ]
    client.headers["authorization"] = f"Bearer {token}"
    path = f"/api/v1/communities/{world.here}/members/{member}/incapacity"
    assert (await client.get(path)).json() is None
    body = {
        "delegate_member_id": str(daughter),
        "purposes": ["ask"],
        "basis": "court",
        "paper": "(2026) 粤 01 号",
        "from_on": "2026-11-20",
        "until_on": "2027-11-20",
        "version": 1,
    }
    assert (await client.post(path, json=body)).status_code == 201
    assert (await client.get(path)).json()["delegate_member_id"] == str(daughter)
    assert (await client.post(f"{path}/end", json={"reason": "好了", "version": 1})).status_code == 204


async def test_the_database_refuses_a_card_meanwhile_and_gifts_without_a_court(world: World) -> None:
    member, daughter = await world.add_member("冯伯"), await world.add_member("冯大姐")
    await take_over(world, member, taken(world, daughter))
    card = """
        INSERT INTO timebank.cards (id, member_id, community_id, number, secret_hash, pin_hash, issued_at)
        VALUES (:id, :member, :here, '000000000001', 'x', 'x', now())"""
    known = {"id": new_id(), "member": member, "here": world.here}
    with pytest.raises(DBAPIError, match="sign_in_paused"):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(card), known)
    for change, rule in (
        ("purposes = '{give}'", "incapacity_gives_without_court"),
        ("from_on = '2026-11-23'", "incapacity_in_the_future"),
        ("paper = ' '", "incapacity_without_paper"),
    ):
        with pytest.raises(DBAPIError, match=rule):
            async with world.database.begin({world.here}) as db:
                await db.execute(text(f"UPDATE timebank.incapacities SET {change}"))
