"""How a Chinese name is read, in every reading, and the text that a search looks in."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, product

from pypinyin import Style, lazy_pinyin, pinyin

# As a surname, read so first (现代汉语词典); the dictionary's other readings are kept after it.
_SURNAMES = {
    "区": ["ou"], "单": ["shan"], "曾": ["zeng"], "解": ["xie"], "仇": ["qiu"], "查": ["zha"],
    "翟": ["zhai", "di"], "覃": ["qin", "tan"], "朴": ["piao"], "盖": ["ge"], "折": ["she"],
    "种": ["chong"], "员": ["yun"], "缪": ["miao"], "乐": ["yue", "le"], "洗": ["xian"], "冼": ["xian"],
    "召": ["shao"], "尉": ["wei", "yu"], "秘": ["bi"], "黑": ["he", "hei"], "繁": ["po"], "瞿": ["qu"],
    "柏": ["bai", "bo"], "卜": ["bu"], "薄": ["bo"], "车": ["che"], "谌": ["chen", "shen"], "褚": ["chu"],
    "都": ["du"], "纪": ["ji"], "贾": ["jia"], "隗": ["wei", "kui"], "乜": ["nie", "mie"], "能": ["nai"],
    "牟": ["mu", "mou"], "冯": ["feng"], "阙": ["que"], "沈": ["shen"], "盛": ["sheng"], "石": ["shi"],
    "莘": ["shen", "xin"], "宿": ["su"], "汤": ["tang"], "相": ["xiang"], "燕": ["yan"], "应": ["ying"],
    "臧": ["zang"], "祭": ["zhai"], "宓": ["mi", "fu"], "粘": ["nian"], "郇": ["xun", "huan"], "行": ["xing"],
    "炅": ["gui"], "句": ["gou"], "强": ["qiang"], "谷": ["gu"], "占": ["zhan"], "葛": ["ge"], "曲": ["qu"],
    "费": ["fei", "bi"], "阚": ["kan"], "郗": ["xi", "chi"], "那": ["na"], "哈": ["ha"], "任": ["ren"],
    "华": ["hua"], "宁": ["ning"], "钭": ["tou", "dou"], "适": ["kuo"], "幺": ["yao"], "佴": ["nai"],
    "重": ["chong"], "长": ["zhang", "chang"], "参": ["can", "shen"], "撒": ["sa"], "过": ["guo"],
    "干": ["gan"], "殷": ["yin"], "俞": ["yu"], "於": ["yu"], "万": ["wan"], "艾": ["ai"], "会": ["gui"],
    "逄": ["pang"], "逯": ["lu"], "晟": ["cheng"], "教": ["jiao"], "少": ["shao"], "訾": ["zi"],
    "笮": ["ze"], "妫": ["gui"], "亓": ["qi"], "仉": ["zhang"], "麴": ["qu"], "鲜": ["xian"], "六": ["lu"],
    "贠": ["yun"], "藏": ["zang"],
}  # fmt: skip
_COMPOUND = {
    "尉迟": ["yuchi"], "万俟": ["moqi"], "澹台": ["tantai"], "长孙": ["zhangsun"], "单于": ["chanyu"],
    "令狐": ["linghu"], "欧阳": ["ouyang"], "皇甫": ["huangfu"], "鲜于": ["xianyu"], "中行": ["zhonghang"],
    "夏侯": ["xiahou"], "呼延": ["huyan"], "闻人": ["wenren"], "公孙": ["gongsun"], "申屠": ["shentu"],
    "太叔": ["taishu"], "轩辕": ["xuanyuan"], "钟离": ["zhongli"], "宇文": ["yuwen"], "慕容": ["murong"],
    "司徒": ["situ"], "司空": ["sikong"], "司马": ["sima"], "诸葛": ["zhuge"], "东方": ["dongfang"],
    "上官": ["shangguan"], "南宫": ["nangong"], "端木": ["duanmu"], "百里": ["baili"], "公冶": ["gongye"],
    "宗政": ["zongzheng"], "濮阳": ["puyang"], "淳于": ["chunyu"], "赫连": ["helian"], "独孤": ["dugu"],
    "拓跋": ["tuoba"], "完颜": ["wanyan"], "东郭": ["dongguo"], "南门": ["nanmen"], "西门": ["ximen"],
    "公羊": ["gongyang"], "左丘": ["zuoqiu"], "谷梁": ["guliang"], "梁丘": ["liangqiu"], "第五": ["diwu"],
    "乐正": ["yuezheng"], "亓官": ["qiguan"], "仲孙": ["zhongsun"], "叔孙": ["shusun"], "段干": ["duangan"],
    "巫马": ["wuma"], "公西": ["gongxi"], "漆雕": ["qidiao"], "壤驷": ["rangsi"], "微生": ["weisheng"],
}  # fmt: skip
# In no dictionary of pypinyin, and in people's names.
_RARE = {"㐂": ["xi", "qi"]}
_READINGS_PER_CHARACTER = 4
_GIVEN_MAX = 16
_SURNAME_MAX = 12
_WORDS_MAX = 3
PHONE_END_MIN = 4


@dataclass(frozen=True)
class Patterns:
    """A search as LIKE patterns: each word's alternatives, and the pattern of what comes first."""

    words: tuple[list[str], list[str], list[str]]
    whole: str


def tidy(name: str) -> str:
    """A name as it is kept: NFC, no spaces at the ends nor between Chinese characters (张　三)."""
    words = unicodedata.normalize("NFC", name).split()
    tidied = ""
    for word in words:
        apart = tidied and not (_is_chinese(tidied[-1]) and _is_chinese(word[0]))
        tidied += f" {word}" if apart else word
    return tidied


def sort_key(name: str) -> str:
    """Where a name stands in a list by pinyin: the usual reading, surname as surname."""
    surname, given = _split(name)
    return " ".join([*_surname_readings(surname)[:1], *(r[0] for r in map(_readings, given))])


def search_text(name: str, number: str, phone: str | None) -> str:
    """All that a search may hit: the name, its readings and initials, `#number;` and `@phone~`."""
    surname, given = _split(name)
    givens = list(islice(product(*map(_readings, given)), _GIVEN_MAX))
    tokens: dict[str, None] = {"".join(name.casefold().split()): None, name.casefold(): None}
    for word in name.casefold().split():
        tokens["".join(c for c in word if c.isalnum())] = None
    for first in _surname_readings(surname)[:_SURNAME_MAX]:
        syllables = first.split()
        for rest in givens:
            tokens["".join([*syllables, *rest])] = None
            tokens["".join(part[0] for part in (*syllables, *rest))] = None
    for rest in givens:
        tokens["".join(rest)] = None
    phones = f" @{phone.replace('-', '')}~" if phone else ""
    return f" {' '.join(token for token in tokens if token)} #{number.casefold()};{phones} "


def patterns(words: str) -> Patterns | None:
    """What to look for in `search_text`; None where nothing was typed.

    Chinese: anywhere in the name. Letters: the beginning of a reading, of the initials or of a
    member number. Digits: the end of a member number, or four and more of the end of a phone.
    """
    plain = (
        unicodedata.normalize("NFKC", words).casefold().replace("ü", "v").replace("'", "").replace("’", "")
    )
    given = plain.split()
    if not given:
        return None
    if all(_is_latin(word) for word in given):
        given = ["".join(given)]
    alternatives = [_alternatives(word) for word in given[:_WORDS_MAX]]
    alternatives += [["%"]] * (_WORDS_MAX - len(alternatives))
    first = _escape(given[0])
    whole = f"%#{first};%" if given[0].isdigit() else f"% {first} %"
    return Patterns((alternatives[0], alternatives[1], alternatives[2]), whole)


def _alternatives(word: str) -> list[str]:
    escaped = _escape(word)
    if word.isdigit():
        ends = [f"%{escaped};%"]
        return [*ends, f"%{escaped}~%"] if len(word) >= PHONE_END_MIN else ends
    if word.isascii():
        return [f"% {escaped}%", f"%#{escaped}%"]
    return [f"%{escaped}%"]


def _escape(word: str) -> str:
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _split(name: str) -> tuple[str, str]:
    plain = "".join(c for c in name.casefold() if c.isalnum())
    if plain[:2] in _COMPOUND and len(plain) > 2:
        return plain[:2], plain[2:]
    return plain[:1], plain[1:]


def _surname_readings(surname: str) -> list[str]:
    if not surname:
        return [""]
    if len(surname) == 2:
        apart = [" ".join(pair) for pair in product(*map(_readings, surname))]
        return _unique([*_syllables(surname), *apart])
    return _unique([*_with_variants(_SURNAMES.get(surname, [])), *_readings(surname)])


def _syllables(surname: str) -> Iterable[str]:
    # The compound's reading, cut where its second character begins.
    for whole in _COMPOUND[surname]:
        second = next((r for r in _all_readings(surname[1]) if whole.endswith(r)), "")
        yield f"{whole.removesuffix(second)} {second}".strip()


def _readings(character: str) -> list[str]:
    """Readings of one character, the usual one first; itself where none is known."""
    return _unique(_with_variants(_all_readings(character)))[:_READINGS_PER_CHARACTER]


@cache
def _all_readings(character: str) -> list[str]:
    if character in _RARE:
        return _RARE[character]
    if not _is_chinese(character):
        return [character]
    usual = lazy_pinyin(character)
    return _unique([*usual, *pinyin(character, style=Style.NORMAL, heteronym=True)[0]])


def _with_variants(readings: Sequence[str]) -> list[str]:
    # ü is typed v, yu or u: 吕 as lv, lyu, lu.
    written = list(readings)
    for reading in readings:
        if reading[1:2] == "v":
            written += [reading.replace("v", "yu"), reading.replace("v", "u")]
    return written


def _unique(readings: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(readings))


def _is_latin(word: str) -> bool:
    return word.isascii() and word.isalpha()


def _is_chinese(character: str) -> bool:
    return unicodedata.category(character) == "Lo"
