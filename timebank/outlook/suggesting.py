"""What somebody who saved and never asked might be glad of: one thing, concrete, and said with respect. Pure.

Asking is harder than offering. A coordinator who calls with “you have 86 hours” is thanked and told that all is well;
one who asks “shall somebody come with you to the check-up?” gets a yes. What is known of a person decides what is asked.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from math import cos, radians
from uuid import UUID

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Text
from timebank.people.model import CATEGORY_LABELS, INTEREST_LABELS, Category


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of somebody, as far as it helps to find the right question.

    `offered`: categories that helpers nearby gladly do, the nearest helper's name with each. `kin`: the word for and the
    name of a relative here who could use the hours, if the house lets them be given.
    """

    age: int | None
    lives_alone: bool
    needs: frozenset[str]
    interests: frozenset[str]
    smartphone: bool
    hardship_tier: int
    held_minutes: int
    last_ask_on: date | None
    offered: dict[str, str]
    kin: tuple[Text, str] | None = None


@dataclass(frozen=True)
class Offered:
    """What a helper said they would gladly do, and where they live if that is known."""

    category: str
    helper_id: UUID
    helper: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """What to ask about. `category` None: not help, but a gift to kin. `because`: what it rests on."""

    category: Category | None
    question: Text
    because: tuple[Text, ...]


@dataclass(frozen=True)
class _Thought:
    points: int
    category: Category
    question: Text
    because: Text | None = None


# Months of each season, as people speak of them: two winters meet in one year, so its first months have another name.
_SEASONS = {
    **dict.fromkeys((1, 2), N_("年初")),
    **dict.fromkeys((3, 4, 5), N_("春天")),
    **dict.fromkeys((6, 7, 8), N_("夏天")),
    **dict.fromkeys((9, 10, 11), N_("秋天")),
    12: N_("冬天"),
}
_HEAT, _COLD, _BEFORE_NEW_YEAR = (6, 7, 8, 9), (11, 12, 1, 2), (12, 1)
# A helper nearby who would gladly do it weighs as much as a good reason.
_GLADLY = 25
# What a record says somebody needs, and has never asked for, comes first.
_RECORDED = 60
_SHARED = {
    "tea": N_("可以问问要不要有人常来喝茶聊天"),
    "chess": N_("可以问问要不要有人来下盘棋"),
    "cards": N_("可以问问要不要有人来打打牌"),
    "walking": N_("可以问问要不要有人陪着出去散步"),
    "opera": N_("可以问问要不要有人陪着听听戏"),
    "singing": N_("可以问问要不要有人来一起唱唱歌"),
    "reading": N_("可以问问要不要有人来读读报、说说新闻"),
    "gardening": N_("可以问问要不要有人来一起种种花"),
}
_QUESTIONS: dict[Category, str] = {
    Category.CLINIC: N_("可以问问要不要人陪着去体检"),
    Category.SHOPPING: N_("可以问问要不要人顺路带菜"),
    Category.CLEANING: N_("可以问问要不要人来擦擦窗、打扫一下"),
    Category.COOKING: N_("可以问问想吃什么，要不要人来做一顿"),
    Category.COMPANY: N_("可以问问要不要人来坐坐、聊聊天"),
    Category.CALL: N_("可以问问愿不愿意有人每周打个电话、上门看看"),
    Category.HAIRCUT: N_("可以问问要不要人上门理发"),
    Category.REPAIR: N_("可以问问家里有没有要修的：水龙头、灯、插座"),
    Category.PHONE_LESSON: N_("可以问问要不要人来教教手机：视频、挂号、缴费"),
    Category.ERRAND: N_("可以问问有没有要跑腿代办的：取药、缴费"),
    Category.ESCORT: N_("可以问问出门时要不要人接送"),
    Category.TUTORING: N_("可以问问孩子的功课要不要人辅导"),
    Category.MEAL: N_("可以问问要不要人送饭"),
    Category.TALK: N_("可以问问想听什么讲座，要不要人陪着去"),
    Category.KNITTING: N_("可以问问要不要人帮着织件毛衣"),
}


def suggestion(known: Known, today: date) -> Suggestion:
    """The one thing to ask about; there is always one."""
    thoughts = [thought for rule in _RULES for thought in rule(known, today)]
    best = max(
        thoughts, key=lambda one: (one.points + _glad(one, known), -list(Category).index(one.category))
    )
    because = [best.because] if best.because else []
    if best.category in known.offered:
        what = Text(CATEGORY_LABELS[best.category])
        name = known.offered[best.category]
        because.append(Text(N_("附近的{name}愿意做{what}"), {"name": name, "what": what}))
    if known.kin is not None and _better_given(known, best):
        word, name = known.kin
        values = {"kin": word, "name": name}
        return Suggestion(
            category=None,
            question=Text(N_("可以问问要不要转赠几小时给{kin}{name}"), values),
            because=(Text(N_("自己用不上的，家里人用得上")),),
        )
    return Suggestion(category=best.category, question=best.question, because=tuple(because))


def nearest(
    offers: Iterable[Offered], member_id: UUID, lat: float | None, lon: float | None
) -> dict[str, str]:
    """Of each category that others offer, the name of whoever lives nearest; whose home is not known comes last."""
    found: dict[str, tuple[float, str]] = {}
    for one in offers:
        if one.helper_id != member_id:
            here = (_far(one, lat, lon), one.helper)
            found[one.category] = min(here, found.get(one.category, here))
    return {category: helper for category, (_, helper) in found.items()}


def _far(one: Offered, lat: float | None, lon: float | None) -> float:
    if one.lat is None or one.lon is None or lat is None or lon is None:
        return 1e9
    return (one.lat - lat) ** 2 + ((one.lon - lon) * cos(radians(lat))) ** 2


def facts(known: Known, today: date) -> list[Text]:
    """What to know before the call, in the order in which one would say it."""
    said = []
    if known.age is not None:
        said.append(Text(N_("{age} 岁"), {"age": known.age}))
    if known.lives_alone:
        said.append(Text(N_("一个人住")))
    said.append(Text(N_("存了 {held}"), {"held": Minutes(known.held_minutes)}))
    said.append(since_text(known.last_ask_on, today))
    return said


def since_text(last: date | None, today: date) -> Text:
    """“从来没有请过人”, “去年冬天后没有请过人”, “2023 年后没有请过人”: as one would say it, not to the day."""
    if last is None:
        return Text(N_("从来没有请过人"))
    season = {"season": Text(_SEASONS[last.month])}
    if last.year == today.year:
        return Text(N_("今年{season}后没有请过人"), season)
    if last.year == today.year - 1:
        return Text(N_("去年{season}后没有请过人"), season)
    return Text(N_("{year} 年后没有请过人"), {"year": last.year})


def _glad(thought: _Thought, known: Known) -> int:
    return _GLADLY if thought.category in known.offered else 0


def _better_given(known: Known, best: _Thought) -> bool:
    """True for somebody who has much, and of whom nothing is known that they might need."""
    return known.held_minutes >= 100 * 60 and best.points < 20


def _thought(points: int, category: Category, because: str | None = None) -> _Thought:
    return _Thought(points, category, Text(_QUESTIONS[category]), Text(because) if because else None)


def _recorded(known: Known, _today: date) -> Collection[_Thought]:
    because = N_("登记的需要里有这一项")
    return [_thought(_RECORDED, one, because) for one in Category if one in known.needs]


def _health(known: Known, today: date) -> Collection[_Thought]:
    found = []
    if known.age is not None and known.age >= 70 and known.lives_alone:
        found.append(_thought(45, Category.CLINIC, N_("一个人去医院不方便")))
    if "hearing" in known.needs:
        question = Text(N_("可以问问要不要人陪着去查查耳朵、配助听器"))
        found.append(_Thought(48, Category.CLINIC, question, Text(N_("听力不好"))))
    if "sight" in known.needs:
        question = Text(N_("可以问问要不要人陪着去看看眼睛"))
        found.append(_Thought(48, Category.CLINIC, question, Text(N_("视力不好"))))
    if "memory" in known.needs:
        found.append(_thought(52, Category.CALL, N_("记性不好，有人常来看看放心")))
    return found


def _getting_out(known: Known, today: date) -> Collection[_Thought]:
    found = []
    if "wheelchair_user" in known.needs:
        found.append(_thought(55, Category.ESCORT, N_("坐轮椅，出门要人推")))
        found.append(_thought(50, Category.HAIRCUT, N_("坐轮椅，出门理发不方便")))
    if "stairs" in known.needs:
        found.append(_thought(50, Category.SHOPPING, N_("住楼梯房，提东西上楼累")))
    if "oxygen" in known.needs:
        found.append(_thought(55, Category.ERRAND, N_("在吸氧，出门不方便")))
    if known.age is not None and known.age >= 85:
        found.append(_thought(35, Category.HAIRCUT, N_("年纪大了，出门理发不方便")))
    return found


def _season(known: Known, today: date) -> Collection[_Thought]:
    old = known.age is None or known.age >= 70
    found = []
    if today.month in _HEAT and old:
        found.append(_thought(40, Category.SHOPPING, N_("天热，少出门")))
    if today.month in _COLD and known.lives_alone:
        found.append(_thought(42, Category.CALL, N_("天冷，一个人住")))
    if today.month in _BEFORE_NEW_YEAR and old:
        found.append(_thought(44, Category.CLEANING, N_("快过年了，擦窗要爬高")))
    return found


def _company(known: Known, _today: date) -> Collection[_Thought]:
    shared = [
        _Thought(
            30,
            Category.COMPANY,
            Text(_SHARED[code]),
            Text(N_("喜欢{what}"), {"what": Text(INTEREST_LABELS[code])}),
        )
        for code in _SHARED
        if code in known.interests
    ]
    if known.lives_alone and not shared:
        return [_thought(28, Category.COMPANY, N_("一个人住"))]
    return shared


def _at_home(known: Known, _today: date) -> Collection[_Thought]:
    found = [_thought(10, Category.REPAIR)]
    if known.smartphone:
        found.append(_thought(18, Category.PHONE_LESSON, N_("有智能手机")))
    if known.hardship_tier:
        found.append(_thought(32, Category.CLEANING, N_("在困难等级里")))
    return found


_Rule = Callable[[Known, date], Collection[_Thought]]
_RULES: tuple[_Rule, ...] = (_recorded, _health, _getting_out, _season, _company, _at_home)
