"""The country's days off, for the years they are known, and what a district makes of them. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from chinese_calendar import get_holiday_detail, is_workday

from timebank.core.errors import N_, Text, plain
from timebank.requests.holidays.model import DayKind, Holiday

KIND_TEXTS: dict[DayKind, str] = {
    DayKind.OFF: N_("放假"),
    DayKind.WORK: N_("调休上班"),
    DayKind.PLAIN: N_("和平常一样"),
}
NAMES: dict[str, str] = {
    "New Year's Day": N_("元旦"),
    "Spring Festival": N_("春节"),
    "Tomb-sweeping Day": N_("清明节"),
    "Labour Day": N_("劳动节"),
    "Dragon Boat Festival": N_("端午节"),
    "Mid-autumn Festival": N_("中秋节"),
    "National Day": N_("国庆节"),
}
_SATURDAY = 5


def name_text(holiday: Holiday) -> Text:
    """The name as it is known here; what somebody typed stays as it is."""
    return Text(NAMES[holiday.name]) if holiday.name in NAMES else plain(holiday.name)


@cache
def national(year: int) -> Mapping[date, Holiday]:
    """The country's days off and made-up workdays of a year; empty for a year not announced yet."""
    day, found = date(year, 1, 1), {}
    try:
        while day.year == year:
            off, name = get_holiday_detail(day)
            if off and name is not None:
                found[day] = Holiday(DayKind.OFF, name)
            elif is_workday(day) and day.weekday() >= _SATURDAY:
                found[day] = Holiday(DayKind.WORK, name or "")
            day += timedelta(days=1)
    except NotImplementedError:  # what the library says of a year it does not know
        return {}
    return found


def merged(first: date, last: date, ours: Mapping[date, Holiday]) -> dict[date, Holiday]:
    """The calendar between two days: the country's, and where the district says otherwise, the district's."""
    known = {
        day: holiday for year in range(first.year, last.year + 1) for day, holiday in national(year).items()
    }
    both = known | dict(ours)
    return {
        day: holiday
        for day, holiday in sorted(both.items())
        if first <= day <= last and holiday.kind is not DayKind.PLAIN
    }
