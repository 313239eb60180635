"""Members are taken in, changed, and kept apart where they must be."""

from datetime import date

import pytest

from tests.given import NOW, World
from timebank.core.errors import NotFound, Stale
from timebank.people import queries, steps
from timebank.people.errors import AbsenceOverlaps, ApartAlready, BadIdNumber, IdNumberTaken, NumberTaken
from timebank.people.model import AbsenceKind, Details, Gender, Window

# 999999 was never given to any place, so that this is nobody's number.
ID_NUMBER = "99999919490101006X"


async def test_a_member_is_taken_in_and_read_again(world: World) -> None:
    made = await world.add_member(
        "尉迟阿婆", gender=Gender.FEMALE, birth_on=date(1949, 1, 1), skills=("clinic",), phone="13800138000"
    )
    async with world.database.begin({world.here}) as db:
        member = await queries.member(db, made)
        brief = (await queries.briefs(db, [made]))[made]
    assert (member.name, member.number, member.version) == ("尉迟阿婆", "000001", 1)
    assert member.details.skills == ("clinic",)
    assert brief.age(date(2026, 11, 22)) == 77
    assert brief.age(date(2026, 1, 1)) == 77
    assert brief.age(date(2025, 12, 31)) == 76


async def test_members_of_another_community_are_not_there(world: World) -> None:
    made = await world.add_member(community_id=world.there)
    async with world.database.begin({world.here}) as db:
        with pytest.raises(NotFound):
            await queries.member(db, made)
        assert await queries.briefs(db, [made]) == {}


async def test_of_the_id_number_only_the_mask_is_shown(world: World) -> None:
    made = await world.add_member(id_number=ID_NUMBER.lower())
    async with world.database.begin({world.here}) as db:
        assert (await queries.member(db, made)).id_mask == "999999********006X"


async def test_one_id_number_belongs_to_one_member_of_a_community(world: World) -> None:
    await world.add_member("陈阿婆", number="A-1", id_number=ID_NUMBER)
    with pytest.raises(IdNumberTaken) as refused:
        await world.add_member("陈阿嬷", id_number=ID_NUMBER)
    assert refused.value.fields[0].text.values == {"name": "陈阿婆", "number": "A-1"}
    with pytest.raises(NumberTaken):
        await world.add_member("陈阿嬷", number="A-1")
    await world.add_member("陈阿婆", id_number=ID_NUMBER, community_id=world.there)


@pytest.mark.parametrize("wrong", ["1.1E+17", "110105194912310021", "123", "110105194913310020"])
async def test_an_id_number_that_cannot_be_one_is_refused(world: World, wrong: str) -> None:
    with pytest.raises(BadIdNumber):
        await world.add_member(id_number=wrong)


async def test_two_who_change_one_record_do_not_overwrite_each_other(world: World) -> None:
    made = await world.add_member()
    async with world.database.begin({world.here}) as db:
        first = Details(name="陈阿婆", phone="13800138000")
        assert await steps.change_member(db, made, first, version=1) == 2
        with pytest.raises(Stale):
            await steps.change_member(db, made, Details(name="陈婆婆"), version=1)
        assert (await queries.member(db, made)).details.phone == "13800138000"


async def test_pairing_gets_all_it_needs_of_active_helpers(world: World) -> None:
    helper = await world.add_member(
        "李叔", skills=("repair",), dialects=("cantonese",), lat=22.9381, lon=113.9
    )
    await world.add_member("陈阿婆", is_helper=False)
    async with world.database.begin({world.here}) as db:
        windows = [Window(0, 540, 600), Window(0, 600, 660), Window(4, 840, 960)]
        await steps.set_availability(db, helper, windows, community_id=world.here)
        await steps.add_absence(
            db,
            helper,
            community_id=world.here,
            from_on=date(2026, 3, 1),
            until_on=date(2026, 10, 31),
            kind=AbsenceKind.SEA,
            now=NOW,
        )
        [candidate] = await queries.candidates(db, world.here)
        assert candidate.member.name == "李叔"
        assert candidate.windows == (Window(0, 540, 660), Window(4, 840, 960))
        assert (candidate.lat, candidate.lon) == (22.938, 113.9)
        assert candidate.away(date(2026, 10, 31))
        assert not candidate.away(date(2026, 11, 1))
        assert await queries.away(db, [helper], date(2026, 5, 1)) == {helper}
        with pytest.raises(AbsenceOverlaps):
            await steps.add_absence(
                db,
                helper,
                community_id=world.here,
                from_on=date(2026, 10, 31),
                until_on=date(2026, 11, 2),
                kind=AbsenceKind.ILL,
                now=NOW,
            )


async def test_two_who_must_not_meet_are_kept_apart_until_allowed(world: World) -> None:
    one, other = await world.add_member("甲"), await world.add_member("乙")
    async with world.database.begin({world.here}) as db:
        for pair in ((one, other), (other, one)):
            await steps.keep_apart(db, *pair, community_id=world.here, reason="争执", now=NOW)
        with pytest.raises(ApartAlready):
            await steps.keep_apart(db, one, other, community_id=world.here, reason="借钱未还", now=NOW)
        [apart] = await queries.do_not_pair(db, world.here)
        assert ({apart.first_id, apart.second_id}, apart.reason) == ({one, other}, "争执")
        await steps.allow_together(db, other, one)
        assert await queries.do_not_pair(db, world.here) == []


async def test_a_list_goes_by_pinyin_and_leaves_out_who_has_gone(world: World) -> None:
    for name in ("张三", "曾国", "欧阳娜"):
        await world.add_member(name)
    async with world.database.begin({world.here}) as db:
        page = await queries.list_members(db, world.here)
    assert [row.name for row in page.rows] == ["欧阳娜", "曾国", "张三"]
