"""Who comes in gets a number, two desks call two people, and places say when they are open."""

import asyncio
from datetime import date, datetime, timedelta

import httpx
import pytest

from tests.given import NOW, World, post_form, sign_in
from timebank.core import clock
from timebank.core.errors import Invalid, Stale
from timebank.core.ids import new_id
from timebank.reception import rules, service
from timebank.reception.errors import NobodyWaits, VisitorMoved
from timebank.reception.model import MOVES, About, Move, Opening, Place, Standing

MORNING, AFTERNOON = Opening(2, 9 * 60, 11 * 60), Opening(2, 14 * 60, 17 * 60)


def place(*hours: Opening, closed_on: date | None = None) -> Place:
    return Place(
        id=new_id(),
        community_id=new_id(),
        name="服务台",
        address="",
        note=None,
        hours=hours,
        closed_on=closed_on,
        version=1,
    )


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026; the 25th is a Wednesday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=clock.zone())


def test_a_place_is_open_from_its_first_minute_to_before_its_last() -> None:
    desk = place(MORNING, AFTERNOON)
    assert [rules.is_open(desk, at(25, *when)) for when in ((8, 59), (9, 0), (10, 59), (11, 0))] == [
        False,
        True,
        True,
        False,
    ]
    assert not rules.is_open(desk, at(26, 10))
    assert not rules.is_open(place(MORNING, closed_on=date(2026, 11, 25)), at(25, 10))
    assert rules.next_opening(desk, at(25, 8)) == MORNING
    assert rules.next_opening(desk, at(25, 9)) == AFTERNOON
    assert rules.next_opening(desk, at(25, 15)) == MORNING
    assert rules.next_opening(place(), at(25, 8)) is None


def test_times_that_overlap_or_end_before_they_begin_are_refused() -> None:
    assert rules.problems("服务台", "", [MORNING, AFTERNOON]) == []
    for wrong in ([MORNING, Opening(2, 600, 700)], [Opening(2, 600, 600)], [Opening(7, 1, 2)]):
        assert [error.field for error in rules.problems("服务台", "", wrong)] == ["hours"]
    assert [error.field for error in rules.problems(" ", "路" * 201, [])] == ["name", "address"]


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("move", Move)
def test_every_move_is_in_the_table_or_refused(standing: Standing, move: Move) -> None:
    before, after = MOVES[move]
    assert rules.moved(standing, move) == (after if standing in before else None)


async def test_numbers_rise_through_the_day_and_begin_anew(world: World) -> None:
    feng = await world.add_member("冯伯", number="0102")
    desk = await world.call()
    first = await service.let_in(desk, community_id=world.here, words=" 0102 ", about=About.ASK)
    second = await service.let_in(desk, community_id=world.here, words="路过的人", about=About.JOIN)
    assert (first.number, first.member_id, first.name) == (1, feng, "冯伯")
    assert (second.number, second.member_id) == (2, None)
    with clock.set_to(NOW + timedelta(days=1)):
        tomorrow = await service.let_in(
            await world.call(), community_id=world.here, words="冯伯", about=About.HOURS
        )
        assert tomorrow.number == 1
        assert len(await service.queue(await world.call(), community_id=world.here)) == 1
    with pytest.raises(Invalid):
        await service.let_in(desk, community_id=world.here, words=" ", about=About.ASK)


async def test_whoever_was_called_by_mistake_goes_back(world: World) -> None:
    desk = await world.call()
    made = await service.let_in(desk, community_id=world.here, words="甲", about=About.ASK)
    called = await service.call_next(desk, community_id=world.here)
    assert (called.id, called.standing, called.called_by) == (made.id, Standing.CALLED, world.coordinator)
    with pytest.raises(NobodyWaits):
        await service.call_next(desk, community_id=world.here)

    async def move(what: Move, version: int) -> Standing:
        moved = await service.move_visitor(
            desk, community_id=world.here, visitor_id=made.id, what=what, version=version
        )
        return moved.standing

    with pytest.raises(Stale):
        await move(Move.SERVE, 1)
    assert await move(Move.WAIT, 2) is Standing.WAITING
    with pytest.raises(VisitorMoved):
        await move(Move.SERVE, 3)
    assert await move(Move.LEAVE, 3) is Standing.LEFT
    assert await move(Move.WAIT, 4) is Standing.WAITING


async def test_two_desks_at_once_call_two_people(two_desks: World) -> None:
    world = two_desks
    first, second = await world.call(), await world.call(world.second)
    for name in ("甲", "乙", "丙"):
        await service.let_in(first, community_id=world.here, words=name, about=About.ASK)
    called = await asyncio.gather(
        *(service.call_next(desk, community_id=world.here) for desk in (first, second))
    )
    assert {one.number for one in called} == {1, 2}


async def test_the_desk_sees_who_waits_and_a_member_when_it_is_open(
    client: httpx.AsyncClient, world: World
) -> None:
    await world.add_member("冯伯", number="0102")
    await sign_in(client, "mo")
    assert "现在没有人在等" in (await client.get("/reception")).text
    nobody = await post_form(client, "/reception/next", {}, seen="/reception")
    assert nobody.status_code == 409
    given = await post_form(client, "/reception", {"who": "0102", "about": "ask"})
    assert "冯伯 是 1 号" in (await client.get(given.headers["location"])).text
    await post_form(client, "/reception/next", {}, seen="/reception")
    page = (await client.get("/reception")).text
    assert "/requests/new?member=" in page
    wrong = await post_form(client, "/places/new", {"name": "服务台", "hours": "周三 9点到11点"})
    assert wrong.status_code == 422
    assert "“周三 9点到11点”看不懂" in wrong.text
    assert ">周三 9点到11点</textarea>" in wrong.text
    typed = {"name": "服务台", "address": "榕树路 1 号", "hours": "工作日 9:00-11:30\nwed 14:00–17:00"}
    assert (await post_form(client, "/places/new", typed)).status_code == 303
    shown = (await client.get("/places")).text
    assert "周三 09:00–11:30" in shown
    assert "周三 14:00–17:00" in shown
    here = shown.split('href="/places/', 2)[2].split('"', 1)[0]
    form = (await client.get(f"/places/{here}")).text
    assert "周一 9:00-11:30" in form
    late = {"name": "服务台", "version": "9"}
    assert (await post_form(client, f"/places/{here}", late)).status_code == 422
    given_up = typed | {"closed_on": "2026-11-22", "version": "1"}
    assert (await post_form(client, f"/places/{here}", given_up)).status_code == 303
    assert "起不用" in (await client.get("/places")).text
