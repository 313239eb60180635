"""What a cell says: dates in three notations, ID numbers, phones, yes and no, words in a row."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from timebank.core.errors import N_, FieldError, Text
from timebank.membership.columns import cell_of
from timebank.membership.model import Cell, Columns, Given
from timebank.people import id_numbers, readings, rules
from timebank.people.errors import ID_FAULTS
from timebank.people.id_numbers import IdNumber
from timebank.people.model import (
    AVOID_LABELS,
    CONTACT_LABELS,
    DIALECT_LABELS,
    GENDER_LABELS,
    INTEREST_LABELS,
    NAME_LENGTH_MAX,
    NEED_LABELS,
    SKILL_LABELS,
    STATUS_LABELS,
    TRAINING_LABELS,
    Contact,
    Gender,
    Status,
)
from timebank.people.schemas import CODE_LENGTH_MAX, CODES_MAX

_EXACT_MAX = 10**15
_SERIAL_EPOCH = date(1899, 12, 30)
_SERIALS = range(1, 80_000)
_YEARS = range(1890, 2101)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")
_PLAIN_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})月?|(\d{2}))")
_ROUNDED = re.compile(r"\d(\.\d+)?[Ee]\+?\d+")
_MASKED = re.compile(r"\d{6}\*{8}\d{3}[\dX]")
_YES = frozenset({"是", "有", "√", "✓", "对", "1", "y", "yes", "true", "独居"})
_NO = frozenset({"否", "无", "没有", "×", "不是", "不", "0", "n", "no", "false", "非独居"})


class Fault(Exception):
    """A cell that can't be taken, and why."""

    def __init__(self, message: str, **values: object) -> None:
        self.text = Text(message, values)
        super().__init__(message)


class MonthOnly(Exception):
    """A date without its day: 1949.01. `first` is None where even the month is in doubt (1949.1)."""

    def __init__(self, first: date | None) -> None:
        self.first = first
        super().__init__()


def read_row(
    row: int, cells: tuple[Cell, ...], columns: Columns, headers: tuple[str, ...]
) -> tuple[Given | None, list[FieldError], list[Text], str]:
    """A roster's row: what it says, what is wrong with which column, notes, and the name as it stands."""
    values: dict[str, Any] = {}
    faults: list[FieldError] = []
    notes: list[Text] = []
    for field, position in columns.fields.items():
        cell = cell_of(cells, position)
        if cell is None:
            continue
        try:
            values[field] = _READERS[field](cell)
        except MonthOnly as month:
            if field == "joined_on" and month.first:
                values[field] = month.first
            else:
                notes.append(Text(N_("{column}只有年月，没有记"), {"column": headers[position]}))
        except Fault as fault:
            faults.append(FieldError(headers[position], fault.text, row))
    shown = str(cell_of(cells, columns.fields["name"]) or "")[:NAME_LENGTH_MAX]
    if "name" not in values and not any(f.field == headers[columns.fields["name"]] for f in faults):
        faults.append(FieldError(headers[columns.fields["name"]], Text(N_("没有姓名")), row))
    if faults:
        return None, faults, notes, shown
    _from_id(values, notes)
    _note_old_id(cells, columns, values, notes)
    if ("lat" in values) != ("lon" in values):
        values.pop("lat", None)
        values.pop("lon", None)
    if "lat" in values:
        values["lat"], values["lon"] = rules.home_cell(values["lat"], values["lon"])
    return Given(**values), [], notes, shown


def read_person(
    row: int, cells: tuple[Cell, ...], columns: Columns, headers: tuple[str, ...]
) -> tuple[Given | None, list[FieldError], str]:
    """Whom a row of another list is about, what is wrong with that, and the name as it stands."""
    values: dict[str, Any] = {"name": ""}
    faults: list[FieldError] = []
    for field in ("number", "name", "id_number", "phone", "birth_on"):
        cell = cell_of(cells, columns.fields[field]) if field in columns.fields else None
        if cell is None:
            continue
        try:
            values[field] = _READERS[field](cell)
        except (Fault, MonthOnly) as fault:
            # Phone and birthday only help to tell two of one name apart.
            if isinstance(fault, Fault) and field not in ("phone", "birth_on"):
                faults.append(FieldError(headers[columns.fields[field]], fault.text, row))
    shown = str(values["name"] or values.get("number", ""))[:NAME_LENGTH_MAX]
    if not faults and not (values["name"] or values.keys() & {"number", "id_number"}):
        faults.append(FieldError(headers[0], Text(N_("没有姓名、会员号或身份证号，不知道是谁的")), row))
    if faults:
        return None, faults, shown
    _from_id(values, [])
    values.pop("gender", None)
    return Given(**values), [], shown


def text(cell: Cell, *, most: int = 200) -> str:
    """A cell as one text."""
    plain = number_text(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else str(cell)
    if not plain.isprintable() and any(
        unicodedata.category(c) in ("Cc", "Cs", "Co") and c not in "\r\n\t" for c in plain
    ):
        raise Fault(N_("有看不见的控制字符；请重新输入"))
    tidied = " ".join(plain.split())
    if len(tidied) > most:
        raise Fault(N_("最多 {most} 个字"), most=most)
    return tidied


def halved(cell: Cell) -> str:
    """A cell as one text with digits, letters and signs of half width: １２Ａ is 12A."""
    return unicodedata.normalize("NFKC", text(cell))


def number_text(cell: int | float) -> str:
    """A number as it was typed: 12.0 is 12."""
    if isinstance(cell, float) and (math.isinf(cell) or math.isnan(cell)):
        raise Fault(N_("这个数写不下"))
    return str(int(cell)) if float(cell).is_integer() and abs(cell) < _EXACT_MAX * 1000 else repr(cell)


def name(cell: Cell) -> str:
    """A person's name."""
    tidied = readings.tidy(text(cell, most=NAME_LENGTH_MAX))
    if not any(c.isalnum() for c in tidied):
        raise Fault(N_("没有姓名"))
    return tidied


def member_number(cell: Cell) -> str:
    """A member number."""
    plain = halved(cell).replace(" ", "")
    if not re.fullmatch(r"[0-9A-Za-z-]{1,30}", plain):
        raise Fault(N_("会员号只能有数字、字母和横线，最多 30 个"))
    return plain


def id_number(cell: Cell) -> IdNumber | str:
    """An ID number, or the mask of one as our own export writes it."""
    if isinstance(cell, bool | date):
        raise Fault(ID_FAULTS["characters"])
    if isinstance(cell, int | float) and abs(cell) >= _EXACT_MAX:
        raise Fault(ID_FAULTS["rounded"])
    plain = halved(cell)
    if _MASKED.fullmatch(plain.upper()):
        return plain.upper()
    read = id_numbers.read(plain)
    if not isinstance(read, IdNumber):
        raise Fault(ID_FAULTS[read])
    return read


def day(cell: Cell) -> date:
    """1949-01-01, 1949/1/1, 1949.1.1, 1949年1月1日, 19490101, or a real date. Raises `MonthOnly`."""
    if isinstance(cell, date):
        return _in_years(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if float(cell).is_integer() and int(cell) in _SERIALS:
            return _in_years(_SERIAL_EPOCH + timedelta(days=int(cell)))
        plain = number_text(cell)
    else:
        plain = halved(cell)
    if match := _DAY.fullmatch(plain) or _PLAIN_DAY.fullmatch(plain):
        try:
            return _in_years(date(*map(int, match.groups())))
        except ValueError as error:
            raise Fault(N_("没有这一天；请核对")) from error
    if match := _MONTH.fullmatch(plain):
        year, month = int(match[1]), int(match[2] or match[3])
        if 1 <= month <= 12 and year in _YEARS:
            # As a number 1949.10 is 1949.1.
            raise MonthOnly(None if isinstance(cell, float) else date(year, month, 1))
    raise Fault(N_("日期请写成 1949-01-01、1949.1.1 或 19490101"))


def phone(cell: Cell) -> str:
    """A phone number; of several the first."""
    plain = halved(cell)
    if _ROUNDED.fullmatch(plain):
        raise Fault(N_("电话被表格软件改成了 1.38E+10 这样的数；请把这一列设为文本后重新填写"))
    first = re.split(r"[、,;/]", plain)[0]
    tidied = rules.tidy_phone(first)
    if tidied is None:
        raise Fault(N_("电话写法不对；例如 13800138000 或 0769-22223333"))
    return tidied


def yes(cell: Cell) -> bool:
    """是 or 否, in the ways offices write it."""
    if isinstance(cell, bool):
        return cell
    plain = halved(cell).casefold()
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise Fault(N_("请写“是”或“否”"))


def tier(cell: Cell) -> int:
    """A hardship tier, 0 to 3."""
    plain = halved(cell).removesuffix("级")
    found = {"无": 0, "0": 0, "否": 0, "1": 1, "一": 1, "2": 2, "二": 2, "3": 3, "三": 3}.get(plain[:1])
    if found is None:
        raise Fault(N_("困难等级请写“无”“一级”“二级”或“三级”"))
    return found


def words(labels: Mapping[str, str]) -> Callable[[Cell], tuple[str, ...]]:
    """A reader of several words: our codes where we know the word, the word itself otherwise."""
    codes = {label: code for code, label in labels.items()}

    def read(cell: Cell) -> tuple[str, ...]:
        plain = text(cell, most=500)
        found = rules.split_words(plain)
        if len(found) == 1 and all(word in codes for word in plain.split()):
            found = plain.split()
        if found in (["无"], ["没有"]):
            return ()
        if len(found) > CODES_MAX or any(len(word) > CODE_LENGTH_MAX for word in found):
            raise Fault(N_("最多 {most} 项，每项最多 {long} 个字"), most=CODES_MAX, long=CODE_LENGTH_MAX)
        return tuple(dict.fromkeys(codes.get(word, word) for word in found))

    return read


def degrees(most: int) -> Callable[[Cell], float]:
    """A reader of degrees between −most and most."""

    def read(cell: Cell) -> float:
        try:
            value = float(halved(cell))
        except ValueError as error:
            raise Fault(N_("请填度数，例如 22.938")) from error
        if not -most <= value <= most:
            raise Fault(N_("请填度数，例如 22.938"))
        return value

    return read


def one_of(labels: Mapping[str, str], more: Mapping[str, str]) -> Callable[[Cell], str]:
    """A reader of one word among those we know."""
    codes = {label: code for code, label in labels.items()} | dict(more)

    def read(cell: Cell) -> str:
        plain = halved(cell)
        if plain not in codes:
            raise Fault(N_("不认识“{word}”；可以写：{known}"), word=plain, known=list(labels.values()))
        return codes[plain]

    return read


def long_text(cell: Cell) -> str:
    """A note."""
    return text(cell, most=500)


def _in_years(value: date) -> date:
    if value.year not in _YEARS:
        raise Fault(N_("年份不对；请核对"))
    return value


def _from_id(values: dict[str, Any], notes: list[Text]) -> None:
    found = values.get("id_number")
    if isinstance(found, str):
        values["id_mask"] = values.pop("id_number")
    if not isinstance(found, IdNumber):
        return
    written = values.get("birth_on")
    if written is not None and written != found.birth_on:
        values_shown = {"written": written, "kept": found.birth_on}
        notes.append(Text(N_("出生日期写的是 {written}，按身份证号记为 {kept}"), values_shown))
    values["birth_on"] = found.birth_on
    values.setdefault("gender", found.gender)


def _note_old_id(
    cells: tuple[Cell, ...], columns: Columns, values: dict[str, Any], notes: list[Text]
) -> None:
    read = values.get("id_number")
    if isinstance(read, IdNumber) and id_numbers.is_old(text(cell_of(cells, columns.fields["id_number"]))):
        notes.append(Text(N_("15 位的老身份证号，已换算成 18 位：{mask}"), {"mask": read.mask}))


_gender = one_of(GENDER_LABELS, {"男性": "male", "女性": "female", "1": "male", "2": "female"})
_contact = one_of(CONTACT_LABELS, {"手机": "smartphone", "老人机": "phone", "座机": "phone", "无": "none"})
_status = one_of(
    STATUS_LABELS,
    {
        "只受助": "served",
        "服务对象": "served",
        "正常": "active",
        "在职": "active",
        "退休": "active",
        "离休": "active",
        "去世": "dead",
        "退出": "left",
    },
)
_READERS: dict[str, Callable[[Cell], Any]] = {
    "number": member_number,
    "name": name,
    "gender": lambda cell: Gender(_gender(cell)),
    "birth_on": day,
    "id_number": id_number,
    "phone": phone,
    "address": text,
    "branch": lambda cell: readings.tidy(text(cell, most=NAME_LENGTH_MAX)),
    "joined_on": day,
    "is_helper": yes,
    "is_recipient": yes,
    "skills": words(SKILL_LABELS),
    "dialects": words(DIALECT_LABELS),
    "interests": words(INTEREST_LABELS),
    "needs": words(NEED_LABELS),
    "trainings": words(TRAINING_LABELS),
    "avoids": words(AVOID_LABELS),
    "hardship_tier": tier,
    "lives_alone": yes,
    "contact": lambda cell: Contact(_contact(cell)),
    "emergency_name": text,
    "emergency_phone": phone,
    "lat": degrees(90),
    "lon": degrees(180),
    "status": lambda cell: Status(_status(cell)),
    "note": long_text,
}
