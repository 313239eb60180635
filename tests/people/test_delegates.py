"""A delegate does what a member agreed to, for that member, until a day, and nothing else; and it is seen."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.given import NOW, PASSWORD, World, csrf_of, post_form, sign_in
from tests.requests.given import wish
from tests.visits.given import Street
from timebank.access import service as access
from timebank.access.delegates.model import Agreement, Consent, DelegateIs, Purpose
from timebank.access.errors import KinsAffair, OwnAffair
from timebank.core import clock
from timebank.core.errors import Forbidden, Invalid, NotFound, Stale
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.core.tables import Act
from timebank.hours import service as hours
from timebank.hours.gifts import service as gifts
from timebank.people.delegates import service
from timebank.people.service import link_staff
from timebank.requests import service as requests
from timebank.visits import service as visits
from timebank.visits.errors import NotYourPart
from timebank.visits.model import Status

TODAY = clock.day_of(NOW)
UNTIL = TODAY + timedelta(days=30)


def agreed(**changes: Any) -> Agreement:
    """Mai heard it on the phone today; it holds for thirty days."""
    plain = {"until_on": UNTIL, "consent": Consent.PHONE, "consent_by": "麦协调", "consent_on": TODAY}
    return Agreement(**{**plain, **changes})


async def appoint(
    world: World, member_id: UUID, delegate_id: UUID, *purposes: Purpose, where: UUID | None = None
) -> None:
    """Let one member act for another."""
    await service.appoint_delegate(
        await world.call(),
        member_id=member_id,
        delegate=DelegateIs(community_id=where or world.here, member_id=delegate_id),
        purposes=purposes or tuple(Purpose),
        agreed=agreed(),
    )


async def revoke_all(world: World, member_id: UUID) -> None:
    """The member stops them all."""
    call = world.call_of_member(member_id)
    for one in (await service.delegates(call, member_id=member_id)).standing:
        await service.revoke_delegate(
            call, member_id=member_id, delegation_id=one.delegation.id, version=one.delegation.version
        )


async def claimed(world: World) -> tuple[Street, dict[str, Any]]:
    """Zhou helped Feng an hour, says Zhou."""
    street = await Street(world).move_in()
    [visit_id] = await street.plan()
    seen = {"community_id": world.here, "visit_id": visit_id}
    await visits.claim(world.call_of_member(street.zhou), **seen, version=1, minutes=60)
    return street, {**seen, "version": 2}


@pytest.mark.slow
async def test_a_delegate_may_do_what_was_agreed_and_nothing_else(world: World) -> None:
    street, seen = await claimed(world)
    chen = world.call_of_member(street.chen)
    feng = {"community_id": world.here, "member_id": street.feng}

    async def look() -> Any:
        return await hours.balance(chen, **feng)

    async def ask() -> Any:
        return await requests.submit(chen, **feng, wish=wish(), provenance=Provenance.APP)

    async def confirm() -> Any:
        return await visits.confirm(chen, **seen)

    async def give() -> Any:
        return await gifts.give(chen, **feng, receiver_id=None, minutes=5, reason=None)

    deeds = {
        Purpose.BALANCE: look,
        Purpose.ASK: ask,
        Purpose.CONFIRM: confirm,
        Purpose.GIVE: give,
    }
    for purpose in Purpose:
        await appoint(world, street.feng, street.chen, purpose)
        for other, deed in deeds.items():
            if other is not purpose:
                with pytest.raises(Forbidden):
                    await deed()
        await deeds[purpose]()
        await revoke_all(world, street.feng)
        if purpose is not Purpose.CONFIRM:
            with pytest.raises(Forbidden):
                await deeds[purpose]()


async def test_what_a_delegate_did_is_written_down_and_told_to_the_member(world: World) -> None:
    street, seen = await claimed(world)
    await appoint(world, street.feng, street.chen, Purpose.CONFIRM, Purpose.GIVE)
    chen = world.call_of_member(street.chen)
    outcome = await visits.confirm(chen, **seen)
    assert outcome.visit.confirmed is not None
    assert (outcome.posted, outcome.visit.confirmed.by) == (True, street.chen)
    assert outcome.visit.confirmed.source is Provenance.APP
    await gifts.give(
        chen, community_id=world.here, member_id=street.feng, receiver_id=None, minutes=30, reason=None
    )
    async with world.database.begin({world.here}) as db:
        acts = (await db.scalars(select(Act).where(Act.role == "delegate").order_by(Act.id))).all()
    assert {(act.actor_id, act.beneficiary_id, act.reason) for act in acts} == {
        (street.chen, street.feng, "代办：确认服务"),
        (street.chen, street.feng, "代办：转赠时间"),
    }
    told = await service.delegates(world.call_of_member(street.feng), member_id=street.feng)
    assert {(one.by, one.operation) for one in told.done} == {
        ("陈婆", "hours.give"),
        ("陈婆", "visits.confirm"),
    }


async def test_what_has_run_out_or_not_begun_does_nothing(world: World) -> None:
    street = await Street(world).move_in()
    await appoint(world, street.feng, street.chen, Purpose.BALANCE)
    feng = {"community_id": world.here, "member_id": street.feng}
    with clock.set_to(NOW + timedelta(days=30)):
        await hours.balance(world.call_of_member(street.chen), **feng)
    with clock.set_to(NOW + timedelta(days=31)):
        with pytest.raises(Forbidden):
            await hours.balance(world.call_of_member(street.chen), **feng)
        told = await service.delegates(world.call_of_member(street.feng), member_id=street.feng)
        assert (told.standing, len(told.past)) == ([], 1)


async def test_a_delegate_is_no_second_person_for_themselves_or_their_family(world: World) -> None:
    street, seen = await claimed(world)
    await appoint(world, street.feng, street.zhou, Purpose.CONFIRM, Purpose.GIVE)
    with pytest.raises(NotYourPart):
        await visits.confirm(world.call_of_member(street.zhou), **seen)
    give = {"community_id": world.here, "member_id": street.feng, "minutes": 5, "reason": None}
    await world.relate(street.feng, street.zhou, "child")
    with pytest.raises(OwnAffair):
        await gifts.give(world.call_of_member(street.zhou), **give, receiver_id=street.zhou)
    await appoint(world, street.feng, street.chen, Purpose.CONFIRM, Purpose.GIVE)
    await world.relate(street.chen, street.zhou)
    chen = world.call_of_member(street.chen)
    with pytest.raises(KinsAffair):
        await visits.confirm(chen, **seen)
    with pytest.raises(KinsAffair):
        await gifts.give(chen, **give, receiver_id=street.zhou)


async def test_a_daughter_confirms_for_her_mother_who_is_her_family(world: World) -> None:
    street, seen = await claimed(world)
    await world.relate(street.feng, street.chen, "child")
    await appoint(world, street.feng, street.chen, Purpose.CONFIRM)
    assert (await visits.confirm(world.call_of_member(street.chen), **seen)).posted


async def test_a_delegate_of_another_community_acts_there_and_nowhere_else(world: World) -> None:
    street = await Street(world).move_in()
    there = await world.add_member("冯小妹", community_id=world.there)
    await appoint(world, street.feng, there, Purpose.BALANCE, where=world.there)
    card = await access.issue_card(
        await world.call(world.neighbour), community_id=world.there, member_id=there
    )
    call = (await world.call()).with_key(None)
    token = await access.sign_in_card(call, pin=card.pin, number=card.number)
    assert token is not None
    found = await access.who_is(call, token=token.token)
    assert found is not None
    assert {place: sorted(map(str, held)) for place, held in found.actor.roles.items()} == {
        world.here: ["delegate"],
        world.there: ["member"],
    }
    mine = world.call_of_member(there, world.there)
    acting = type(mine)(mine.database, found.actor, mine.now, mine.seal, community_id=world.there)
    assert (await hours.balance(acting, community_id=world.here, member_id=street.feng)).posted == 600
    with pytest.raises(Forbidden):
        await hours.balance(acting, community_id=world.here, member_id=street.zhou)
    [principal] = await service.principals(acting)
    assert principal.member.name == "冯伯"


async def test_consent_is_taken_by_who_may_and_as_it_was(world: World) -> None:
    street = await Street(world).move_in()
    call = await world.call()
    delegate = DelegateIs(name="冯小明", phone="13900001111")
    plain = {"member_id": street.feng, "delegate": delegate, "purposes": [Purpose.BALANCE]}
    for wrong in (
        {"agreed": agreed(consent_on=TODAY + timedelta(days=1))},
        {"agreed": agreed(until_on=TODAY - timedelta(days=1), consent_on=TODAY - timedelta(days=9))},
        {"agreed": agreed(), "purposes": []},
        {"agreed": agreed(), "delegate": DelegateIs(community_id=world.here, member_id=street.feng)},
    ):
        with pytest.raises(Invalid):
            await service.appoint_delegate(call, **{**plain, **wrong})
    await service.appoint_delegate(call, **plain, agreed=agreed())
    await service.appoint_delegate(call, **plain, agreed=agreed(until_on=UNTIL + timedelta(days=9)))
    found = await service.delegates(call, member_id=street.feng)
    assert [one.delegation.agreed.until_on for one in found.standing] == [UNTIL + timedelta(days=9)]
    assert len(found.past) == 1
    [one] = found.standing
    seen = {"member_id": street.feng, "delegation_id": one.delegation.id, "version": 1}
    with pytest.raises(Forbidden):
        await service.revoke_delegate(world.call_of_member(street.chen), **seen)
    with pytest.raises(NotFound):
        await service.revoke_delegate(call, **{**seen, "delegation_id": new_id()})
    await service.revoke_delegate(call, **seen)
    with pytest.raises(Stale):
        await service.revoke_delegate(call, **seen)
    admin = await world.call(world.administrator)
    await link_staff(admin, member_id=street.chen, staff_id=world.coordinator, linked=True)
    with pytest.raises(OwnAffair):
        await appoint(world, street.feng, street.chen)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ("delegate_member_id = member_id", "delegate_not_oneself"),
        ("until_on = consent_on - 1", "delegate_until"),
        ("name = '两个人'", "delegate_member_or_not"),
        ("revoked_at = recorded_at", "delegate_revoked_by"),
        ("purpose = 'everything'", "delegate_purpose"),
    ],
)
async def test_the_database_refuses_a_delegate_that_is_none(world: World, broken: str, rule: str) -> None:
    street = await Street(world).move_in()
    await appoint(world, street.feng, street.chen, Purpose.ASK)
    with pytest.raises(DBAPIError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(f"UPDATE timebank.delegates SET {broken}"))


@pytest.mark.slow
async def test_the_desk_appoints_and_stops(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in()
    await sign_in(client, "mo")
    at = f"/members/{street.feng}/delegates"
    assert "没有代办人" in (await client.get(at)).text
    said: dict[str, Any] = {
        "until_on": str(UNTIL),
        "consent": "paper",
        "consent_by": "麦协调",
        "consent_on": str(TODAY),
    }
    for wrong in (
        {},
        {"other": "0103"},
        {"name": "冯小明", "purposes": ["ask"]},
        {"other": "0103", "name": "谁"},
    ):
        assert (await post_form(client, at, {**said, **wrong})).status_code == 422, wrong
    for right in (
        {"other": "0103", "purposes": ["balance", "confirm"]},
        {"name": "冯小明", "phone": "13900001111", "purposes": ["ask"]},
    ):
        answer = await post_form(client, at, {**said, **right})
        assert answer.status_code == 303, answer.text
    page = (await client.get(at)).text
    for words in ("陈婆", "看余额和存折", "冯小明", "13900001111", "书面签字", "麦协调办理"):
        assert words in page
    assert "冯小明" in (await client.get(f"/members/{street.feng}")).text
    one = page.split(f'action="{at}/', 1)[1].split("/revoke", 1)[0]
    assert (await post_form(client, f"{at}/{one}/revoke", {"version": 1}, seen=at)).status_code == 303
    assert (await post_form(client, f"{at}/{one}/revoke", {"version": 1}, seen=at)).status_code == 422
    assert "已停止" in (await client.get(at)).text


async def _phone(client: httpx.AsyncClient, world: World, member_id: UUID) -> None:
    client.cookies.clear()
    card = await access.issue_card(await world.call(), community_id=world.here, member_id=member_id)
    data: dict[str, object] = {"number": card.number, "pin": card.pin}
    assert (await post_form(client, "/sign-in/card", data, seen="/sign-in")).status_code == 303


@pytest.mark.slow
async def test_what_is_done_for_another_is_not_done_on_ones_own_pages(
    client: httpx.AsyncClient, world: World
) -> None:
    street, seen = await claimed(world)
    await appoint(world, street.feng, street.chen)
    await _phone(client, world, street.chen)
    for what in ("confirm", "dispute"):
        form = {"version": "2", "wrong": "never"}
        answer = await post_form(client, f"/me/visits/{seen['visit_id']}/{what}", form, seen="/me")
        assert answer.status_code == 403
        assert (await street.visit(seen["visit_id"])).status is Status.CLAIMED


@pytest.mark.slow
async def test_a_delegate_sees_on_their_home_for_whom_and_does_it(
    client: httpx.AsyncClient, world: World
) -> None:
    street, _ = await claimed(world)
    await appoint(world, street.feng, street.chen)
    await _phone(client, world, street.chen)
    at = f"/me/for/{street.feng}"
    assert f'href="{at}"' in (await client.get("/me")).text
    home = (await client.get(at)).text
    for path, words in (
        ("passbook", "10<span"),
        ("requests/new", "陪诊"),
        ("confirmations", "周阿姨帮冯伯"),
        ("gifts", "捐给公益时间池"),
    ):
        assert f'href="{at}/{path}"' in home
        page = (await client.get(f"{at}/{path}")).text
        assert words in page
        assert "您正在替别人办事" in page
    entry = (await client.get(f"{at}/passbook")).text.split(f'href="{at}/passbook/', 1)[1].split('"', 1)[0]
    assert "怎么算的" in (await client.get(f"{at}/passbook/{entry}")).text
    asking = {"category": "shopping", "day": "1", "part": "morning", "duration_minutes": "60", "kind": "once"}
    asked = await post_form(client, f"{at}/requests/new", asking, seen=f"{at}/requests/new?category=shopping")
    assert (asked.status_code, asked.headers["location"]) == (303, at)
    sure = await post_form(
        client, f"{at}/gifts/sure", {"to": "pool", "amount": "60"}, seen=f"{at}/gifts/new?to=pool"
    )
    assert "您把 1 小时 捐给公益时间池" in sure.text
    data = {"csrf": csrf_of(sure.text), "key": new_id().hex, "to": "pool", "amount": "60"}
    assert (await client.post(f"{at}/gifts", data=data)).headers["location"] == f"{at}/gifts"
    page = (await client.get(f"{at}/confirmations")).text
    visit = page.split(f'action="{at}/confirmations/', 1)[1].split("/", 1)[0]
    wrong = await post_form(client, f"{at}/confirmations/{visit}/dispute", {}, seen=f"{at}/confirmations")
    assert wrong.status_code == 422
    late = await post_form(
        client, f"{at}/confirmations/{visit}/confirm", {"version": 9}, seen=f"{at}/confirmations"
    )
    assert late.status_code == 409
    done = await post_form(
        client, f"{at}/confirmations/{visit}/confirm", {"version": 2}, seen=f"{at}/confirmations"
    )
    assert done.status_code == 303, done.text
    assert "现在没有要确认的服务" in (await client.get(f"{at}/confirmations")).text
    await _phone(client, world, street.feng)
    page = (await client.get("/me/delegates")).text
    for words in ("陈婆", "替您转赠了时间", "替您确认了服务", "替您请人帮忙"):
        assert words in page
    one = page.split('action="/me/delegates/', 1)[1].split("/revoke", 1)[0]
    stop = await post_form(client, f"/me/delegates/{one}/revoke", {"version": 1}, seen="/me/delegates")
    assert stop.status_code == 303


@pytest.mark.slow
async def test_nobody_opens_the_pages_of_whom_they_do_not_act_for(
    client: httpx.AsyncClient, world: World
) -> None:
    street, _ = await claimed(world)
    await appoint(world, street.feng, street.chen, Purpose.ASK)
    await _phone(client, world, street.chen)
    assert (await client.get(f"/me/for/{street.zhou}")).status_code == 404
    for path in ("passbook", "gifts", "confirmations"):
        assert (await client.get(f"/me/for/{street.feng}/{path}")).status_code == 403, path
    await revoke_all(world, street.feng)
    assert (await client.get(f"/me/for/{street.feng}")).status_code == 404


@pytest.mark.slow
async def test_a_delegate_says_that_it_is_not_right(client: httpx.AsyncClient, world: World) -> None:
    street, seen = await claimed(world)
    await appoint(world, street.feng, street.chen, Purpose.CONFIRM)
    await _phone(client, world, street.chen)
    at = f"/me/for/{street.feng}/confirmations"
    said = {"version": 2, "wrong": "minutes", "hours": "0", "minutes": "30", "words": "只来了半小时"}
    answer = await post_form(client, f"{at}/{seen['visit_id']}/dispute", said, seen=at)
    assert answer.status_code == 303, answer.text
    visit = await street.visit(seen["visit_id"])
    assert visit.status.value == "disputed"


async def test_a_program_appoints_lists_and_stops(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in()
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    mine = {"Authorization": f"Bearer {login.json()['token']}"}
    at = f"/api/v1/communities/{world.here}/members/{street.feng}/delegates"
    body = {
        "delegate_member_id": str(street.chen),
        "purposes": ["ask"],
        "until_on": str(UNTIL),
        "consent": "in_person",
        "consent_by": "莫协调",
        "consent_on": str(TODAY),
    }
    assert (await client.post(at, json=body, headers=mine)).status_code == 204
    [row] = (await client.get(at, headers=mine)).json()
    assert (row["name"], row["purpose"], row["counts"]) == ("陈婆", "ask", True)
    stop = await client.put(f"{at}/{row['id']}/revoke", json={}, headers={**mine, "If-Match": '"1"'})
    assert stop.status_code == 204, stop.text
    assert (await client.get(at, headers=mine)).json()[0]["counts"] is False
