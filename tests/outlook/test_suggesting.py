"""What to ask somebody about: concrete, from what is known, and said with respect."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.core.errors import Text
from timebank.core.ids import new_id
from timebank.outlook import suggesting
from timebank.outlook.suggesting import Known, Offered
from timebank.people.model import INTEREST_LABELS, NEED_LABELS, Category
from timebank.web.i18n import say

AUTUMN = date(2026, 11, 22)


def known(**told: object) -> Known:
    values: dict[str, object] = {
        "age": 78,
        "lives_alone": False,
        "needs": frozenset(),
        "interests": frozenset(),
        "smartphone": False,
        "hardship_tier": 0,
        "held_minutes": 5_160,
        "last_ask_on": None,
        "offered": {},
        "kin": None,
    }
    return Known(**(values | told))  # type: ignore[arg-type]


def asked(one: Known, on: date = AUTUMN) -> str:
    found = suggesting.suggestion(one, on)
    why = "；".join(say(text, "zh") for text in found.because)
    return f"{say(found.question, 'zh')}（{why}）"


def test_granny_wang_is_asked_about_the_check_up() -> None:
    wang = known(lives_alone=True, age=81, last_ask_on=date(2025, 12, 20), offered={"clinic": "周阿姨"})
    facts = "、".join(say(text, "zh") for text in suggesting.facts(wang, AUTUMN))
    assert facts == "81 岁、一个人住、存了 86 小时、去年冬天后没有请过人"
    assert asked(wang) == "可以问问要不要人陪着去体检（一个人去医院不方便；附近的周阿姨愿意做陪诊）"
    assert suggesting.suggestion(wang, AUTUMN).category is Category.CLINIC


def test_what_the_record_says_somebody_needs_comes_first() -> None:
    found = asked(known(needs=frozenset({"cleaning", "stairs"}), lives_alone=True))
    assert found == "可以问问要不要人来擦擦窗、打扫一下（登记的需要里有这一项）"


@pytest.mark.parametrize(
    ("told", "on", "words"),
    [
        ({"needs": frozenset({"wheelchair_user"})}, AUTUMN, "出门时要不要人接送（坐轮椅"),
        ({"needs": frozenset({"stairs"})}, AUTUMN, "顺路带菜（住楼梯房"),
        ({"needs": frozenset({"hearing"})}, AUTUMN, "查查耳朵"),
        ({"needs": frozenset({"memory"})}, AUTUMN, "打个电话、上门看看（记性不好"),
        ({"lives_alone": True, "age": 66}, AUTUMN, "上门看看（天冷，一个人住）"),
        ({"lives_alone": True, "age": 66}, date(2026, 4, 1), "来坐坐、聊聊天（一个人住）"),
        ({}, date(2026, 7, 1), "顺路带菜（天热，少出门）"),
        ({}, date(2026, 12, 20), "擦擦窗、打扫一下（快过年了"),
        ({"interests": frozenset({"chess"})}, AUTUMN, "下盘棋（喜欢下棋）"),
        ({"smartphone": True}, AUTUMN, "教教手机"),
        ({}, AUTUMN, "水龙头"),
        ({"age": 88}, AUTUMN, "上门理发"),
        ({"age": None, "hardship_tier": 2}, AUTUMN, "打扫一下（在困难等级里）"),
    ],
)
def test_each_thing_that_is_known_leads_to_its_question(
    told: dict[str, object], on: date, words: str
) -> None:
    assert words in asked(known(**told), on)


def test_a_helper_nearby_who_would_gladly_do_it_tips_the_scales() -> None:
    likes = known(interests=frozenset({"tea"}), smartphone=True)
    assert "喝茶" in asked(likes)
    assert "教教手机" in asked(
        known(interests=frozenset({"tea"}), smartphone=True, offered={"phone_lesson": "小李"})
    )
    # But what nobody could use is not asked, whoever offers it.
    assert "织" not in asked(known(offered={"knitting": "小李"}))
    assert suggesting.suggestion(known(offered={"knitting": "小李"}), AUTUMN).category is Category.REPAIR


def test_who_needs_nothing_and_has_much_may_give_to_the_family() -> None:
    kin = (Text("妻子"), "李婆婆")
    found = suggesting.suggestion(known(kin=kin, held_minutes=6_000), AUTUMN)
    assert (found.category, say(found.question, "zh")) == (None, "可以问问要不要转赠几小时给妻子李婆婆")
    assert suggesting.suggestion(known(kin=kin, held_minutes=5_999), AUTUMN).category is not None
    alone = known(kin=kin, held_minutes=6_000, lives_alone=True)
    assert suggesting.suggestion(alone, AUTUMN).category is Category.CLINIC


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (None, "从来没有请过人"),
        (date(2026, 10, 1), "今年秋天后没有请过人"),
        (date(2026, 3, 1), "今年春天后没有请过人"),
        (date(2026, 2, 28), "今年年初后没有请过人"),
        (date(2025, 12, 1), "去年冬天后没有请过人"),
        (date(2025, 3, 1), "去年春天后没有请过人"),
        (date(2025, 1, 1), "去年年初后没有请过人"),
        (date(2024, 12, 31), "2024 年后没有请过人"),
        (date(2023, 7, 1), "2023 年后没有请过人"),
    ],
)
def test_how_long_ago_is_said_as_people_say_it(last: date | None, words: str) -> None:
    assert say(suggesting.since_text(last, AUTUMN), "zh") == words


def test_the_nearest_helper_of_each_category_is_named() -> None:
    me, near, far = new_id(), new_id(), new_id()
    offers = [
        Offered("clinic", far, "远的", 22.95, 113.94),
        Offered("clinic", near, "近的", 22.931, 113.94),
        Offered("clinic", me, "自己", 22.93, 113.94),
        Offered("haircut", far, "不知道住哪的", None, None),
        Offered("shopping", me, "自己", 22.93, 113.94),
    ]
    assert suggesting.nearest(offers, me, 22.93, 113.94) == {"clinic": "近的", "haircut": "不知道住哪的"}
    assert suggesting.nearest(offers, me, None, None)["clinic"] in {"近的", "远的"}


@given(
    st.builds(
        known,
        age=st.none() | st.integers(18, 105),
        lives_alone=st.booleans(),
        needs=st.frozensets(st.sampled_from(sorted(NEED_LABELS))),
        interests=st.frozensets(st.sampled_from(sorted(INTEREST_LABELS))),
        smartphone=st.booleans(),
        hardship_tier=st.integers(0, 3),
        held_minutes=st.integers(60, 120_000),
        offered=st.dictionaries(st.sampled_from([str(one) for one in Category]), st.just("周阿姨")),
    ),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_there_is_always_one_question_and_it_never_begins_with_the_balance(one: Known, on: date) -> None:
    found = suggesting.suggestion(one, on)
    assert found == suggesting.suggestion(one, on)
    for language in ("zh", "en"):
        words = say(found.question, language)  # type: ignore[arg-type]
        assert words.startswith("可以问问" if language == "zh" else "Ask")
        assert not any(letter.isdigit() for letter in words)
