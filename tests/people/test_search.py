"""People are found by what one knows of them."""

import pytest

from tests.given import World
from timebank.people import queries, readings

ROSTER = (
    ("单雄信", "D-0001", "13800001234"),
    ("尉迟恭", "D-0002", None),
    ("欧阳娜", "D-0003", None),
    ("曾国", "D-0004", "13900005678"),
    ("䶮大", "D-0005", None),
    ("㛃一", "D-0006", None),
    ("𠅤二", "D-0007", None),
    ("𫖯仰", "D-0008", None),
    ("张𬱖", "D-0009", None),
    ("李㐂", "D-0010", None),
    ("吕绿", "D-0011", None),
    ("John O'Neil", "D-0012", None),
)


WORDS = {
    "单雄": "单雄信",
    "shan": "单雄信",
    "danxiong": "单雄信",
    "chan xiong xin": "单雄信",
    "SXX": "单雄信",
    "yuchi": "尉迟恭",
    "weichigong": "尉迟恭",
    "ycg": "尉迟恭",
    "ou yang na": "欧阳娜",
    "oyn": "欧阳娜",
    "zeng": "曾国",
    "cengguo": "曾国",
    "䶮": "䶮大",
    "yanda": "䶮大",
    "jieyi": "㛃一",
    "𠅤": "𠅤二",
    "fuyang": "𫖯仰",
    "zhangdi": "张𬱖",
    "lixi": "李㐂",
    "lvlv": "吕绿",
    "lülü": "吕绿",
    "lyulyu": "吕绿",
    "1234": "单雄信",
    "00005678": "曾国",
    "曾 5678": "曾国",
    "D-0003": "欧阳娜",
    "d-0003": "欧阳娜",
    "0003": "欧阳娜",
    "john": "John O'Neil",
    "%": None,
    "234": None,
    "xiong": "单雄信",
    "iong": None,
    "曾 1234": None,
    "_": None,
    "o'neil": "John O'Neil",
}


async def test_a_person_is_found_by_name_reading_initials_phone_end_and_number(world: World) -> None:
    for who, number, phone in ROSTER:
        await world.add_member(who, number=number, phone=phone)
    async with world.database.begin({world.here}) as db:
        for words, name in WORDS.items():
            found = [hit.member.name for hit in await queries.find(db, [world.here], words)]
            listed = [row.name for row in (await queries.list_members(db, world.here, words=words)).rows]
            assert found == listed == ([] if name is None else [name]), words


async def test_a_search_stays_within_what_may_be_seen(world: World) -> None:
    await world.add_member("陈一", community_id=world.here)
    await world.add_member("陈二", community_id=world.there)
    async with world.database.begin({world.here}) as db:
        both = [world.here, world.there]
        assert [hit.member.name for hit in await queries.find(db, both, "chen")] == ["陈一"]
        assert await queries.find(db, [world.there], "chen") == []
    async with world.database.begin(both) as db:
        found = await queries.find(db, both, "chen")
        assert [(hit.member.name, hit.community) for hit in found] == [
            ("陈二", "河畔社区"),
            ("陈一", "榕树社区"),
        ]


async def test_the_shortest_name_comes_before_longer_ones(world: World) -> None:
    for name in ("陈一一", "陈一"):
        await world.add_member(name)
    async with world.database.begin({world.here}) as db:
        assert [hit.member.name for hit in await queries.find(db, [world.here], "chenyi")] == [
            "陈一",
            "陈一一",
        ]


@pytest.mark.parametrize(
    ("typed", "kept"), [("张　三", "张三"), (" 张 三 ", "张三"), ("Ann  Lee", "Ann Lee")]
)
def test_spaces_within_a_name_are_tidied(typed: str, kept: str) -> None:
    assert readings.tidy(typed) == kept


@pytest.mark.parametrize("name", ["", "·", "〇", "𬭚", "買買提·艾力·买买提·艾力江·吐尔逊", "é", "ﷺ", "👵"])
def test_no_name_breaks_the_index(name: str) -> None:
    assert len(readings.search_text(name, "1", None)) < 4_000
    assert readings.sort_key(name) is not None
