"""A gift or a grant is taken back when one person asks and another, who is nobody's family, agrees."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.given import PASSWORD, World, post_form, sign_in
from tests.hours.given import Book, settled_book
from timebank.access.errors import KinsAffair, OwnAffair
from timebank.access.guard import Call
from timebank.access.steps import issue_card
from timebank.core import clock
from timebank.core.errors import Conflict, Forbidden, NotFound
from timebank.hours import queries
from timebank.hours import service as hours
from timebank.hours.corrections import service
from timebank.hours.corrections.errors import (
    AnotherMustDecide,
    CorrectedElsewhere,
    CorrectionOver,
    CorrectionStands,
)
from timebank.hours.corrections.model import CorrectionView, State
from timebank.hours.errors import NotEnough
from timebank.hours.gifts import service as gifts
from timebank.people.service import link_staff
from timebank.web.i18n import say


async def given(world: World, minutes: int = 120) -> tuple[Book, UUID]:
    """Li gave Chen, who is family, some minutes; Chen has 60 more."""
    book = await settled_book(world)
    await world.relate(book.li, book.chen)
    made = await gifts.give(
        world.call_of_member(book.li),
        community_id=world.here,
        member_id=book.li,
        receiver_id=book.chen,
        minutes=minutes,
        reason=None,
    )
    return book, made


async def balances(book: Book) -> tuple[int, int]:
    """What Chen and Li hold."""
    async with book.world.database.begin({book.world.here}) as db:
        found = await queries.balances(db, book.world.here, [book.chen, book.li])
    return found[book.chen].posted, found[book.li].posted


async def asked(world: World, transfer_id: UUID, call: Call | None = None) -> dict[str, Any]:
    """Mo asks for a correction; what the second person needs."""
    made = await service.ask_correction(
        call or await world.call(), community_id=world.here, transfer_id=transfer_id, reason="转错了人"
    )
    return {"community_id": world.here, "correction_id": made, "version": 1}


async def of(call: Call, transfer_id: UUID) -> list[CorrectionView]:
    """What was asked for a transfer."""
    here = call.community_id
    assert here is not None
    return await service.corrections_of(call, community_id=here, transfer_id=transfer_id)


@pytest.mark.slow
async def test_a_second_person_approves_and_the_transfer_is_mirrored(world: World) -> None:
    book, gift = await given(world)
    assert await balances(book) == (180, 418)
    one = await asked(world, gift)
    with pytest.raises(AnotherMustDecide):
        await service.approve_correction(await world.call(), **one)
    with pytest.raises(CorrectionStands):
        await asked(world, gift)
    [waits] = await service.to_decide(await world.call(world.second))
    assert (waits.id, waits.minutes, waits.reason) == (one["correction_id"], 120, "转错了人")
    assert await service.to_decide(await world.call()) == []
    back = await service.approve_correction(await world.call(world.second), **one)
    assert await balances(book) == (60, 538)
    told = await hours.explain(await world.call(), community_id=world.here, transfer_id=back)
    assert (told.from_id, told.to_id, told.minutes, told.reverses) == (book.chen, book.li, 120, gift)
    behind = (told.entered_by, told.confirmed_by, told.posted_by)
    assert [say(who, "zh") for who in behind if who] == ["莫协调", "麦协调", "麦协调"]
    for deed in (service.approve_correction, service.withdraw_correction):
        with pytest.raises(CorrectionOver):
            await deed(await world.call(world.second), **one)
    with pytest.raises(CorrectionStands):
        await asked(world, gift)


@pytest.mark.slow
async def test_two_approve_at_the_same_moment_and_one_posting_is_made(two_desks: World) -> None:
    book, gift = await given(two_desks)
    one = await asked(two_desks, gift)
    calls = [await two_desks.call(who) for who in (two_desks.second, two_desks.administrator)]
    ended = await asyncio.gather(
        *(service.approve_correction(call, **one) for call in calls), return_exceptions=True
    )
    assert sum(isinstance(each, UUID) for each in ended) == 1
    assert sum(isinstance(each, Conflict) for each in ended) == 1
    assert await balances(book) == (60, 538)


@pytest.mark.slow
async def test_neither_the_members_nor_their_family_are_a_second_person(world: World) -> None:
    book, gift = await given(world)
    one = await asked(world, gift, await world.call(world.second))
    await world.relate(book.chen, "莫协调", "child")
    with pytest.raises(KinsAffair):
        await service.approve_correction(await world.call(), **one)
    with pytest.raises(KinsAffair):
        await service.refuse_correction(await world.call(), **one, word="不行")
    found = await service.corrections(await world.call(), community_id=world.here)
    assert found.waiting[0].obstacle is not None
    assert "您家人的事" in say(found.waiting[0].obstacle, "zh")
    assert await service.to_decide(await world.call()) == []
    admin = await world.call(world.administrator)
    await link_staff(admin, member_id=book.li, staff_id=world.coordinator, linked=True)
    with pytest.raises(OwnAffair):
        await service.approve_correction(await world.call(), **one)
    await service.approve_correction(await world.call(world.administrator), **one)


async def test_the_coordinator_next_door_is_a_second_person_and_sees_no_names(world: World) -> None:
    book, gift = await given(world)
    one = await asked(world, gift)
    neighbour = await world.call(world.neighbour)
    [waits] = await service.to_decide(neighbour)
    assert (waits.community, say(waits.from_name, "zh"), say(waits.to_name, "zh")) == (
        "榕树社区",
        "李＊",
        "陈＊婆",
    )
    with pytest.raises(Forbidden):
        await service.corrections_of(neighbour, community_id=world.here, transfer_id=gift)
    with pytest.raises(Forbidden):
        await asked(world, gift, neighbour)
    with pytest.raises(Forbidden):
        await service.corrections(neighbour, community_id=world.here)
    [the_same] = (await service.corrections(neighbour, community_id=world.there)).waiting
    assert the_same == waits
    await service.approve_correction(neighbour, **one)
    assert await balances(book) == (60, 538)


async def test_a_town_away_is_not_next_door(world: World) -> None:
    _, gift = await given(world)
    one = await asked(world, gift)
    async with world.database.begin({world.here}) as db:
        await db.execute(
            text("UPDATE timebank.units SET parent_id = :district WHERE id = :there"),
            {"district": world.district, "there": world.there},
        )
    neighbour = await world.call(world.neighbour)
    assert await service.to_decide(neighbour) == []
    with pytest.raises((Forbidden, NotFound)):
        await service.approve_correction(neighbour, **one)


@pytest.mark.slow
async def test_a_refusal_carries_a_word_back_and_it_may_be_asked_again(world: World) -> None:
    book, gift = await given(world)
    li = world.call_of_member(book.li)
    one = await asked(world, gift, li)
    await service.refuse_correction(await world.call(), **one, word="当时是您自己同意的")
    [told] = await of(li, gift)
    assert (told.state, told.word) == (State.REFUSED, "当时是您自己同意的")
    again = await asked(world, gift, li)
    await service.withdraw_correction(li, **again)
    assert {each.state for each in await of(li, gift)} == {State.REFUSED, State.WITHDRAWN}
    third = await asked(world, gift)
    with pytest.raises(Forbidden):
        await service.withdraw_correction(await world.call(world.second), **third)


@pytest.mark.slow
async def test_what_nobody_answers_runs_out_and_may_be_asked_again(world: World) -> None:
    _, gift = await given(world)
    one = await asked(world, gift)
    with clock.set_to(world.now + timedelta(days=15)):
        with pytest.raises(CorrectionOver):
            await service.approve_correction(await world.call(world.second), **one)
        found = await service.corrections(await world.call(), community_id=world.here)
        assert (found.waiting, [each.state for each in found.ended.rows]) == ([], [State.EXPIRED])
        again = await asked(world, gift)
        await service.approve_correction(await world.call(world.second), **again)
        found = await service.corrections(await world.call(), community_id=world.here)
        assert {each.state for each in found.ended.rows} == {State.APPROVED, State.EXPIRED}


async def test_what_was_spent_is_taken_back_only_by_force(world: World) -> None:
    book, gift = await given(world)
    chen = world.call_of_member(book.chen)
    await gifts.give(
        chen, community_id=world.here, member_id=book.chen, receiver_id=None, minutes=150, reason=None
    )
    one = await asked(world, gift)
    second = await world.call(world.second)
    with pytest.raises(NotEnough):
        await service.approve_correction(second, **one)
    await service.approve_correction(second, **one, forced=True)
    assert await balances(book) == (-90, 538)


async def test_a_visit_is_corrected_on_its_own_page(world: World) -> None:
    book, _ = await given(world)
    days = {"from_on": clock.day_of(world.now) - timedelta(days=9), "until_on": clock.day_of(world.now)}
    lines = await hours.statement(await world.call(), community_id=world.here, account_id=book.li, **days)
    visit = next(line.transfer_id for line in lines.lines if line.served_on)
    with pytest.raises(CorrectedElsewhere):
        await asked(world, visit)


async def test_a_member_asks_only_about_their_own(world: World) -> None:
    book, gift = await given(world)
    stranger = await world.add_member("过路人")
    pool = await hours.grant(
        await world.call(), community_id=world.here, member_id=None, minutes=60, reason="备用"
    )
    with pytest.raises(Forbidden):
        await asked(world, gift, world.call_of_member(stranger))
    with pytest.raises(NotFound):
        await asked(world, pool, world.call_of_member(book.li))
    one = await asked(world, pool)
    await service.approve_correction(await world.call(world.second), **one)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ("decided_by = asked_by, state = 'refused', word = '不'", "correction_by_a_second_person"),
        ("state = 'approved', decided_by = id", "correction_approved_posts"),
        ("state = 'refused', decided_by = id", "correction_refused_says_why"),
    ],
)
async def test_the_database_holds_to_the_second_person(world: World, broken: str, rule: str) -> None:
    _, gift = await given(world)
    await asked(world, gift)
    with pytest.raises(DBAPIError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(f"UPDATE timebank.corrections SET {broken}"))


async def test_corrections_are_seen_in_their_community_only(owner: AsyncConnection, world: World) -> None:
    _, gift = await given(world)
    await asked(world, gift)
    async with world.database.begin({world.there}) as db:
        assert await db.scalar(text("SELECT count(*) FROM timebank.corrections")) == 0


@pytest.mark.slow
async def test_two_desks_ask_refuse_and_approve_through_the_pages(
    client: httpx.AsyncClient, world: World
) -> None:
    book, gift = await given(world)
    await sign_in(client, "mo")
    entry = f"/accounts/entries/{gift}"
    nothing = await post_form(client, f"{entry}/correction", {"reason": " "}, seen=entry)
    assert nothing.status_code == 422
    said = await post_form(client, f"{entry}/correction", {"reason": "转错了人"}, seen=entry)
    assert said.status_code == 303, said.text
    assert "等另一个人批准" in (await client.get(entry)).text
    page = (await client.get("/corrections")).text
    assert "更正是您请求的，要由另一个人来批准" in page
    one = page.split('action="/corrections/', 1)[1].split("/", 1)[0]
    client.cookies.clear()
    await sign_in(client, "mai")
    assert "等您批准的更正" in (await client.get("/today")).text
    seen: dict[str, object] = {"community_id": world.here, "version": 1}
    wordless = await post_form(client, f"/corrections/{one}/refuse", seen, seen="/corrections")
    assert wordless.status_code == 422
    stale = await post_form(
        client, f"/corrections/{one}/approve", {**seen, "version": 7}, seen="/corrections"
    )
    assert (stale.status_code, "刚才有人改过" in stale.text) == (422, True)
    done = await post_form(client, f"/corrections/{one}/approve", seen, seen="/corrections")
    assert done.status_code == 303, done.text
    assert "已更正" in (await client.get("/corrections")).text
    assert await balances(book) == (60, 538)


@pytest.mark.slow
async def test_a_member_asks_on_the_phone_and_reads_the_answer(
    client: httpx.AsyncClient, world: World
) -> None:
    book, gift = await given(world)
    async with world.database.begin({world.here}) as db:
        card = await issue_card(db, member_id=book.li, community_id=world.here, now=world.now)
    data: dict[str, object] = {"number": card.number, "pin": card.pin}
    assert (await post_form(client, "/sign-in/card", data, seen="/sign-in")).status_code == 303
    entry = f"/me/passbook/{gift}"
    assert "转错了，请社区更正" in (await client.get(entry)).text
    said = await post_form(client, f"{entry}/correction", {"reason": "数目不对"}, seen=entry)
    assert said.status_code == 303, said.text
    assert "等另一位工作人员看过" in (await client.get(entry)).text
    [one] = await of(world.call_of_member(book.li), gift)
    seen = {"community_id": world.here, "correction_id": one.id, "version": 1}
    await service.refuse_correction(await world.call(), **seen, word="数目是您自己填的")
    page = (await client.get(entry)).text
    assert "没有更正：数目是您自己填的" in page
    assert "转错了，请社区更正" in page


@pytest.mark.slow
async def test_a_program_asks_and_another_approves(client: httpx.AsyncClient, world: World) -> None:
    book, gift = await given(world)
    heads = []
    for name in ("mo", "mai"):
        login = await client.post("/api/v1/logins", json={"user_name": name, "password": PASSWORD})
        token = f"Bearer {login.json()['token']}"
        heads.append({"Authorization": token, "Idempotency-Key": f"the-key-of-{name}"})
        client.cookies.clear()
    mo, mai = heads
    at = f"/api/v1/communities/{world.here}/corrections"
    body = {"transfer_id": str(gift), "reason": "转错了人"}
    one = (await client.post(at, json=body, headers=mo)).json()["id"]
    own = await client.post(f"{at}/{one}/approve", json={"version": 1}, headers=mo)
    assert (own.status_code, own.json()["code"]) == (409, "another-must-decide")
    [waits] = (await client.get(at, headers=mai)).json()["waiting"]
    assert (waits["may_decide"], waits["from_name"], waits["minutes"]) == (True, "李伯", 120)
    done = await client.post(
        f"{at}/{one}/approve", json={}, headers={**mai, "If-Match": '"1"', "Idempotency-Key": "approve-it"}
    )
    assert done.status_code == 200, done.text
    assert await balances(book) == (60, 538)
    other = await hours.grant(
        await world.call(), community_id=world.here, member_id=book.li, minutes=5, reason="补"
    )
    two = (
        await client.post(
            at,
            json={"transfer_id": str(other), "reason": "多发"},
            headers={**mo, "Idempotency-Key": "ask-again"},
        )
    ).json()["id"]
    refused = await client.post(f"{at}/{two}/refuse", json={"version": 1, "word": "没有多"}, headers=mai)
    assert refused.status_code == 204, refused.text
    late = await client.post(f"{at}/{two}/withdraw", json={"version": 2}, headers=mo)
    assert (late.status_code, late.json()["code"]) == (409, "correction-over")
