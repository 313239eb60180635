"""The lunar calendar (农历) from 1900 to 2100, as a table: no astronomy is done while a desk waits.

The table was worked out with lunar-python 1.4.8 (MIT), which follows the sun and the moon as GB/T 33661-2017 has it,
and is the same as that of cnlunar 0.2.5 (MIT) but for one new moon in 2057 that falls on midnight. A library at run time
would turn one day at a time, and cannot go from a lunar day back to the sun's.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 1900, 2100
# Of each year: days from 1 January to its new year (from bit 17), its leap month or 0 (from bit 13), and for each of its
# months in turn, the leap month after the one it repeats, whether it has 30 days or 29 (13 bits, the first highest).
# fmt: off
_YEARS = (
    0x3D096D, 0x62095C, 0x4C14AE, 0x38AA4D, 0x5C1A4C, 0x441B2A, 0x308D55, 0x560AD4, 0x40135A, 0x2A495D,  # 1900
    0x50095C, 0x3AD49B, 0x60149A, 0x481A4A, 0x32BAA5, 0x5816A8, 0x421AD4, 0x2C52DA, 0x5212B6, 0x3EE937,  # 1910
    0x64092E, 0x4C1496, 0x36B64B, 0x5C0D4A, 0x460DA8, 0x2E95B5, 0x56056C, 0x4012AE, 0x2C492F, 0x50092E,  # 1920
    0x3ACC96, 0x5E1A94, 0x481D4A, 0x32ADA9, 0x580B5A, 0x44056C, 0x2E726E, 0x52125C, 0x3CF92D, 0x62192A,  # 1930
    0x4C1A94, 0x34DB4A, 0x5A16AA, 0x460AD4, 0x30955B, 0x5604BA, 0x40125A, 0x2A592B, 0x50152A, 0x38F695,  # 1940
    0x5E0D94, 0x4816AA, 0x34AAB5, 0x5809B4, 0x4214B6, 0x2E6A57, 0x540A56, 0x3D152A, 0x601D2A, 0x4C0D54,  # 1950
    0x36D5AA, 0x5A156A, 0x46096C, 0x3094AE, 0x5614AE, 0x400A4C, 0x287D26, 0x4E1B2A, 0x3AEB55, 0x5E0AD4,  # 1960
    0x4812DA, 0x34A95D, 0x5A095A, 0x42149A, 0x2C9A4D, 0x521A4A, 0x3D1AA5, 0x6016A8, 0x4A16D4, 0x36D2DA,  # 1970
    0x5C12B6, 0x460936, 0x309497, 0x561496, 0x41564B, 0x640D4A, 0x4E0DA8, 0x38D5B4, 0x5E156C, 0x4812AE,  # 1980
    0x34A92F, 0x5A092E, 0x440C96, 0x2C6D4A, 0x501D4A, 0x3D0D65, 0x620B58, 0x4A156C, 0x36B26D, 0x5C125C,  # 1990
    0x46192C, 0x2E9A95, 0x541A94, 0x3E1B4A, 0x2A4B55, 0x4E0AD4, 0x38F55B, 0x6004BA, 0x4A125A, 0x32B92B,  # 2000
    0x58152A, 0x421694, 0x2C96AA, 0x5015AA, 0x3D2AB5, 0x620974, 0x4C14B6, 0x36CA57, 0x5C0A56, 0x461526,  # 2010
    0x308E95, 0x540D54, 0x3E15AA, 0x2A49B5, 0x50096C, 0x38D4AE, 0x5E149C, 0x481A4C, 0x32BD26, 0x561AA6,  # 2020
    0x420B54, 0x2C6D6A, 0x5212DA, 0x3D695D, 0x62095A, 0x4C149A, 0x36DA4B, 0x5A1A4A, 0x441AA4, 0x2EBB54,  # 2030
    0x5416B4, 0x3E0ADA, 0x2A495B, 0x500936, 0x3AF497, 0x5E1496, 0x48154A, 0x32B6A5, 0x580DA4, 0x4015B4,  # 2040
    0x2C6AB6, 0x52126E, 0x3F092F, 0x62092E, 0x4C0C96, 0x36CD4A, 0x5A1D4A, 0x440D64, 0x2E956C, 0x54155C,  # 2050
    0x40125C, 0x28792E, 0x4E192C, 0x38FA95, 0x5E1A94, 0x461B4A, 0x32AB55, 0x580AD4, 0x4214DA, 0x2C8A5D,  # 2060
    0x520A5A, 0x3D152B, 0x62152A, 0x4A1694, 0x34D6AA, 0x5A15AA, 0x460AB4, 0x2E94BA, 0x5414B6, 0x400A56,  # 2070
    0x2A7527, 0x4E0D26, 0x38EE53, 0x5E0D54, 0x4815AA, 0x32A9B5, 0x58096C, 0x4214AE, 0x2E8A4E, 0x501A2C,  # 2080
    0x3B1D26, 0x601AA4, 0x4A1B54, 0x34CD6A, 0x5A0ADA, 0x46095C, 0x30949D, 0x54145A, 0x3E1A2A, 0x285B25,  # 2090
    0x4E1AA4,  # 2100
)
# fmt: on


@dataclass(frozen=True)
class LunarDay:
    """A day of the lunar calendar; `leap` in the second of two months of one number."""

    year: int
    month: int
    day: int
    leap: bool = False


@dataclass(frozen=True)
class _Month:
    month: int
    leap: bool
    begins_on: date
    days: int


def _months(year: int) -> list[_Month]:
    packed = _YEARS[year - FIRST_YEAR]
    leap = packed >> 13 & 0xF
    named = [(month, False) for month in range(1, 13)]
    if leap:
        named.insert(leap, (leap, True))
    begins_on = date(year, 1, 1) + timedelta(days=packed >> 17)
    found = []
    for place, (month, is_leap) in enumerate(named):
        days = 29 + (packed >> 12 - place & 1)
        found.append(_Month(month, is_leap, begins_on, days))
        begins_on += timedelta(days=days)
    return found


_ALL = [(year, month) for year in range(FIRST_YEAR, LAST_YEAR + 1) for month in _months(year)]
_BEGINS = [month.begins_on for _, month in _ALL]
_BY_NAME = {(year, month.month, month.leap): month for year, month in _ALL}
_END = _ALL[-1][1].begins_on + timedelta(days=_ALL[-1][1].days)


def lunar_of(day: date) -> LunarDay | None:
    """The lunar day of a day; None outside of the table."""
    if not _BEGINS[0] <= day < _END:
        return None
    year, month = _ALL[bisect_right(_BEGINS, day) - 1]
    return LunarDay(year, month.month, (day - month.begins_on).days + 1, month.leap)


def on_lunar_day(year: int, month: int, day: int) -> date | None:
    """The day of a lunar day, in the first month of that number; the 30th of a month of 29 days is its last.

    None outside of the table.
    """
    found = _BY_NAME.get((year, month, False))
    return None if found is None else found.begins_on + timedelta(days=min(day, found.days) - 1)
