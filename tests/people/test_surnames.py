"""Whose surname can be read in several ways is found by each of them."""

import json
import os
import subprocess
import sys

import pytest

from tests.given import World
from timebank.cli import starting
from timebank.people import queries, readings

# The reading as a surname first, then what else the character is read as, and so typed by who does not know.
# 《现代汉语词典》第 7 版 (商务印书馆, 2016) for those it lists; 朴, 覃, 呙, 佴, 钭, 郗, 谌 and 逄 also after
# 《通用规范汉字字典》 (商务印书馆, 2013); 翟, 尉, 隗, 宓 and 费 are surnames in both readings.
SURNAMES = {
    "单": ("shan", "dan", "chan"),
    "仇": ("qiu", "chou"),
    "解": ("xie", "jie"),
    "查": ("zha", "cha"),
    "朴": ("piao", "pu", "po"),
    "曾": ("zeng", "ceng"),
    "区": ("ou", "qu"),
    "翟": ("zhai", "di"),
    "覃": ("qin", "tan"),
    "盖": ("ge", "gai"),
    "折": ("she", "zhe"),
    "种": ("chong", "zhong"),
    "员": ("yun", "yuan"),
    "缪": ("miao", "miu", "mou"),
    "乐": ("yue", "le"),
    "冼": ("xian",),
    "洗": ("xian", "xi"),
    "召": ("shao", "zhao"),
    "尉": ("wei", "yu"),
    "秘": ("bi", "mi"),
    "黑": ("he", "hei"),
    "繁": ("po", "fan"),
    "瞿": ("qu", "ju"),
    "柏": ("bai", "bo"),
    "薄": ("bo", "bao"),
    "车": ("che", "ju"),
    "谌": ("chen", "shen"),
    "褚": ("chu", "zhu"),
    "都": ("du", "dou"),
    "贾": ("jia", "gu"),
    "隗": ("wei", "kui"),
    "能": ("nai", "neng"),
    "乜": ("nie", "mie"),
    "牟": ("mu", "mou"),
    "盛": ("sheng", "cheng"),
    "石": ("shi", "dan"),
    "莘": ("shen", "xin"),
    "宿": ("su", "xiu"),
    "祭": ("zhai", "ji"),
    "宓": ("mi", "fu"),
    "粘": ("nian", "zhan"),
    "郇": ("xun", "huan"),
    "行": ("xing", "hang"),
    "炅": ("gui", "jiong"),
    "句": ("gou", "ju"),
    "谷": ("gu", "yu"),
    "费": ("fei", "bi"),
    "阚": ("kan", "han"),
    "郗": ("xi", "chi"),
    "那": ("na", "nuo"),
    "哈": ("ha",),
    "华": ("hua",),
    "宁": ("ning",),
    "钭": ("tou", "dou"),
    "适": ("kuo", "shi"),
    "佴": ("nai", "er"),
    "重": ("chong", "zhong"),
    "长": ("zhang", "chang"),
    "参": ("can", "shen", "cen"),
    "万": ("wan", "mo"),
    "会": ("gui", "hui", "kuai"),
    "逄": ("pang",),
    "呙": ("guo",),
    "贠": ("yun", "yuan"),
    "晁": ("chao",),
    "藏": ("zang", "cang"),
    "曲": ("qu",),
    "任": ("ren",),
    "纪": ("ji",),
    "燕": ("yan",),
    "尉迟": ("yuchi", "weichi"),
    "万俟": ("moqi", "wansi", "wanqi"),
    "长孙": ("zhangsun", "changsun"),
    "单于": ("chanyu", "shanyu", "danyu"),
    "澹台": ("tantai", "dantai"),
    "乐正": ("yuezheng", "lezheng"),
    "鲜于": ("xianyu",),
    "宰父": ("zaifu",),
}
# Initials as people type them: of a compound one for each character.
INITIALS = {"尉迟": ("yc", "wc"), "万俟": ("mq", "ws"), "长孙": ("zs", "cs"), "单于": ("cy", "sy", "dy"),
            "澹台": ("tt", "dt"), "乐正": ("yz", "lz"), "鲜于": ("xy",), "宰父": ("zf",)}  # fmt: skip


def test_enough_surnames_have_several_readings() -> None:
    assert sum(len(read) > 1 for read in SURNAMES.values()) >= 60


@pytest.mark.slow
async def test_a_person_is_found_by_every_reading_of_the_surname(world: World) -> None:
    for at, surname in enumerate(SURNAMES):
        await world.add_member(f"{surname}安", number=f"S{at:03d}")
    missed = []
    async with world.database.begin({world.here}) as db:
        for surname, read in SURNAMES.items():
            initials = INITIALS.get(surname, tuple(dict.fromkeys(one[0] for one in read)))
            full = [*read, *(f"{one}an" for one in read), *(f"{one} an" for one in read)]
            for words in [*full, *(f"{one}a" for one in initials), *(f"{one}A".upper() for one in initials)]:
                page = await queries.list_members(db, world.here, words=words)
                if f"{surname}安" not in {row.name for row in page.rows}:
                    missed.append((surname, words))
    assert missed == []


@pytest.mark.parametrize("surname", SURNAMES)
def test_a_list_by_pinyin_has_a_surname_under_its_own_reading(surname: str) -> None:
    assert readings.sort_key(f"{surname}安").replace(" ", "").startswith(SURNAMES[surname][0])


@pytest.mark.slow
def test_a_command_reads_each_character_as_with_all_of_the_dictionary() -> None:
    every = "import json; from timebank.people.readings import search_text; print(json.dumps({c: search_text(c, '', None) for c in map(chr, range(0x4E00, 0xA000))}))"
    whole, commands = (
        subprocess.run([sys.executable, "-c", every], env=env, capture_output=True, check=True).stdout
        for env in (os.environ, os.environ | starting.ONE_BY_ONE)
    )
    assert len(json.loads(whole)) == 0xA000 - 0x4E00
    assert commands == whole
