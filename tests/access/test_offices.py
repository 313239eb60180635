"""An administrator hangs units in the tree and gives offices in them; nobody shuts themselves out."""

import asyncio

import httpx
import pytest

from tests.given import NOW, PASSWORD, SEAL, World, post_form, sign_in
from timebank.access import queries, rules, service
from timebank.access.errors import LastOffice, OwnAffair, OwnOffice, WeakPassword
from timebank.access.guard import Call
from timebank.access.model import ATTEMPTS_MAX
from timebank.core.actor import NOBODY, Role
from timebank.core.errors import Forbidden, Invalid, NotFound, Stale, TooMany
from timebank.people import service as people


async def test_a_new_community_gets_the_next_code_and_is_administered_at_once(world: World) -> None:
    call = await world.call(world.administrator)
    town = await service.add_unit(call, parent_id=world.district, name="新镇")
    community = await service.add_unit(call, parent_id=town, name="新社区")
    codes = {unit.id: unit.code for unit in await service.administered_units(call)}
    assert codes[town] == "T01"
    assert codes[community] == "T0101"
    assert community in (await world.call(world.administrator)).actor.communities


async def test_a_unit_keeps_a_name_and_a_code_of_its_own(world: World) -> None:
    call = await world.call(world.administrator)
    with pytest.raises(Invalid) as refused:
        await service.add_unit(call, parent_id=world.town, name="榕树社区", code="T12")
    assert [error.field for error in refused.value.fields] == ["name", "code"]
    with pytest.raises(Invalid):
        await service.add_unit(call, parent_id=world.here, name="社区的社区")
    seen = {"seen_name": "榕树社区", "seen_code": "T11"}
    await service.change_unit(call, unit_id=world.here, name="大榕树社区", code="T11", **seen)
    with pytest.raises(Stale):
        await service.change_unit(call, unit_id=world.here, name="小榕树社区", code="T11", **seen)


def test_the_next_code_fills_the_first_gap() -> None:
    assert rules.next_code("01", ["01", "0101", "0103"]) == "0102"


async def test_an_office_is_given_and_taken_but_never_the_last(world: World) -> None:
    call = await world.call(world.administrator)
    office = {"staff_id": world.coordinator, "unit_id": world.there, "role": Role.COORDINATOR}
    for _ in range(2):
        await service.give_office(call, **office)
    assert world.there in (await world.call(world.coordinator)).actor.communities
    await service.take_office(call, **office)
    assert world.there not in (await world.call(world.coordinator)).actor.communities
    with pytest.raises(LastOffice):
        await service.take_office(call, staff_id=world.coordinator, unit_id=world.here, role=Role.COORDINATOR)
    with pytest.raises(OwnOffice):
        await service.take_office(
            call, staff_id=world.administrator, unit_id=world.district, role=Role.ADMINISTRATOR
        )


@pytest.mark.slow
async def test_a_forgotten_password_is_reset_and_every_device_signed_out(world: World) -> None:
    nobody = Call(world.database, NOBODY, NOW, SEAL)
    old = await service.sign_in_staff(nobody, user_name="mo", password=PASSWORD)
    assert old is not None
    call = await world.call(world.administrator)
    with pytest.raises(WeakPassword):
        await service.reset_password(call, staff_id=world.coordinator, password="short")
    with pytest.raises(OwnOffice):
        await service.reset_password(call, staff_id=world.administrator, password="a-long-new-password")
    await service.reset_password(call, staff_id=world.coordinator, password="a-long-new-password")
    assert await service.who_is(nobody, token=old.token) is None
    assert await service.sign_in_staff(nobody, user_name="mo", password=PASSWORD) is None
    assert await service.sign_in_staff(nobody, user_name="mo", password="a-long-new-password")


async def test_an_administrator_of_a_town_reaches_no_further(world: World) -> None:
    call = await world.call(world.administrator)
    mayor = await service.add_staff(
        call, name="镇管理", user_name="town", password=PASSWORD, role=Role.ADMINISTRATOR, unit_id=world.town
    )
    theirs = await world.call(mayor)
    with pytest.raises(Forbidden):
        await service.add_unit(theirs, parent_id=world.district, name="别的镇")
    with pytest.raises(Forbidden):
        await service.give_office(
            theirs, staff_id=world.coordinator, unit_id=world.district, role=Role.AUDITOR
        )
    with pytest.raises(NotFound):  # the auditor's office hangs on the district
        await service.reset_password(theirs, staff_id=world.auditor, password="a-long-new-password")
    with pytest.raises(Forbidden):
        await service.add_unit(await world.call(), parent_id=world.town, name="协调员的社区")


async def test_staff_who_are_members_are_linked_by_somebody_else(world: World) -> None:
    me, other = await world.add_member("区管理本人"), await world.add_member("莫协调本人")
    call = await world.call(world.administrator)
    await people.link_staff(call, member_id=other, staff_id=world.coordinator, linked=True)
    await people.link_staff(call, member_id=other, staff_id=world.coordinator, linked=True)
    assert (await world.call(world.coordinator)).actor.memberships == {other}
    await people.link_staff(call, member_id=other, staff_id=world.coordinator, linked=False)
    assert (await world.call(world.coordinator)).actor.memberships == frozenset()
    await people.link_staff(call, member_id=me, staff_id=world.administrator, linked=True)
    with pytest.raises(OwnAffair):
        await people.link_staff(
            await world.call(world.administrator),
            member_id=me,
            staff_id=world.administrator,
            linked=False,
        )


@pytest.mark.slow
async def test_a_hundred_tries_at_once_count_as_a_hundred(two_desks: World) -> None:
    async def guess(microsecond: int) -> object:
        nobody = Call(two_desks.database, NOBODY, NOW.replace(microsecond=microsecond), SEAL)
        try:
            return await service.sign_in_staff(nobody, user_name="mo", password="wrong")
        except TooMany as error:
            return error

    tried = await asyncio.gather(*(guess(n) for n in range(ATTEMPTS_MAX + 12)))
    assert sum(answer is None for answer in tried) == ATTEMPTS_MAX


@pytest.mark.slow
async def test_the_pages_of_an_administrator(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "admin")
    added = await post_form(client, "/units", {"parent_id": world.town, "name": "新社区"})
    assert added.status_code == 303
    assert "新社区" in (await client.get("/units")).text
    twin = await post_form(client, "/units", {"parent_id": world.town, "name": "新社区"})
    assert twin.status_code == 422
    assert "这里已有叫这个名字的单位" in twin.text
    stale = await post_form(
        client,
        f"/units/{world.here}",
        {"name": "改名", "code": "T11", "seen_name": "旧名", "seen_code": "T11"},
        seen="/units",
    )
    assert stale.status_code == 422
    assert "刚才有人改过" in stale.text
    assert 'value="改名"' in stale.text
    at = f"/staff/{world.coordinator}"
    office = {"role": "auditor", "unit_id": world.district}
    assert (await post_form(client, f"{at}/offices/give", office, seen=at)).status_code == 303
    assert "审计员" in (await client.get(at)).text
    weak = await post_form(client, f"{at}/password", {"password": "short"}, seen=at)
    assert "密码至少" in weak.text
    off = await post_form(client, f"{at}/off", {}, seen=at)
    assert off.status_code == 303
    assert "已停用" in (await client.get("/staff")).text
    own = await post_form(client, f"/staff/{world.administrator}/off", {}, seen=at)
    assert own.status_code == 403
    member = await world.add_member("莫晓岚")
    page = f"/members/{member}/staff"
    linked = await post_form(client, f"{page}/link", {"staff_id": world.second}, seen=page)
    assert linked.status_code == 303
    assert "麦协调" in (await client.get(page)).text
    async with world.database.begin({world.here}) as db:
        actor = await queries.staff_actor(db, world.second)
    assert actor is not None
    assert actor.memberships == {member}


@pytest.mark.slow
async def test_a_coordinator_finds_no_door_to_offices(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    for path in ("/units", "/staff", f"/staff/{world.second}"):
        assert (await client.get(path)).status_code == 403
    member = await world.add_member()
    page = await client.get(f"/members/{member}/edit")
    assert "/staff" not in page.text
    assert (await client.get(f"/members/{member}/staff")).status_code == 403
