"""Pure rules about people: how phones, homes and weeks are written down."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from timebank.core.errors import N_, FieldError, Invalid, Text
from timebank.people.model import DAY_MINUTES, Details, Status, Window

# Three decimals of a degree are about 110 m: enough for who lives near, too coarse for a door.
_HOME_DECIMALS = 3
AGE_MAX = 130


def tidy_phone(text: str) -> str | None:
    """Digits, `+` and the hyphen of an area code; None where it can't be a phone number."""
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(c for c in plain if not c.isspace() and c not in "()").replace("—", "-").replace("–", "-")
    digits = sum(c.isdigit() for c in plain)
    if not plain.isascii() or not 5 <= digits <= 15 or len(plain) > 20:
        return None
    rest = plain.removeprefix("+").replace("-", "")
    return plain if rest.isdigit() else None


def mask_phone(phone: str | None) -> str:
    """138****5678."""
    if not phone:
        return ""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else f"***{phone[-2:]}"


def mask_name(name: str) -> str:
    """梁秀英 → 梁＊英, 曾伟 → 曾＊: enough to tell people apart at a desk, not enough to know them."""
    if len(name) < 2:
        return name
    return name[0] + "＊" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")


def home_cell(lat: float, lon: float) -> tuple[float, float]:
    """The grid cell a home stands in, as WGS 84 degrees."""
    return round(lat, _HOME_DECIMALS), round(lon, _HOME_DECIMALS)


def refuse_future_birth(details: Details, today: date) -> None:
    """Raise `Invalid` for a birthday that is still to come, or too long ago for anybody alive."""
    if details.birth_on and not today.year - AGE_MAX <= details.birth_on.year <= today.year:
        raise Invalid([FieldError("birth_on", Text(N_("出生日期不对；请核对年份")))])


def served_only_receives(status: Status, details: Details) -> bool:
    """True unless somebody who is no member is down as a helper, or not as a recipient."""
    return status is not Status.SERVED or (details.is_recipient and not details.is_helper)


def as_served(details: Details) -> Details:
    """The details of somebody who is only helped. Raises `Invalid` for a helper."""
    if details.is_helper:
        raise Invalid([FieldError("is_helper", HELPS_NOT)])
    return replace(details, is_recipient=True)


def merge_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same week without overlaps: windows that touch become one."""
    merged: list[Window] = []
    for window in sorted(windows):
        last = merged[-1] if merged else None
        if last and last.weekday == window.weekday and window.from_minute <= last.to_minute:
            merged[-1] = Window(last.weekday, last.from_minute, max(last.to_minute, window.to_minute))
        else:
            merged.append(window)
    return tuple(merged)


def split_words(text: str) -> list[str]:
    """Words written in a row: 粤语、客家话 / 粤语,客家话 / one on each line."""
    return [word for word in (part.strip() for part in _BETWEEN.split(text)) if word]


def read_day(text: str, weekday: int) -> tuple[Window, ...] | None:
    """The windows of one weekday as they are typed (`9:00-11:00, 14-16:30`); None where they can't be read."""
    windows = []
    for part in split_words(text):
        match = _WINDOW.fullmatch("".join(unicodedata.normalize("NFKC", part).split()))
        if match is None:
            return None
        hour, minute, to_hour, to_minute = (int(group or 0) for group in match.groups())
        window = Window(weekday, hour * 60 + minute, to_hour * 60 + to_minute)
        if minute > 59 or to_minute > 59 or not window.from_minute < window.to_minute <= DAY_MINUTES:
            return None
        windows.append(window)
    return merge_windows(windows)


def write_day(windows: Iterable[Window]) -> str:
    """Windows as `read_day` reads them."""
    return ", ".join(f"{_time(window.from_minute)}-{_time(window.to_minute)}" for window in windows)


def _time(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


HELPS_NOT = Text(N_("受助对象不是会员，不能登记为帮助别人；要帮助别人，请先办理入会"))
_BETWEEN = re.compile(r"[、,，;；/\n]+")
_WINDOW = re.compile(r"(\d{1,2})(?::(\d{2}))?[-~—–到至](\d{1,2})(?::(\d{2}))?")
