"""The sample's people as the spreadsheets they came in: rosters and opening balances, as offices export them."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

import xlsxwriter

from timebank.people.model import (
    CONTACT_LABELS,
    DIALECT_LABELS,
    GENDER_LABELS,
    INTEREST_LABELS,
    NEED_LABELS,
    SKILL_LABELS,
    TRAINING_LABELS,
)
from timebank.sample.district import DESCRIBED, Place
from timebank.sample.persons import Person, people_of

Typed = str | int | float | date | None
_TIERS = ("无", "一级", "二级", "三级")
_ETHNIC = "汉族"

# A header as the personnel system writes it, and what stands below it.
_ROSTER: tuple[tuple[str, Callable[[Person], Typed]], ...] = (
    ("人员编号", lambda one: one.number),
    ("姓 名", lambda one: one.name),
    ("性别", lambda one: GENDER_LABELS[one.gender]),
    ("民族", lambda one: _ETHNIC),
    ("出生年月日", lambda one: _in_some_notation(one.birth_on, int(one.number))),
    ("公民身份号码", lambda one: one.id_number),
    ("手机号码", lambda one: one.phone),
    ("现居住地", lambda one: one.address),
    ("所在党支部", lambda one: one.branch),
    ("登记日期", lambda one: _in_some_notation(one.joined_on, int(one.number) + 1)),
    ("是否志愿者", lambda one: _yes(said=one.is_helper)),
    ("是否服务对象", lambda one: _yes(said=one.is_recipient)),
    ("服务特长", lambda one: _words(one.skills, SKILL_LABELS)),
    ("使用语言", lambda one: _words(one.dialects, DIALECT_LABELS)),
    ("兴趣爱好", lambda one: _words(one.interests, INTEREST_LABELS)),
    ("康养需求", lambda one: _words(one.needs, NEED_LABELS)),
    ("培训情况", lambda one: _words(one.trainings, TRAINING_LABELS)),
    ("困难级别", lambda one: _TIERS[one.hardship_tier]),
    ("是否独居", lambda one: _yes(said=one.lives_alone)),
    ("通讯方式", lambda one: CONTACT_LABELS[one.contact]),
    ("紧急联系人姓名", lambda one: one.emergency_name),
    ("家属电话", lambda one: one.emergency_phone),
    ("纬度", lambda one: one.lat),
    ("经度", lambda one: one.lon),
)


def roster(place: Place) -> bytes:
    """Everybody of a community, as the personnel system exports them."""
    rows: list[list[Typed]] = [
        [number, *(cell(one) for _, cell in _ROSTER)] for number, one in enumerate(people_of(place), 1)
    ]
    return _workbook(
        f"{place.town}{place.name}离退休人员花名册", ["序号", *(name for name, _ in _ROSTER)], rows
    )


def opening(place: Place) -> bytes:
    """The hours that people brought along, from the list that was kept before."""
    rows: list[list[Typed]] = [
        [number, one.number, one.name, one.opening_minutes / 60]
        for number, one in enumerate((one for one in people_of(place) if one.opening_minutes), 1)
    ]
    return _workbook(f"{place.name}时间银行结余时数", ["序号", "会员编号", "会员姓名", "结余小时"], rows)


def messy(place: Place) -> bytes:
    """The end of a roster with one row of each kind of trouble; a column nobody knows says which."""
    people = people_of(place)[-len(TROUBLES) :]
    rows: list[list[Typed]] = []
    for number, (one, (trouble, change)) in enumerate(zip(people, TROUBLES.items(), strict=True), 1):
        row = {name: cell(one) for name, cell in _ROSTER} | change(one)
        rows.append([number, *row.values(), trouble])
    # The last row is the first one's person again.
    rows[-1][1:-1] = rows[0][1:-1]
    title = f"{place.town}{place.name}花名册（待核对）"
    return _workbook(title, ["序号", *(name for name, _ in _ROSTER), "试什么"], rows)


Cells = dict[str, Typed]
TROUBLES: dict[str, Callable[[Person], Cells]] = {
    "没有改动": lambda one: {},
    "改了电话": lambda one: {"手机号码": "15400000001"},
    "新的支部": lambda one: {"所在党支部": "新成立支部"},
    "编号丢了前面的零": lambda one: {"人员编号": int(one.number)},
    "出生只有年月": lambda one: {"出生年月日": "1951.3", "公民身份号码": None},
    "新来的人，旧的十五位身份证号": lambda one: _newcomer("9001", "区阿娇", "449999510203028"),
    "新来的人，没有身份证号": lambda one: _newcomer("9002", "单国华", None),
    "身份证号成了科学计数法": lambda one: {"公民身份号码": float(one.id_number[:17] + "0")},
    "身份证号末三位成了零": lambda one: {"公民身份号码": one.id_number[:15] + "000"},
    "身份证号校验码不对": lambda one: {"公民身份号码": _wrong_check_digit(one.id_number)},
    "身份证号少一位": lambda one: {"公民身份号码": one.id_number[:17]},
    "没有姓名": lambda one: {"姓 名": None},
    "没有这一天": lambda one: {"出生年月日": "1951-02-30", "公民身份号码": None},
    "电话不是电话": lambda one: {"手机号码": "见备注"},
    "困难等级写法不认识": lambda one: {"困难级别": "很困难"},
    "是不是志愿者没写清楚": lambda one: {"是否志愿者": "待定"},
    "编号是一个人，身份证号是另一个人": lambda one: {"人员编号": "0001"},
    "只有名字，分不清是谁": lambda one: dict.fromkeys(("人员编号", "公民身份号码", "手机号码", "出生年月日")),
    "和第一行是同一个人": lambda one: {},
}


def _newcomer(number: str, name: str, id_number: str | None) -> Cells:
    said = {"人员编号": number, "姓 名": name, "公民身份号码": id_number, "手机号码": f"1540000{number}"}
    return {**said, "出生年月日": "1951.2.3", "性别": "女"}


def _wrong_check_digit(id_number: str) -> str:
    return id_number[:17] + ("1" if id_number[17] != "1" else "2")


def _in_some_notation(day: date, which: int) -> Typed:
    """A real date, 1949.01.02 or 19490102: three clerks, three habits."""
    return (day, f"{day:%Y.%m.%d}", f"{day:%Y%m%d}")[which % 3]


def _yes(*, said: bool) -> str:
    return "是" if said else "否"


def _words(codes: Iterable[str], labels: Mapping[str, str]) -> str | None:
    return "、".join(labels[code] for code in codes) or None


def _workbook(title: str, headers: Sequence[str], rows: Iterable[Sequence[Typed]]) -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    # Else the file would hold the moment at which it was made.
    book.set_properties({"title": title, "created": datetime.combine(DESCRIBED, datetime.min.time())})
    heading = book.add_format({"bold": True, "align": "center", "font_size": 16})
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("花名册")
    sheet.merge_range(0, 0, 0, len(headers) - 1, title, heading)
    for row, cells in enumerate((headers, *rows), start=1):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(row, column, cell, day)
            elif isinstance(cell, str):
                sheet.write_string(row, column, cell, bold if row == 1 else None)
            elif cell is not None:
                sheet.write_number(row, column, cell)
    sheet.set_column(0, len(headers) - 1, 14)
    sheet.freeze_panes(2, 3)
    book.close()
    return made.getvalue()
