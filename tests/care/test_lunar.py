"""The lunar calendar's table, held against itself and against the country's own days off."""

from datetime import date, timedelta

import chinese_calendar
import pytest

from timebank.care.lunar import FIRST_YEAR, LAST_YEAR, LunarDay, lunar_of, on_lunar_day


@pytest.mark.parametrize(
    ("day", "lunar"),
    [
        (date(1900, 1, 31), LunarDay(1900, 1, 1)),
        (date(1949, 10, 1), LunarDay(1949, 8, 10)),
        # Where the mainland's Mid-Autumn was a day after that of old almanacs.
        (date(1978, 9, 17), LunarDay(1978, 8, 15)),
        (date(2020, 5, 23), LunarDay(2020, 4, 1, leap=True)),
        (date(2023, 3, 22), LunarDay(2023, 2, 1, leap=True)),
        (date(2024, 10, 11), LunarDay(2024, 9, 9)),
        (date(2025, 7, 25), LunarDay(2025, 6, 1, leap=True)),
        (date(2025, 10, 29), LunarDay(2025, 9, 9)),
        (date(2026, 2, 17), LunarDay(2026, 1, 1)),
        (date(2026, 10, 18), LunarDay(2026, 9, 9)),
        # The leap eleventh month that comes once in a lifetime.
        (date(2033, 12, 22), LunarDay(2033, 11, 1, leap=True)),
    ],
)
def test_days_that_are_known(day: date, lunar: LunarDay) -> None:
    assert lunar_of(day) == lunar


def test_every_day_has_its_lunar_day_and_the_next_follows_it() -> None:
    before, day, days = None, date(1900, 1, 31), 0
    while (lunar := lunar_of(day)) is not None:
        if before is not None and lunar.day != 1:
            assert lunar == LunarDay(before.year, before.month, before.day + 1, before.leap), day
        elif before is not None:
            assert before.day in (29, 30), day
            same = (before.year, before.month, True) if lunar.leap else None
            over = (
                (before.year + 1, 1, False) if before.month == 12 else (before.year, before.month + 1, False)
            )
            assert (lunar.year, lunar.month, lunar.leap) in (same, over), day
        if not lunar.leap:
            assert on_lunar_day(lunar.year, lunar.month, lunar.day) == day
        before, day, days = lunar, day + timedelta(days=1), days + 1
    last = on_lunar_day(LAST_YEAR, 12, 30)
    assert last is not None
    assert days == (last - date(1900, 1, 31)).days + 1


def test_nothing_is_said_of_years_outside_of_the_table() -> None:
    assert lunar_of(date(1900, 1, 30)) is None
    assert lunar_of(date(2101, 1, 29)) is None
    assert on_lunar_day(FIRST_YEAR - 1, 1, 1) is None
    assert on_lunar_day(LAST_YEAR + 1, 1, 1) is None


def test_the_thirtieth_of_a_short_month_is_its_last_day() -> None:
    short = next(year for year in range(2000, 2100) if _days(year, 9) == 29)
    assert on_lunar_day(short, 9, 30) == on_lunar_day(short, 9, 29)


@pytest.mark.parametrize(
    ("month", "day", "name"),
    [(1, 1, "Spring Festival"), (5, 5, "Dragon Boat Festival"), (8, 15, "Mid-autumn Festival")],
)
def test_festivals_fall_on_the_countrys_days_off(month: int, day: int, name: str) -> None:
    for year in range(2008, 2026):
        on = on_lunar_day(year, month, day)
        assert on is not None
        is_off, holiday = chinese_calendar.get_holiday_detail(on)
        # Where Mid-Autumn meets the National Day, the day bears either name; some weekends have none.
        assert is_off, on
        assert holiday in (name, "National Day") or (holiday is None and on.weekday() >= 5), on


def _days(year: int, month: int) -> int:
    first, last = on_lunar_day(year, month, 1), on_lunar_day(year, month, 30)
    assert first is not None
    assert last is not None
    return (last - first).days + 1
