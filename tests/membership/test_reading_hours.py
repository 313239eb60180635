"""Amounts of hours as offices write them."""

from datetime import date

import pytest

from tests.membership.sheets import Typed
from timebank.membership.amounts import amount, minutes_of
from timebank.membership.cells import Fault


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        (36, 2160),
        (36.5, 2190),
        (1 / 3, 20),
        ("36.5", 2190),
        ("３６．５", 2190),
        ("36小时30分", 2190),
        ("36 小时 30 分钟", 2190),
        ("36个小时", 2160),
        ("90分钟", 90),
        ("36:30", 2190),
        ("３６：３０", 2190),
        ("1:05:00", 65),
        ("1,184.5", 71070),
        ("1 184:30", 71070),
        (0, 0),
    ],
)
def test_hours_are_read_in_the_ways_offices_write_them(cell: Typed, minutes: int) -> None:
    assert amount(cell, unit_minutes=60) == minutes


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (-1, "不能是负数"),
        ("－36", "不能是负数"),
        ("−36", "不能是负数"),
        ("(36)", "不能是负数"),
        ("很多", "这不是时长"),
        ("nan", "这不是时长"),
        ("1_000", "这不是时长"),
        ("36:75", "这不是时长"),
        ("三十六", "这不是时长"),
        ("小时", "这不是时长"),
        (True, "这不是时长"),
        (date(1900, 1, 1), "这不是时长"),
        (36.33, "不是整分钟"),
        ("0.5分钟", "这不是时长"),
        (1e300, "时长太大"),
        ("9" * 40, "时长太大"),
        ("1e999", "时长太大"),
        (166_667, "时长太大"),
    ],
)
def test_what_is_no_amount_of_hours_is_refused_by_name(cell: Typed, said: str) -> None:
    with pytest.raises(Fault) as refused:
        amount(cell, unit_minutes=60)
    assert said in refused.value.text.message


def test_two_columns_are_one_amount_where_they_agree() -> None:
    assert minutes_of(36, 30) == 36 * 60 + 30
    assert minutes_of(36.5, 2190) == 2190
    assert minutes_of(None, 90) == 90
    assert minutes_of(None, None) is None
    with pytest.raises(Fault):
        minutes_of(36.5, 30)
    with pytest.raises(Fault):
        minutes_of(None, "36:30")
