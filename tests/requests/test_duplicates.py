"""The same wish twice is noticed, whichever way it came, and never silently refused."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from tests.given import PASSWORD, World, post_form, sign_in
from tests.requests.given import TODAY, open_scheme, wish
from tests.requests.test_pages import SOON, sign_in_member
from timebank.core.provenance import Provenance
from timebank.requests import rules, service
from timebank.requests.errors import AskedAlready
from timebank.requests.model import Kind, Window, Wish

DAY = TODAY + timedelta(days=2)


def once(*days: int) -> Wish:
    return wish(windows=tuple(Window(480, 720, on_day=TODAY + timedelta(days=n)) for n in days))


def weekly(weekday: int, **changes: object) -> Wish:
    return wish(kind=Kind.WEEKLY, windows=(Window(480, 720, weekday=weekday),), **changes)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (once(2, 3), once(3, 4), True),
        (once(2), once(3), False),
        (once(2), weekly(DAY.weekday()), True),
        (once(2), weekly(DAY.weekday(), starts_on=DAY + timedelta(days=1)), False),
        # What is asked once for “a Tuesday” ends with its last day, what comes weekly goes on.
        (once(16), weekly(DAY.weekday()), True),
        (once(16), wish(windows=(Window(480, 720, weekday=DAY.weekday()),)), False),
        (weekly(1), weekly(1, starts_on=TODAY + timedelta(days=300)), True),
        (weekly(1), weekly(2), False),
    ],
)
def test_two_wishes_meet_on_a_day_or_they_do_not(one: Wish, other: Wish, meet: bool) -> None:
    assert rules.same_days(one, other) is meet
    assert rules.same_days(other, one) is meet


async def test_the_same_again_is_said_and_taken_anyway(world: World) -> None:
    await open_scheme(world)
    me = await world.add_member("冯伯")
    ask = {"community_id": world.here, "member_id": me, "provenance": Provenance.PHONE}
    desk = await world.call()
    first = await service.submit(desk, wish=wish(), **ask)  # type: ignore[arg-type]
    with pytest.raises(AskedAlready) as said:
        await service.submit(world.call_of_member(me), wish=wish(), **ask)  # type: ignore[arg-type]
    assert said.value.about == first
    await service.submit(desk, wish=wish(category="shopping"), **ask)  # type: ignore[arg-type]
    await service.submit(desk, wish=wish(), anyway=True, **ask)  # type: ignore[arg-type]
    other = await world.add_member("陈婆")
    await service.submit(desk, wish=wish(), **{**ask, "member_id": other})  # type: ignore[arg-type]


async def test_what_was_taken_back_is_not_in_the_way(world: World) -> None:
    await open_scheme(world)
    me = await world.add_member("冯伯")
    ask = {"community_id": world.here, "member_id": me, "provenance": Provenance.PHONE}
    desk = await world.call()
    first = await service.submit(desk, wish=wish(), **ask)  # type: ignore[arg-type]
    await service.withdraw(desk, community_id=world.here, request_id=first, version=1)
    await service.submit(desk, wish=wish(), **ask)  # type: ignore[arg-type]


async def test_by_phone_and_by_app_at_the_same_moment_one_of_the_two_is_told(two_desks: World) -> None:
    await open_scheme(two_desks)
    me = await two_desks.add_member("冯伯")
    calls = [two_desks.call_of_member(me), await two_desks.call(), await two_desks.call(two_desks.second)]
    ended = await asyncio.gather(
        *(
            service.submit(
                call, community_id=two_desks.here, member_id=me, wish=wish(), provenance=Provenance.PHONE
            )
            for call in calls
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, AskedAlready) for one in ended) == 2
    page = await service.of_member(calls[0], community_id=two_desks.here, member_id=me)
    assert len(page.rows) == 1


@pytest.mark.slow
async def test_at_the_desk_the_other_one_is_a_link_and_a_box_goes_on(
    client: httpx.AsyncClient, world: World
) -> None:
    await open_scheme(world)
    feng = await world.add_member("冯伯", number="0007")
    await sign_in(client, "mo")
    form = {"member_id": str(feng), "category": "clinic", "duration_minutes": "60", "days": [SOON]}
    at = f"/requests/new?member={feng}"
    first = await post_form(client, "/requests/new", form, seen=at)
    told = await post_form(client, "/requests/new", form, seen=at)
    assert (told.status_code, f'href="{first.headers["location"]}"' in told.text) == (422, True)
    assert "这是另一件事" in told.text
    done = await post_form(client, "/requests/new", {**form, "anyway": "true"}, seen=at)
    assert done.status_code == 303, done.text


@pytest.mark.slow
async def test_on_the_phone_one_more_tap_asks_again(client: httpx.AsyncClient, world: World) -> None:
    await open_scheme(world)
    feng = await world.add_member("冯伯")
    await sign_in_member(client, world, feng)
    form = {"category": "shopping", "day": "1", "part": "morning", "duration_minutes": "60", "kind": "once"}
    at = "/me/requests/new?category=shopping"
    await post_form(client, "/me/requests/new", form, seen=at)
    told = await post_form(client, "/me/requests/new", form, seen=at)
    assert (told.status_code, "看我已经请的" in told.text) == (422, True)
    done = await post_form(client, "/me/requests/new", {**form, "anyway": "true"}, seen=at)
    assert done.status_code == 303, done.text


async def test_a_program_reads_which_one_it_is(client: httpx.AsyncClient, world: World) -> None:
    await open_scheme(world)
    feng = await world.add_member("冯伯")
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    auth = {"authorization": f"Bearer {login.json()['token']}"}
    at = f"/api/v1/communities/{world.here}/requests"
    body = {
        "member_id": str(feng),
        "category": "clinic",
        "duration_minutes": 60,
        "starts_on": str(TODAY),
        "expires_on": SOON,
        "windows": [{"on_day": SOON, "from_minute": 480, "to_minute": 720}],
    }
    made = (await client.post(at, json=body, headers=auth)).json()["id"]
    told = await client.post(at, json=body, headers=auth)
    assert (told.status_code, told.json()["code"], told.json()["about"]) == (409, "asked-already", made)
    assert (await client.post(at, json={**body, "anyway": True}, headers=auth)).status_code == 201
