"""The first page each person sees says what waits for them."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tests.given import NOW, World, sign_in
from tests.visits.given import Street
from timebank.core.errors import plain
from timebank.core.ids import new_id
from timebank.desk import rules, service, wording
from timebank.desk.model import Urgency, Waiting
from timebank.visits.model import DueVisit
from timebank.visits.model import Waiting as Why
from timebank.web.i18n import say


@pytest.mark.slow
async def test_a_new_community_is_told_its_first_steps(client: httpx.AsyncClient) -> None:
    await sign_in(client, "mo")
    page = await client.get("/today")
    assert page.text.index('href="/members/import"') < page.text.index('href="/schemes/new"')


async def test_an_empty_desk_says_that_nothing_waits(client: httpx.AsyncClient, world: World) -> None:
    await Street(world).move_in()
    await sign_in(client, "mo")
    page = await client.get("/today")
    assert page.status_code == 200
    assert "没有等着您办的事" in page.text


async def test_a_visit_that_could_not_be_posted_stands_in_the_list(
    client: httpx.AsyncClient, world: World
) -> None:
    street = await Street(world).move_in(feng_brings=0)
    await street.confirmed()
    await sign_in(client, "mo")
    page = await client.get("/today")
    assert "没有记上账" in page.text
    assert "冯伯" in page.text


@pytest.mark.slow
async def test_one_person_stands_on_one_page(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in()
    await street.plan()
    await sign_in(client, "mo")
    page = await client.get(f"/members/{street.feng}")
    assert page.status_code == 200
    for words in ("冯伯", "10:00", "周阿姨 → 冯伯", "陪诊"):
        assert words in page.text
    await sign_in(client, "he")
    assert (await client.get(f"/members/{street.feng}")).status_code == 404


async def test_a_member_sees_their_balance_first(world: World) -> None:
    street = await Street(world).move_in()
    await street.plan()
    home = await service.home(
        world.call_of_member(street.feng), community_id=world.here, member_id=street.feng
    )
    assert home.balance is not None
    assert home.balance.posted == 600
    assert [visit.helper_id for visit in home.next] == [street.zhou]


async def test_many_of_a_kind_stand_in_one_line(world: World) -> None:
    street = await Street(world).move_in()
    visit_id = await street.confirmed()
    visit = await street.visit(visit_id)
    due = [
        DueVisit(replace(visit, id=new_id()), Why.UNCONFIRMED, NOW - timedelta(days=3 + n)) for n in range(5)
    ]
    waiting = Waiting(NOW, [], due, [], [], set(), [], [], 0, {})
    (task,) = rules.tasks(waiting)
    assert task.urgency is Urgency.SOON
    assert say(task.who, "zh") == "5 张服务单"
    assert say(task.tag, "zh") == "待确认 7 天"
    assert say(task.tag, "en") == "To be confirmed 7 days"


async def test_what_was_done_is_there_to_read(client: httpx.AsyncClient) -> None:
    await sign_in(client, "mo")
    page = await client.get("/acts")
    assert page.status_code == 200
    assert (await client.get("/acts?after=nonsense")).status_code == 422


def test_what_people_type_is_never_taken_for_a_message() -> None:
    assert say(plain("{name} 100%"), "en") == "{name} 100%"


async def test_many_who_were_not_seen_stand_in_one_line_and_on_a_list(
    client: httpx.AsyncClient, world: World
) -> None:
    for n in range(9):
        await world.add_member(f"梁婆{n}", hardship_tier=1 + n % 3, phone=f"1540000000{n}")
    await sign_in(client, "mo")
    page = (await client.get("/today")).text
    assert page.count("还没见过") == wording.ONE_BY_ONE
    assert "另有 6 位" in page
    listed = (await client.get("/care")).text
    assert all(f"梁婆{n}" in listed for n in range(9))
    assert listed.index("梁婆2") < listed.index("梁婆1") < listed.index("梁婆0")
