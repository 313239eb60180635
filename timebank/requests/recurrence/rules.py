"""When a standing request comes round: RFC 5545 rules, single dates changed, days off. Pure."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from dateutil.rrule import MONTHLY, WEEKLY, rrule
from dateutil.rrule import weekday as nth_weekday

from timebank.core import clock
from timebank.core.errors import N_, FieldError, Text
from timebank.requests.holidays.model import DayKind
from timebank.requests.recurrence.model import (
    EVERY_MAX,
    EVERY_WEEK,
    LAST,
    ChangeKind,
    DayChange,
    OnHolidays,
    Recurrence,
    Series,
    Turn,
    TurnState,
)

TURNS_SHOWN = 8
# Looked for within so long; who comes on the last Friday of every twelfth month is found too.
LOOKED_AHEAD = timedelta(days=3_660)
MOVED_WITHIN = timedelta(days=366)
RHYTHMS: dict[str, Recurrence] = {
    "weekly": EVERY_WEEK,
    "fortnightly": Recurrence(2),
    "four_weekly": Recurrence(4),
    "month_1": Recurrence(1, 1),
    "month_2": Recurrence(1, 2),
    "month_3": Recurrence(1, 3),
    "month_4": Recurrence(1, 4),
    "month_last": Recurrence(1, LAST),
}
RHYTHM_TEXTS: dict[str, str] = {
    "weekly": N_("每周"),
    "fortnightly": N_("每两周"),
    "four_weekly": N_("每四周"),
    "month_1": N_("每月第一个"),
    "month_2": N_("每月第二个"),
    "month_3": N_("每月第三个"),
    "month_4": N_("每月第四个"),
    "month_last": N_("每月最后一个"),
}
ON_HOLIDAYS_TEXTS: dict[OnHolidays, str] = {
    OnHolidays.GO_ON: N_("照常来"),
    OnHolidays.PAUSE: N_("放假停"),
}
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
_KEPT = {"FREQ", "INTERVAL", "BYDAY"}
_FREQUENCIES = {"WEEKLY", "MONTHLY"}
_EVERY = re.compile(r"[1-9][0-9]?")
_BY_DAY = re.compile(rf"(?P<nth>[+]?[1-4]|-1)?(?P<weekday>{'|'.join(_CODES)})")
_NTH = {1: N_("第一个"), 2: N_("第二个"), 3: N_("第三个"), 4: N_("第四个"), LAST: N_("最后一个")}


def rhythm_of(recurrence: Recurrence) -> str | None:
    """The rhythm of the form that says the same, if there is one."""
    return next((code for code, one in RHYTHMS.items() if one == recurrence), None)


def recurrence_text(recurrence: Recurrence, weekday: int) -> Text:
    """“每周三”, “每两周的周三”, “每月第二个周三”."""
    values = {"weekday": Text(WEEKDAYS[weekday]), "n": recurrence.every}
    if recurrence.nth is not None:
        values["nth"] = Text(_NTH[recurrence.nth])
        monthly = N_("每月{nth}{weekday}") if recurrence.every == 1 else N_("每 {n} 个月的{nth}{weekday}")
        return Text(monthly, values)
    if recurrence.every == 1:
        return Text(N_("每{weekday}"), values)
    return Text(N_("每两周的{weekday}") if recurrence.every == 2 else N_("每 {n} 周的{weekday}"), values)


def rrule_text(recurrence: Recurrence, weekday: int) -> str:
    """The same for other calendars: `FREQ=MONTHLY;BYDAY=2WE`."""
    interval = "" if recurrence.every == 1 else f";INTERVAL={recurrence.every}"
    if recurrence.nth is None:
        return f"FREQ=WEEKLY{interval};BYDAY={_CODES[weekday]}"
    return f"FREQ=MONTHLY{interval};BYDAY={recurrence.nth}{_CODES[weekday]}"


def recurrence_of(rrule: str) -> tuple[Recurrence, int] | None:
    """The rule of another calendar and its weekday; None for one that a standing request cannot keep.

    Kept are RFC 5545's `FREQ`, `INTERVAL` and one `BYDAY`, in any order. What ends a request is its last day,
    so `UNTIL` and `COUNT` are not.
    """
    parts = rrule.upper().removeprefix("RRULE:").split(";")
    said = dict(part.split("=", 1) for part in parts if "=" in part)
    every = said.get("INTERVAL", "1")
    day = _BY_DAY.fullmatch(said.get("BYDAY", ""))
    if len(said) != len(parts) or said.keys() - _KEPT or day is None or not _EVERY.fullmatch(every):
        return None
    nth = int(day["nth"]) if day["nth"] else None
    monthly = said.get("FREQ") == "MONTHLY"
    if int(every) > EVERY_MAX or monthly != (nth is not None) or said.get("FREQ") not in _FREQUENCIES:
        return None
    return Recurrence(int(every), nth), _CODES.index(day["weekday"])


def rule_days(recurrence: Recurrence, first_on: date, from_on: date, until_on: date) -> Iterator[date]:
    """The days the rule alone gives, both ends included; `first_on` names the weekday and begins the count."""
    weekday = first_on.weekday()
    monthly = recurrence.nth is not None
    rule = rrule(
        MONTHLY if monthly else WEEKLY,
        dtstart=clock.midnight(first_on),
        interval=recurrence.every,
        byweekday=nth_weekday(weekday, recurrence.nth) if monthly else nth_weekday(weekday),
    )
    for begins in rule.xafter(clock.midnight(from_on), inc=True):
        day = clock.day_of(begins)
        if day > until_on:
            return
        yield day


def first_day(recurrence: Recurrence, on: date) -> date:
    """The first day of the rule from a day whose weekday is the right one."""
    return next(rule_days(recurrence, on, on, on + LOOKED_AHEAD))


def turns(series: Series, from_on: date, until_on: date) -> list[Turn]:
    """Every date from one day to another, those that fall away too, the earliest first."""
    gone = {change.on_day: change for change in series.changes if change.on_day is not None}
    found = [
        _turn(series, day, gone.get(day))
        for day in rule_days(series.recurrence, series.first_on, from_on, until_on)
    ]
    found += [_arrival(change, series) for change in series.changes if _lands(change, from_on, until_on)]
    return sorted(found, key=lambda turn: (turn.day, turn.from_minute))


def next_turns(series: Series, today: date, *, coming: int = TURNS_SHOWN) -> list[Turn]:
    """The next turns until so many of them come."""
    begin = today
    found: list[Turn] = []
    while begin < today + LOOKED_AHEAD:
        end = begin + timedelta(days=91)
        for turn in turns(series, begin, end):
            found.append(turn)
            if sum(one.comes for one in found) >= coming:
                return found
        begin = end + timedelta(days=1)
    return found


def change_problems(series: Series, change: DayChange, *, today: date) -> list[FieldError]:
    """What is wrong with changing this date, named by field; empty if it may be."""
    found: list[FieldError] = []
    if change.on_day is not None:
        here = [turn for turn in turns(series, change.on_day, change.on_day) if turn.state is TurnState.COMES]
        if change.on_day < today or not here:
            found.append(FieldError("on_day", Text(N_("这一天本来就没有安排；请看下面的日子"))))
    if change.to_day is not None:
        # A turn moved on its own day only changes its hour.
        others = [
            turn
            for turn in turns(series, change.to_day, change.to_day)
            if turn.comes and turn.day != change.on_day
        ]
        if change.to_day < today:
            found.append(FieldError("to_day", Text(N_("这一天已经过去了"))))
        elif change.to_day > today + MOVED_WITHIN:
            found.append(FieldError("to_day", Text(N_("最多可以排到一年以后"))))
        elif others:
            found.append(FieldError("to_day", Text(N_("这一天已经有一次了"))))
    return found


def _turn(series: Series, day: date, change: DayChange | None) -> Turn:
    holiday = series.holidays.get(day)
    if change is not None:
        moved = change.kind is ChangeKind.MOVE
        state = TurnState.MOVED_AWAY if moved else TurnState.SKIPPED
        return Turn(day, series.from_minute, state, change.id, change.to_day, holiday)
    off = holiday is not None and holiday.kind is DayKind.OFF
    pauses = off and series.on_holidays is OnHolidays.PAUSE
    return Turn(day, series.from_minute, TurnState.HOLIDAY if pauses else TurnState.COMES, holiday=holiday)


def _lands(change: DayChange, from_on: date, until_on: date) -> bool:
    return change.to_day is not None and from_on <= change.to_day <= until_on


def _arrival(change: DayChange, series: Series) -> Turn:
    assert change.to_day is not None, "only those that land arrive"
    state = TurnState.MOVED_HERE if change.kind is ChangeKind.MOVE else TurnState.ADDED
    minute = series.from_minute if change.from_minute is None else change.from_minute
    return Turn(change.to_day, minute, state, change.id, change.on_day, series.holidays.get(change.to_day))
