"""Amounts as offices write them: 36.5, 36小时30分, 36:30, or minutes; always whole minutes."""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation

from timebank.core.amounts import MINUTES_TRANSFER_MAX
from timebank.core.errors import N_
from timebank.membership.cells import Fault, text
from timebank.membership.model import Cell

_CLOCK = re.compile(r"([0-9]+):([0-5][0-9])(?::00)?")
_SAID = re.compile(
    r"(?:([0-9]+(?:\.[0-9]+)?)个?(?:小时|时|h))?(?:([0-9]+)(?:分钟|分|min|m))?",
)
# A third of an hour, reckoned by a spreadsheet, is 0.333333333333333.
_NOTHING = Decimal("0.001")


def minutes_of(hours: Cell, minutes: Cell) -> int | None:
    """What the hours and the minutes column of a row say together; None: nothing. Raises `Fault`."""
    by_hours = None if hours is None else amount(hours, unit_minutes=60)
    by_minutes = None if minutes is None else amount(minutes, unit_minutes=1)
    if by_hours is None or by_minutes is None:
        return by_minutes if by_hours is None else by_hours
    if by_hours == by_minutes:
        return by_hours
    if by_hours % 60 == 0 and by_minutes < 60:
        return by_hours + by_minutes
    raise Fault(N_("小时和分钟两列说的不一样；请只留一列"))


def amount(cell: Cell, *, unit_minutes: int) -> int:
    """The minutes that a cell says; a bare number counts units. Raises `Fault`."""
    if isinstance(cell, bool | date):
        raise Fault(N_("这不是时长；请写成 36.5、36小时30分 或 36:30"))
    plain = unicodedata.normalize("NFKC", text(cell)).casefold()
    plain = re.sub(r"[\s,]", "", plain).replace("−", "-")
    if plain.startswith(("-", "(")):
        raise Fault(N_("时长不能是负数；欠的时间不能从表里带进来"))
    if (match := _CLOCK.fullmatch(plain)) and unit_minutes == 60:
        found = Decimal(match[1]) * 60 + Decimal(match[2])
    elif (match := _SAID.fullmatch(plain)) and plain:
        found = Decimal(match[1] or 0) * 60 + Decimal(match[2] or 0)
    else:
        found = _number(plain) * unit_minutes
    if found > MINUTES_TRANSFER_MAX:
        raise Fault(N_("时长太大；请核对"))
    whole = round(found)
    if abs(found - whole) > _NOTHING:
        raise Fault(N_("不是整分钟；请写成 36小时30分 或 36:30"))
    return whole


def _number(plain: str) -> Decimal:
    # Decimal itself would take "nan", "infinity" and "1_000".
    if not re.fullmatch(r"[0-9]+(\.[0-9]*)?(e[+-]?[0-9]{1,3})?", plain):
        raise Fault(N_("这不是时长；请写成 36.5、36小时30分 或 36:30"))
    try:
        return Decimal(plain)
    except InvalidOperation as error:
        raise Fault(N_("时长太大；请核对")) from error
