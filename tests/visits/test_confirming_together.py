"""Many confirm at the same moment: each visit is posted once, and each caller hears of their own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from sqlalchemy import event, func, select, text

from tests.given import World, browser, service_over, sign_in
from tests.visits.given import Street
from timebank.access.guard import Call
from timebank.core import tables
from timebank.core.database import Database
from timebank.core.errors import Stale
from timebank.core.gather import Busy
from timebank.hours.tables import Movement
from timebank.visits import service
from timebank.visits.errors import NotYourPart, VisitMoved
from timebank.visits.model import Outcome, Status
from timebank.visits.tables import Settlement, Visit

CALLERS = 64


def another_service(world: World, *, waiting_max: int = 1024) -> Database:
    url = world.database.engine.url.render_as_string(hide_password=False)
    return Database(url, checking=True, waiting_max=waiting_max)


def confirm(call: Call, street: Street, visit_id: UUID, **said: object) -> "asyncio.Task[Outcome]":
    here = street.world.here
    asked = service.confirm(call, community_id=here, visit_id=visit_id, version=2, **said)  # type: ignore[arg-type]
    return asyncio.ensure_future(asked)


async def count(world: World, table: type[tables.Base], **where: object) -> int:
    async with world.database.begin({world.here}) as db:
        return await db.scalar(select(func.count()).select_from(table).filter_by(**where)) or 0


@asynccontextmanager
async def held(world: World, visit_id: UUID) -> AsyncIterator[None]:
    """Within the block nobody else can do anything with the visit."""
    async with world.database.begin({world.here}) as db:
        await db.execute(select(Visit.id).where(Visit.id == visit_id).with_for_update())
        yield


async def waiting_for_a_lock(world: World) -> None:
    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    while True:
        async with world.database.begin(()) as db:
            if await db.scalar(asked):
                return
        await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_sixty_four_confirmations_on_one_account_are_each_posted_once(two_desks: World) -> None:
    street = await Street(two_desks).move_in(feng_brings=CALLERS * 30)
    ids = await street.claimed(CALLERS)
    feng = two_desks.call_of_member(street.feng)
    outcomes = await asyncio.gather(
        *(confirm(feng.with_key(f"phone-{n:04}"), street, visit_id) for n, visit_id in enumerate(ids))
    )
    assert [outcome.visit.id for outcome in outcomes] == ids
    assert all(outcome.posted and outcome.visit.status is Status.SETTLED for outcome in outcomes)
    assert await street.balances() == (CALLERS * 30, 0)
    assert await count(two_desks, Settlement) == CALLERS
    assert await count(two_desks, Movement, kind="visit") == CALLERS
    assert await count(two_desks, tables.Act, operation="visits.confirm") == CALLERS
    again = await confirm(feng.with_key("phone-0007"), street, ids[7])
    assert again == outcomes[7]


@pytest.mark.slow
async def test_the_number_of_statements_does_not_grow_with_the_callers(two_desks: World) -> None:
    street = await Street(two_desks).move_in(feng_brings=CALLERS * 30)
    ids = await street.claimed(CALLERS)
    said: list[str] = []
    engine = two_desks.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: said.append(statement))
    feng = two_desks.call_of_member(street.feng)
    await confirm(feng.with_key("the-first-one"), street, ids[0])
    alone = len(said)
    said.clear()
    await asyncio.gather(*(confirm(feng.with_key(f"{one}"), street, one) for one in ids[1:]))
    assert 0 < len(said) <= alone < 25, said


@pytest.mark.slow
async def test_what_one_may_not_or_cannot_costs_the_others_nothing(two_desks: World) -> None:
    street = await Street(two_desks).move_in(feng_brings=60)
    ids = await street.claimed(6)
    feng, zhou = two_desks.call_of_member(street.feng), two_desks.call_of_member(street.zhou)
    await confirm(feng, street, ids[5])
    told = await asyncio.gather(
        confirm(feng, street, ids[0]),
        confirm(zhou, street, ids[1]),
        confirm(feng, street, ids[2], minutes=2, words="她早走了"),
        confirm(feng, street, ids[3]),
        confirm(feng, street, ids[5]),
        service.confirm(feng, community_id=two_desks.here, visit_id=ids[5], version=4),
        confirm(feng, street, ids[3]),
        return_exceptions=True,
    )
    kinds = [one.visit.status if isinstance(one, Outcome) else type(one) for one in told]
    # Feng had an hour: of three half hours, the last one waits for a desk; what was said of it twice was late.
    assert kinds == [Status.SETTLED, NotYourPart, Status.DISPUTED, Status.CONFIRMED, Stale, VisitMoved, Stale]
    assert await street.balances() == (60, 0)
    late = told[4]
    assert isinstance(late, Stale)
    assert late.last is not None
    assert (late.version, late.last.operation) == (4, "visits.confirm")


@pytest.mark.slow
async def test_two_services_confirm_at_once_and_nothing_is_posted_twice(two_desks: World) -> None:
    street = await Street(two_desks).move_in(feng_brings=40 * 30)
    ids = await street.claimed(40)
    other = another_service(two_desks)
    feng = two_desks.call_of_member(street.feng)
    there = replace(feng, database=other)
    told = await asyncio.gather(
        *(confirm(call, street, one) for one in ids for call in (feng, there)), return_exceptions=True
    )
    await other.close()
    assert sum(isinstance(one, Outcome) and one.posted for one in told) == 40
    assert sum(isinstance(one, Stale) for one in told) == 40
    assert await street.balances() == (1200, 0)


@pytest.mark.slow
async def test_who_hangs_up_before_their_turn_confirms_nothing_and_who_hangs_up_later_does(
    two_desks: World,
) -> None:
    street = await Street(two_desks).move_in()
    running, waiting, other = await street.claimed(3)
    feng = two_desks.call_of_member(street.feng)
    async with held(two_desks, running):
        first = confirm(feng, street, running)
        await waiting_for_a_lock(two_desks)
        second, third = confirm(feng, street, waiting), confirm(feng, street, other)
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
    assert (await third).posted
    statuses = [(await street.visit(one)).status for one in (running, waiting, other)]
    assert statuses == [Status.SETTLED, Status.CLAIMED, Status.SETTLED]
    assert await street.balances() == (60, 540)


@pytest.mark.slow
async def test_closing_the_service_answers_whom_it_took(two_desks: World) -> None:
    street = await Street(two_desks).move_in()
    first, second, late = await street.claimed(3)
    closing = another_service(two_desks)
    feng = replace(two_desks.call_of_member(street.feng), database=closing)
    async with held(two_desks, first):
        taken = [confirm(feng, street, first)]
        await waiting_for_a_lock(two_desks)
        taken.append(confirm(feng, street, second))
        await asyncio.sleep(0)
        ended = asyncio.create_task(closing.close())
        await asyncio.sleep(0)
        refused = await asyncio.gather(confirm(feng, street, late), return_exceptions=True)
    await ended
    assert [task.result().posted for task in taken] == [True, True]
    assert [type(one).__name__ for one in refused] == ["Closing"]
    assert (await street.visit(late)).status is Status.CLAIMED


@pytest.mark.slow
async def test_a_full_line_says_when_to_come_back_in_the_readers_language(two_desks: World) -> None:
    street = await Street(two_desks).move_in()
    running, waiting, late = await street.claimed(3)
    small = another_service(two_desks, waiting_max=1)
    async with browser(service_over(small)) as client:
        await sign_in(client, "mo")
        desk = replace(await two_desks.call(), database=small)
        async with held(two_desks, running):
            taken = [confirm(desk.with_key("desk-first"), street, running)]
            await waiting_for_a_lock(two_desks)
            taken.append(confirm(desk.with_key("desk-second"), street, waiting))
            await asyncio.sleep(0)
            full = await _over_http(client, street, late, language="en")
            chinese = await _over_http(client, street, late, language="zh")
        await asyncio.gather(*taken)
        assert (await _over_http(client, street, late, language="en")).status_code == 200
    await small.close()
    assert (full.status_code, full.headers["Retry-After"], full.json()["code"]) == (503, "5", Busy.code)
    assert full.json()["title"].startswith("Too many people are waiting")
    assert chinese.json()["title"].startswith("现在排队的人太多")


async def _over_http(
    client: httpx.AsyncClient, street: Street, visit_id: UUID, *, language: str
) -> httpx.Response:
    token = client.cookies["login"]
    return await client.post(
        f"/api/v1/communities/{street.world.here}/visits/{visit_id}/confirm",
        json={"version": 2, "provenance": "phone"},
        headers={
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": f"desk-{visit_id}",
            "X-Language": language,
        },
    )
