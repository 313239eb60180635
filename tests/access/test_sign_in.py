"""People sign in at the door, and only with what is theirs."""

from datetime import timedelta

import httpx
import pytest
from fastapi import Request

from tests.given import NOW, PASSWORD, SEAL, World, csrf_of, post_form, sign_in
from timebank.access import rules, service, steps
from timebank.access.doors import address_of
from timebank.access.model import ATTEMPTS_MAX, ATTEMPTS_OF_ADDRESS_MAX
from timebank.access.secrets import digest
from timebank.core.actor import NOBODY
from timebank.core.errors import TooMany


async def test_a_coordinator_signs_in_and_out(client: httpx.AsyncClient, world: World) -> None:
    assert (await client.get("/staff")).headers["location"] == "/sign-in"
    await sign_in(client, "admin")
    page = await client.get("/staff")
    assert page.status_code == 200
    assert "莫协调" in page.text
    out = await client.post("/sign-out", data={"csrf": csrf_of(page.text)})
    assert out.headers["location"] == "/sign-in"
    assert (await client.get("/staff")).status_code == 303


async def test_a_wrong_password_says_so_without_saying_which_part(client: httpx.AsyncClient) -> None:
    for user in ("mo", "nobody-at-all"):
        data = {"user_name": user, "password": "wrong"}
        answer = await post_form(client, "/sign-in/staff", data, seen="/sign-in")
        assert answer.status_code == 422
        assert "登录信息不对" in answer.text


@pytest.mark.slow
async def test_guessing_is_slowed_down(world: World) -> None:
    call = (await world.call()).__class__(world.database, NOBODY, NOW, (await world.call()).seal)
    for _ in range(ATTEMPTS_MAX):
        assert await service.sign_in_staff(call, user_name="mo", password="wrong") is None
        call = call.with_key(None)
        call = type(call)(
            call.database, call.actor, call.now.replace(microsecond=call.now.microsecond + 1), call.seal
        )
    with pytest.raises(TooMany):
        await service.sign_in_staff(call, user_name="mo", password=PASSWORD)


@pytest.mark.slow
async def test_a_card_and_its_pin_open_the_members_pages_until_the_card_is_lost(world: World) -> None:
    member = await world.add_member()
    desk = await world.call()
    nobody = type(desk)(world.database, NOBODY, NOW, desk.seal)
    card = await service.issue_card(desk, community_id=world.here, member_id=member)
    assert await service.sign_in_card(nobody, number=card.number, pin="000000") is None
    for way in ({"number": card.number}, {"secret": card.secret}):
        token = await service.sign_in_card(nobody, pin=card.pin, **way)
        assert token is not None
        found = await service.who_is(nobody, token=token.token)
        assert found is not None
        assert found.actor.memberships == {member}
    await service.revoke_card(desk, community_id=world.here, member_id=member)
    assert await service.who_is(nobody, token=token.token) is None
    assert await service.sign_in_card(nobody, number=card.number, pin=card.pin) is None


async def test_a_form_of_another_site_is_refused(client: httpx.AsyncClient) -> None:
    await sign_in(client, "admin")
    forged = await client.post("/sign-out", data={"csrf": "0" * 32})
    assert forged.status_code == 403
    page = await client.get("/staff")
    elsewhere = await client.post(
        "/sign-out", data={"csrf": csrf_of(page.text)}, headers={"sec-fetch-site": "cross-site"}
    )
    assert elsewhere.status_code == 403


async def test_the_api_speaks_problem_json_in_the_readers_language(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/logins", json={"user_name": "mo"}, headers={"x-language": "en"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid"
    wrong = await client.post("/api/v1/logins", json={"user_name": "mo", "password": "wrong"})
    assert (wrong.status_code, wrong.json()["title"]) == (422, "登录信息不对；请再看一遍后重试")
    right = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    assert right.status_code == 201


async def test_every_page_carries_a_strict_policy_and_a_request_id(client: httpx.AsyncClient) -> None:
    page = await client.get("/sign-in", headers={"x-request-id": "call-it-mine"})
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-request-id"] == "call-it-mine"
    assert " style=" not in page.text
    assert (await client.get("/no-such-page")).status_code == 404


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaa", "password", "coordinator1"])
def test_a_weak_password_is_refused(weak: str) -> None:
    assert rules.password_is_weak(weak, user_name="coordinator")


@pytest.mark.slow
async def test_guessing_at_many_names_from_one_address_is_slowed_down(world: World) -> None:
    desk = await world.call()
    nobody = type(desk)(world.database, NOBODY, NOW, SEAL)
    async with world.database.begin(()) as db:
        for n in range(ATTEMPTS_OF_ADDRESS_MAX - 1):
            at = NOW - timedelta(seconds=n + 1)
            await steps.note_failure(db, subject=digest("address 203.0.113.7"), now=at)
    here = {"user_name": "mo", "address": "203.0.113.7"}
    assert await service.sign_in_staff(nobody, password="wrong", **here) is None
    with pytest.raises(TooMany):
        await service.sign_in_staff(nobody, password=PASSWORD, **here)
    with pytest.raises(TooMany):
        await service.sign_in_card(nobody, number="100001", pin="123456", address="203.0.113.7")
    assert await service.sign_in_staff(nobody, user_name="mo", password=PASSWORD, address="203.0.113.8")


async def test_the_machine_itself_is_no_address_since_it_may_be_an_unknown_proxy(world: World) -> None:
    for host, known in (("127.0.0.1", None), ("::1", None), ("203.0.113.7", "203.0.113.7")):
        assert address_of(Request({"type": "http", "client": (host, 1)})) == known
