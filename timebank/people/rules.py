"""Pure rules about people: how phones, homes and weeks are written down."""

import unicodedata
from collections.abc import Iterable

from timebank.people.model import Window

# Three decimals of a degree are about 110 m: enough for who lives near, too coarse for a door.
_HOME_DECIMALS = 3


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


def home_cell(lat: float, lon: float) -> tuple[float, float]:
    """The grid cell a home stands in, as WGS 84 degrees."""
    return round(lat, _HOME_DECIMALS), round(lon, _HOME_DECIMALS)


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
