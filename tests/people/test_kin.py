"""Families as the desk records them, seen from both sides, and across communities only as a fact."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.given import NOW, PASSWORD, World, post_form, sign_in
from timebank.access.errors import KinAlready, KinsAffair, NotOnesOwnKin, OwnAffair
from timebank.access.guard import Call
from timebank.access.kin import queries as kin
from timebank.access.kin import rules
from timebank.access.kin.model import KinKind, Relative
from timebank.access.model import Level
from timebank.access.steps import add_unit
from timebank.core import clock
from timebank.core.errors import Invalid, Stale
from timebank.core.ids import new_id
from timebank.people import service as people
from timebank.people.kin import service
from timebank.people.kin.model import Family
from timebank.people.model import Gender

TODAY = clock.day_of(NOW)


async def related(
    world: World, member_id: UUID, other_id: UUID, kind: KinKind, *, elsewhere: UUID | None = None
) -> UUID:
    """The administrator writes down what the other is to a member."""
    return await service.record_kin(
        await world.call(world.administrator),
        member_id=member_id,
        kind=kind,
        other=Relative(community_id=elsewhere or world.here, member_id=other_id),
        said_by="本人",
        said_on=TODAY,
    )


async def family(call: Call, member_id: UUID) -> Family:
    """As a desk sees it."""
    return await service.family(call, member_id=member_id)


def test_every_kinship_reads_from_both_sides() -> None:
    assert set(rules.TURNED) == set(KinKind) == set(rules.KIN_LABELS)
    assert all(rules.TURNED[rules.TURNED[kind]] is kind for kind in KinKind)


@pytest.mark.parametrize(
    ("kind", "own", "other", "word"),
    [
        (KinKind.SPOUSE, "male", "female", "妻子"),
        (KinKind.SPOUSE, "female", "unknown", "配偶"),
        (KinKind.PARENT_IN_LAW, "female", "female", "婆婆"),
        (KinKind.PARENT_IN_LAW, "male", "male", "岳父"),
        (KinKind.PARENT_IN_LAW, None, "male", "配偶的父母"),
        (KinKind.CHILD_IN_LAW, None, "male", "女婿"),
    ],
)
def test_the_word_is_that_of_the_two_genders(
    kind: KinKind, own: str | None, other: str | None, word: str
) -> None:
    assert rules.word(kind, own=own, other=other) == word


async def test_a_tie_is_seen_from_both_sides_and_ends_and_comes_back(world: World) -> None:
    wife = await world.add_member("陈阿婆", gender=Gender.FEMALE)
    husband = await world.add_member("李伯", gender=Gender.MALE)
    call = await world.call()
    tie = await related(world, husband, wife, KinKind.SPOUSE)
    for who, word, other in ((husband, "妻子", "陈阿婆"), (wife, "丈夫", "李伯")):
        [seen] = (await family(call, who)).standing
        assert (seen.word, seen.name, seen.tie.said_by, seen.recorded_by) == (word, other, "本人", "区管理")
    with pytest.raises(KinAlready):
        await related(world, wife, husband, KinKind.CHILD)
    with pytest.raises(NotOnesOwnKin):
        await related(world, wife, wife, KinKind.CHILD)
    ended = TODAY - timedelta(days=3)
    await service.end_kin(call, member_id=wife, tie_id=tie, version=1, ended_on=ended)
    with pytest.raises(Stale):
        await service.end_kin(call, member_id=wife, tie_id=tie, version=1, ended_on=ended)
    after = await family(call, husband)
    assert ([each.tie.ended_on for each in after.past], after.standing) == ([ended], [])
    await service.resume_kin(call, member_id=husband, tie_id=tie, version=2)
    assert len((await family(call, wife)).standing) == 1
    await service.retract_kin(call, member_id=wife, tie_id=tie, version=3)
    assert (await family(call, wife)).relations == []


async def test_a_daughter_who_is_no_member_has_a_name_and_a_phone(world: World) -> None:
    mother = await world.add_member("陈阿婆")
    daughter = Relative(name="陈小明", phone="13900001111", gender=Gender.FEMALE)
    await service.record_kin(
        await world.call(),
        member_id=mother,
        kind=KinKind.CHILD,
        other=daughter,
        said_by="本人",
        said_on=TODAY,
    )
    [seen] = (await family(await world.call(), mother)).standing
    assert (seen.word, seen.name, seen.tie.other.phone) == ("女儿", "陈小明", "13900001111")


async def test_another_community_sees_the_tie_and_nothing_of_the_person(world: World) -> None:
    here = await world.add_member("陈阿婆", gender=Gender.FEMALE)
    there = await world.add_member(
        "李伯", number="Z9", gender=Gender.MALE, community_id=world.there, phone="13900002222"
    )
    call = await world.call()
    for number, name in (("Z9", "李叔"), ("Z8", "李伯")):
        with pytest.raises(Invalid):
            await service.member_elsewhere(call, community_id=world.there, number=number, name=name)
    other = await service.member_elsewhere(call, community_id=world.there, number="Z9", name="李伯")
    await service.record_kin(
        call, member_id=here, kind=KinKind.SPOUSE, other=other, said_by="本人", said_on=TODAY
    )
    [seen] = (await family(call, here)).standing
    assert (seen.word, seen.name, seen.number, seen.community) == ("配偶", None, None, "河畔社区")
    [back] = (await family(await world.call(world.neighbour), there)).standing
    assert (back.word, back.name, back.community) == ("配偶", None, "榕树社区")


async def test_near_kin_are_those_two_steps_away_even_through_another_community(world: World) -> None:
    mother = await world.add_member("妈")
    son = await world.add_member("儿", community_id=world.there)
    wife, daughter, uncle, stranger = [await world.add_member(name) for name in "媳女叔客"]
    await related(world, mother, son, KinKind.CHILD, elsewhere=world.there)
    await related(world, mother, daughter, KinKind.CHILD)
    await related(world, wife, son, KinKind.SPOUSE, elsewhere=world.there)
    await related(world, wife, uncle, KinKind.GRANDPARENT)
    asked = [mother, wife, daughter, uncle, stranger]
    async with world.database.begin({world.here}) as db:
        near = {who: await kin.kin_among(db, who, asked, TODAY) for who in asked}
        assert near[mother] == {wife, daughter}
        assert near[wife] == {mother, uncle}  # her husband is not of this community
        assert near[daughter] == {mother}
        assert near[uncle] == {wife}
        assert near[stranger] == frozenset()


async def test_who_has_ended_a_tie_is_kin_until_the_day_before(world: World) -> None:
    one, other = await world.add_member("甲"), await world.add_member("乙")
    tie = await related(world, one, other, KinKind.SPOUSE)
    await service.end_kin(await world.call(), member_id=one, tie_id=tie, version=1, ended_on=TODAY)
    async with world.database.begin({world.here}) as db:
        assert await kin.kin_among(db, one, [other], TODAY - timedelta(days=1)) == {other}
        assert await kin.kin_among(db, one, [other], TODAY) == frozenset()


async def _coordinators_mother(world: World) -> tuple[UUID, UUID]:
    """The coordinator here is a member, and their mother too."""
    me, mother = await world.add_member("莫协调本人"), await world.add_member("莫妈妈")
    await people.link_staff(
        await world.call(world.administrator), member_id=me, staff_id=world.coordinator, linked=True
    )
    await related(world, me, mother, KinKind.PARENT)
    return me, mother


async def test_staff_do_nothing_for_their_own_family(world: World) -> None:
    _, mother = await _coordinators_mother(world)
    known = await people.profile(await world.call(), member_id=mother)  # looking is no harm
    with pytest.raises(KinsAffair):
        await people.issue_card(await world.call(), member_id=mother)
    with pytest.raises(OwnAffair):
        await people.change_member(
            await world.call(), member_id=mother, version=1, details=known.member.details
        )
    await people.issue_card(await world.call(world.second), member_id=mother)


async def test_a_coordinator_who_is_no_member_has_a_family_too(world: World) -> None:
    mother = await world.add_member("莫妈妈")
    father = await world.add_member("莫爸爸")
    await related(world, mother, father, KinKind.SPOUSE)
    me = Relative(name="莫协调", staff_id=world.coordinator)
    await service.record_kin(
        await world.call(world.second),
        member_id=mother,
        kind=KinKind.CHILD,
        other=me,
        said_by="本人",
        said_on=TODAY,
    )
    for parent in (mother, father):
        with pytest.raises(KinsAffair):
            await people.stop_card(await world.call(), member_id=parent)


async def test_nobody_takes_their_own_family_off_the_record(world: World) -> None:
    me, mother = await _coordinators_mother(world)
    call = await world.call()
    [tie] = (await family(call, mother)).standing
    for deed in (service.retract_kin, service.resume_kin):
        for who in (me, mother):
            with pytest.raises(OwnAffair):
                await deed(call, member_id=who, tie_id=tie.tie.id, version=1)
    father = await world.add_member("莫爸爸")
    parents = await related(world, mother, father, KinKind.SPOUSE)
    with pytest.raises(KinsAffair):
        await service.end_kin(call, member_id=mother, tie_id=parents, version=1, ended_on=TODAY)


@pytest.mark.parametrize(
    "broken",
    [
        {"other_member_id": None},
        {"other_name": "两个人"},
        {"kind": "cousin"},
        {"other_member_id": "member_id"},
    ],
)
async def test_the_database_refuses_a_tie_that_is_none(
    owner: AsyncConnection, broken: dict[str, Any]
) -> None:
    values = {
        "id": UUID(int=1),
        "community_id": UUID(int=2),
        "member_id": UUID(int=3),
        "kind": "spouse",
        "other_community_id": UUID(int=2),
        "other_member_id": UUID(int=4),
        "other_name": None,
        "by": UUID(int=5),
        "on": date(2026, 1, 1),
        "at": NOW,
    }
    values |= {name: values.get(value, value) if value else value for name, value in broken.items()}
    statement = """INSERT INTO timebank.kin (id, community_id, member_id, kind, other_community_id,
        other_member_id, other_name, said_by, said_on, recorded_by, recorded_at)
        VALUES (:id, :community_id, :member_id, :kind, :other_community_id, :other_member_id,
        :other_name, '本人', :on, :by, :at)"""
    with pytest.raises(DBAPIError, match="kin_"):
        await owner.execute(text(statement), values)


@pytest.mark.slow
async def test_the_page_records_ends_and_takes_back(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member("陈阿婆", gender=Gender.FEMALE)
    await world.add_member("李伯", number="M2", gender=Gender.MALE)
    await world.add_member("李伯", number="Z2", community_id=world.there)
    await sign_in(client, "mo")
    at = f"/members/{member}/kin"
    assert "还没有登记家人" in (await client.get(at)).text
    said: dict[str, object] = {"said_by": "户口簿", "said_on": "2026-11-20"}
    refused = await post_form(client, at, {"kind": "spouse", **said})
    assert refused.status_code == 422
    assert "请只填一样" in refused.text
    answer = await post_form(client, at, {"kind": "spouse", "other": "M2", **said})
    assert answer.status_code == 303, answer.text
    outside = {"kind": "child", "name": "陈小明", "phone": "13900001111", "gender": "female", **said}
    assert (await post_form(client, at, outside)).status_code == 303
    elsewhere = {"elsewhere": world.there, "elsewhere_number": "Z2", "elsewhere_name": "李伯"}
    assert (await post_form(client, at, {"kind": "grandchild", **elsewhere, **said})).status_code == 303
    page = (await client.get(at)).text
    for words in ("丈夫", "李伯", "女儿", "陈小明", "河畔社区的一位会员", "户口簿说的", "莫协调登记"):
        assert words in page
    assert "丈夫" in (await client.get(f"/members/{member}")).text
    tie = page.split("<b>丈夫</b>", 1)[1].split(f'action="{at}/', 1)[1].split("/end", 1)[0]
    late = await post_form(client, f"{at}/{tie}/end", {"version": 1, "ended_on": "2026-12-24"}, seen=at)
    assert (late.status_code, "日期不能晚于今天" in late.text) == (422, True)
    ending = await post_form(client, f"{at}/{tie}/end", {"version": 1, "ended_on": "2026-11-21"}, seen=at)
    assert ending.status_code == 303
    assert "没有结束，恢复" in (await client.get(at)).text
    assert (await post_form(client, f"{at}/{tie}/resume", {"version": 2}, seen=at)).status_code == 303
    assert (await post_form(client, f"{at}/{tie}/retract", {"version": 3}, seen=at)).status_code == 303
    assert "丈夫" not in (await client.get(at)).text


async def test_a_relative_may_be_of_any_of_several_communities(
    client: httpx.AsyncClient, world: World
) -> None:
    async with world.database.begin({world.here}) as db:
        await add_unit(
            db, level=Level.COMMUNITY, name="山脚社区", code="T13", parent_id=world.town, unit_id=new_id()
        )
    member = await world.add_member("陈阿婆")
    for user in ("mo", "admin"):
        await sign_in(client, user)
        page = await client.get(f"/members/{member}/kin")
        assert page.status_code == 200
        assert page.text.count(">山脚社区</option>") == page.text.count(">河畔社区</option>") == 1
        client.cookies.clear()


async def test_a_program_records_and_ends_a_tie(client: httpx.AsyncClient, world: World) -> None:
    one, other = await world.add_member("甲"), await world.add_member("乙")
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    mine = {"Authorization": f"Bearer {login.json()['token']}"}
    at = f"/api/v1/communities/{world.here}/members/{one}/kin"
    body = {"kind": "child", "other_member_id": str(other), "said_by": "本人", "said_on": "2026-11-20"}
    made = await client.post(at, json=body, headers=mine)
    assert made.status_code == 201, made.text
    tie = made.json()["id"]
    [row] = (await client.get(f"{at.replace(str(one), str(other))}", headers=mine)).json()
    assert (row["kind"], row["name"]) == ("parent", "甲")
    ended = await client.put(
        f"{at}/{tie}/end", json={"ended_on": "2026-11-20"}, headers={**mine, "If-Match": '"1"'}
    )
    assert ended.status_code == 204, ended.text
    again = await client.put(f"{at}/{tie}/resume", json={"version": 1}, headers=mine)
    assert again.status_code == 409
    assert (await client.put(f"{at}/{tie}/resume", json={"version": 2}, headers=mine)).status_code == 204
    assert (await client.put(f"{at}/{tie}/retract", json={"version": 3}, headers=mine)).status_code == 204
