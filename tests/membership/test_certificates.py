"""Certificates for one and for all, and what is to be ended before a community may be."""

import httpx

from tests.given import PASSWORD, World, sign_in
from tests.hours.given import settled_book
from tests.membership.test_joining import apply
from tests.visits.given import Street
from timebank.membership.certificates import service
from timebank.membership.joining import service as joining
from timebank.people.model import Status


async def test_a_certificate_says_what_was_banked_and_what_is_left(world: World) -> None:
    street = await Street(world).move_in(feng_brings=600)
    found = await service.certificate(await world.call(), member_id=street.feng)
    assert (found.member.name, found.banked_minutes, found.balance_minutes) == ("冯伯", 600, 600)
    assert found.community == "榕树社区"


async def test_everybody_with_an_account_gets_one_and_who_left_only_with_something_left(
    world: World,
) -> None:
    street = await Street(world).move_in(feng_brings=600)
    await world.add_member("没账户的", number="0199")
    for member in (street.feng, street.chen):
        await joining.move(await world.call(), member_id=member, to=Status.LEFT, version=1)
    found = await service.certificates(await world.call(), community_id=world.here)
    # Feng left with hours, Chen without.
    assert [one.member.name for one in found.rows] == ["周阿姨", "冯伯"]
    assert found.after is None


async def test_what_is_open_is_counted(world: World) -> None:
    street = await Street(world).move_in(feng_brings=600)
    await street.plan(street.planned())
    await street.confirmed()
    await apply(world)
    found = await service.still_open(await world.call(), community_id=world.here)
    assert (found.applications, found.planned, found.unsettled, found.pairs) == (1, 1, 1, 0)
    assert (found.people, found.above_minutes, found.below_minutes) == (1, 600, 0)
    assert not found.done


async def test_pages_print_them(client: httpx.AsyncClient, world: World) -> None:
    book = await settled_book(world)
    await sign_in(client, "mo")
    everybody = (await client.get("/members/certificates")).text
    assert "服务证明" in everybody
    assert "data-print" in everybody
    one = (await client.get(f"/members/{book.li}/certificate")).text
    assert one.count("账户余额") == 1
    assert "还没办完的" in (await client.get("/members/winding-up")).text
    assert (await client.get(f"/members/{world.here}/certificate")).status_code == 404


async def test_a_program_reads_them(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in(feng_brings=600)
    token = (await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})).json()[
        "token"
    ]
    client.headers["authorization"] = f"Bearer {token}"
    here = f"/api/v1/communities/{world.here}"
    rows = (await client.get(f"{here}/certificates")).json()["rows"]
    assert [row["number"] for row in rows] == ["0101", "0102", "0103"]
    assert (await client.get(f"{here}/certificates?after=0102")).json()["rows"][0]["number"] == "0103"
    one = (await client.get(f"{here}/members/{street.feng}/certificate")).json()
    assert one["banked_minutes"] == 600
    assert (await client.get(f"{here}/still-open")).json()["above_minutes"] == 600
