"""The proof of an entry, for whoever sees the entry: at the desk, in a passbook, and for programs."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from tests.given import PASSWORD, World, browser, post_form, service_over, sign_in
from tests.hours.given import Book, settled_book
from timebank.access.guard import Call
from timebank.access.steps import issue_card
from timebank.core.ids import new_id
from timebank.hours.proofs.doors import SIGNING
from timebank.hours.proving import prove
from timebank.jobs.schedule import JOBS, Job

pytestmark = pytest.mark.slow

KEY = Ed25519PrivateKey.generate()


@pytest.fixture
async def book(world: World) -> Book:
    """Li brought ten hours, and Chen helped him once."""
    return await settled_book(world)


@pytest.fixture
async def hourly(world: World) -> AsyncIterator[None]:
    """The service signs ten minutes past each hour."""

    async def sign(call: Call, slot: datetime) -> dict[str, Any]:
        raise AssertionError

    state = service_over(world.database).state
    state.jobs = (*JOBS, Job(SIGNING, "10 * * * *", sign))
    yield
    state.jobs = JOBS


async def _sign(world: World) -> None:
    await prove(world.call_of_job(), community_id=world.here, keys=[KEY])


async def _transfers(world: World, account_id: UUID) -> list[UUID]:
    """What moved on an account, the first first."""
    async with world.database.begin({world.here}) as db:
        found = await db.scalars(
            text("SELECT transfer_id FROM ledger.entries WHERE account_id = :id ORDER BY version"),
            {"id": account_id},
        )
        return list(found)


async def _card(world: World, member_id: UUID) -> dict[str, object]:
    """What a member signs in with."""
    async with world.database.begin({world.here}) as db:
        card = await issue_card(db, member_id=member_id, community_id=world.here, now=world.now)
    return {"number": card.number, "pin": card.pin}


async def _enter(client: httpx.AsyncClient, shown: dict[str, object]) -> None:
    """Sign a program in."""
    token = (await client.post("/api/v1/logins", json=shown)).json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"


async def test_before_a_checkpoint_holds_an_entry_its_page_says_when_one_will(
    client: httpx.AsyncClient, world: World, book: Book, hourly: None
) -> None:
    [brought, *_] = await _transfers(world, book.li)
    await sign_in(client, "mo")
    page = (await client.get(f"/accounts/entries/{brought}")).text
    assert "下载入账证明" not in page
    assert "入账证明要等下一次签账簿校验点" in page
    assert "10:10" in page
    refused = await client.get(f"/accounts/entries/{brought}/receipt")
    assert refused.status_code == 409
    assert "还没有签进账簿校验点" in refused.text
    assert "10:10" in refused.text


async def test_where_nobody_knows_when_the_refusal_says_how_often(
    client: httpx.AsyncClient, world: World, book: Book
) -> None:
    [brought, *_] = await _transfers(world, book.li)
    await sign_in(client, "mo")
    assert "通常在一小时以内" in (await client.get(f"/accounts/entries/{brought}")).text
    refused = await client.get(f"/accounts/entries/{brought}/receipt")
    assert (refused.status_code, "每小时签一次" in refused.text) == (409, True)


async def test_the_desk_and_the_auditor_take_the_proof_of_an_entry_from_its_page(
    client: httpx.AsyncClient, world: World, book: Book
) -> None:
    [brought, *_] = await _transfers(world, book.li)
    await _sign(world)
    for user in ("mo", "auditor"):
        client.cookies.clear()
        await sign_in(client, user)
        if user == "auditor":
            await post_form(client, f"/desk/community/{world.here}", {}, seen="/audit")
        link = f"/accounts/entries/{brought}/receipt"
        assert f'href="{link}"' in (await client.get(f"/accounts/entries/{brought}")).text
        taken = await client.get(link)
        assert taken.headers["content-type"] == "text/plain; charset=utf-8"
        assert taken.headers["content-disposition"] == (
            f'attachment; filename="receipt-{brought}.tlog-proof"'
        )
        assert taken.text.startswith("c2sp.org/tlog-proof@v1\nextra ")
        assert f"timebank/{world.here}\n" in taken.text
    assert (await client.get(f"/accounts/entries/{new_id()}/receipt")).status_code == 404


async def test_a_desk_elsewhere_finds_no_such_entry(
    client: httpx.AsyncClient, world: World, book: Book
) -> None:
    [brought, *_] = await _transfers(world, book.li)
    await _sign(world)
    await sign_in(client, "he")
    assert (await client.get(f"/accounts/entries/{brought}/receipt")).status_code == 404


async def test_a_member_takes_the_proof_of_their_own_entries_and_of_no_other(
    client: httpx.AsyncClient, world: World, book: Book
) -> None:
    brought, helped, *_ = await _transfers(world, book.li)
    await _sign(world)
    card = await _card(world, book.chen)
    assert (await post_form(client, "/sign-in/card", card, seen="/sign-in")).status_code == 303
    link = f"/me/passbook/{helped}/receipt"
    assert f'href="{link}"' in (await client.get(f"/me/passbook/{helped}")).text
    assert (await client.get(link)).text.startswith("c2sp.org/tlog-proof@v1\n")
    assert (await client.get(f"/me/passbook/{brought}/receipt")).status_code == 404
    assert (await client.get(f"/accounts/entries/{helped}/receipt")).status_code == 403


async def test_a_program_reads_the_same_and_is_told_when_to_come_again(world: World, book: Book) -> None:
    brought, helped, *_ = await _transfers(world, book.li)
    here = f"/api/v1/communities/{world.here}"
    async with (
        browser(service_over(world.database)) as member,
        browser(service_over(world.database)) as staff,
    ):
        await _enter(member, await _card(world, book.chen))
        await _enter(staff, {"user_name": "auditor", "password": PASSWORD})
        early = await staff.get(f"{here}/transfers/{helped}/receipt")
        assert (early.status_code, early.json()["code"]) == (409, "not-signed-yet")
        await _sign(world)
        found = (await staff.get(f"{here}/transfers/{helped}/receipt")).json()
        assert (found["transfer_id"], found["checkpoint"]) == (str(helped), 1)
        assert 0 <= found["index"] < found["size"]
        assert found["root"] in found["text"]
        for path in (
            f"/api/v1/me/passbook/{helped}/receipt",
            f"{here}/members/{book.chen}/passbook/{helped}/receipt",
        ):
            assert (await member.get(path)).json() == found
        for path in (
            f"/api/v1/me/passbook/{brought}/receipt",
            f"{here}/members/{book.chen}/passbook/{brought}/receipt",
        ):
            assert (await member.get(path)).status_code == 404
        others = f"{here}/members/{book.li}/passbook/{helped}/receipt"
        assert (await member.get(others)).status_code == 403
        assert (await staff.get(others)).json() == found
