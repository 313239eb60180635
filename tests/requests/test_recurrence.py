"""When a standing request comes round: by its rule, with dates changed and days off."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.requests.given import TODAY, wish
from timebank.core.ids import new_id
from timebank.requests import rules as wishes
from timebank.requests.holidays.model import DayKind, Holiday
from timebank.requests.model import Kind, Window
from timebank.requests.recurrence import rules
from timebank.requests.recurrence.model import (
    EVERY_WEEK,
    LAST,
    ChangeKind,
    DayChange,
    OnHolidays,
    Recurrence,
    Series,
    TurnState,
)
from timebank.web.i18n import say

WEDNESDAY = date(2026, 11, 25)
NINE, TEN = 540, 600
OFF = Holiday(DayKind.OFF, "National Day")


def days(recurrence: Recurrence, first_on: date = WEDNESDAY, weeks: int = 20) -> list[date]:
    return list(rules.rule_days(recurrence, first_on, first_on, first_on + timedelta(weeks=weeks)))


def series(*changes: DayChange, **told: object) -> Series:
    return Series(WEDNESDAY, NINE, changes=changes, **told)  # type: ignore[arg-type]


def coming(one: Series, weeks: int = 3) -> list[date]:
    return [
        turn.day for turn in rules.turns(one, WEDNESDAY, WEDNESDAY + timedelta(weeks=weeks)) if turn.comes
    ]


def week(number: int, days: int = 0) -> date:
    return WEDNESDAY + timedelta(weeks=number, days=days)


def test_every_two_weeks_counts_from_the_first_day_and_not_from_today() -> None:
    fortnightly = Recurrence(2)
    assert days(fortnightly)[:3] == [week(0), week(2), week(4)]
    later = list(rules.rule_days(fortnightly, WEDNESDAY, week(3), week(7)))
    assert later == [week(4), week(6)]


@pytest.mark.parametrize(
    ("nth", "expected"),
    [
        (1, [date(2026, 12, 2), date(2027, 1, 6), date(2027, 2, 3)]),
        (4, [date(2026, 11, 25), date(2026, 12, 23), date(2027, 1, 27)]),
        (LAST, [date(2026, 11, 25), date(2026, 12, 30), date(2027, 1, 27)]),
    ],
)
def test_a_month_has_its_nth_and_its_last_wednesday(nth: int, expected: list[date]) -> None:
    assert days(Recurrence(1, nth))[:3] == expected
    assert rules.first_day(Recurrence(1, nth), WEDNESDAY) == expected[0]


@given(
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.builds(Recurrence, st.integers(1, 12), st.sampled_from([None, 1, 2, 3, 4, LAST])),
)
def test_a_rule_keeps_its_weekday_and_its_distance(first_on: date, recurrence: Recurrence) -> None:
    found = list(rules.rule_days(recurrence, first_on, first_on, first_on + timedelta(days=1100)))
    assert {day.weekday() for day in found} <= {first_on.weekday()}
    for before, after in pairwise(found):
        if recurrence.nth is None:
            assert (after - before).days == 7 * recurrence.every
        else:
            assert (after.year - before.year) * 12 + after.month - before.month == recurrence.every
            same_nth = after.day <= 7 if recurrence.nth == 1 else True
            assert same_nth


def test_it_reads_as_one_says_it_and_as_other_calendars_write_it() -> None:
    said = [
        (EVERY_WEEK, "每周三", "FREQ=WEEKLY;BYDAY=WE"),
        (Recurrence(2), "每两周的周三", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"),
        (Recurrence(1, 2), "每月第二个周三", "FREQ=MONTHLY;BYDAY=2WE"),
        (Recurrence(3, LAST), "每 3 个月的最后一个周三", "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1WE"),
    ]
    for recurrence, chinese, rfc in said:
        assert say(rules.recurrence_text(recurrence, 2), "zh") == chinese
        assert rules.rrule_text(recurrence, 2) == rfc
    assert say(rules.recurrence_text(Recurrence(1, 2), 2), "en") == "The second Wednesday of each month"


@pytest.mark.parametrize("every", [1, 2, 12])
@pytest.mark.parametrize("nth", [None, 1, 4, LAST])
@pytest.mark.parametrize("weekday", [0, 6])
def test_the_rule_of_another_calendar_is_read_back(every: int, nth: int | None, weekday: int) -> None:
    recurrence = Recurrence(every, nth)
    assert rules.recurrence_of(rules.rrule_text(recurrence, weekday)) == (recurrence, weekday)


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=MO,WE",
        "FREQ=WEEKLY;BYDAY=2WE",
        "FREQ=MONTHLY;BYDAY=WE",
        "FREQ=MONTHLY;BYDAY=5WE",
        "FREQ=WEEKLY;INTERVAL=0;BYDAY=WE",
        "FREQ=WEEKLY;INTERVAL=13;BYDAY=WE",
        "FREQ=WEEKLY;BYDAY=WE;COUNT=3",
        "FREQ=WEEKLY;BYDAY=WE;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=WE;",
    ],
)
def test_a_rule_that_cannot_be_kept_is_none(rule: str) -> None:
    assert rules.recurrence_of(rule) is None


def test_the_order_and_the_case_of_a_rule_mean_nothing() -> None:
    assert rules.recurrence_of("RRULE:byday=+2we;freq=monthly") == (Recurrence(1, 2), 2)


def test_one_is_skipped_one_moved_one_added() -> None:
    one = series(
        DayChange(new_id(), ChangeKind.SKIP, week(0)),
        DayChange(new_id(), ChangeKind.MOVE, week(1), week(1, 1), TEN),
        DayChange(new_id(), ChangeKind.ADD, None, week(2, 2), TEN),
    )
    assert coming(one) == [week(1, 1), week(2), week(2, 2), week(3)]
    states = [(turn.day, turn.from_minute, turn.state) for turn in rules.turns(one, week(0), week(2, 3))]
    assert states == [
        (week(0), NINE, TurnState.SKIPPED),
        (week(1), NINE, TurnState.MOVED_AWAY),
        (week(1, 1), TEN, TurnState.MOVED_HERE),
        (week(2), NINE, TurnState.COMES),
        (week(2, 2), TEN, TurnState.ADDED),
    ]


def test_what_is_moved_from_outside_the_days_looked_at_still_arrives() -> None:
    one = series(DayChange(new_id(), ChangeKind.MOVE, week(0), week(2, 1), NINE))
    assert [turn.day for turn in rules.turns(one, week(2), week(2, 3)) if turn.comes] == [week(2), week(2, 1)]


def test_a_day_off_is_kept_or_not_and_a_date_moved_onto_one_was_meant() -> None:
    off = {week(1): OFF, week(2, 1): OFF, week(3): Holiday(DayKind.WORK, "National Day")}
    assert coming(series(holidays=off)) == [week(0), week(1), week(2), week(3)]
    pausing = series(
        DayChange(new_id(), ChangeKind.MOVE, week(2), week(2, 1), NINE),
        holidays=off,
        on_holidays=OnHolidays.PAUSE,
    )
    assert coming(pausing) == [week(0), week(2, 1), week(3)]
    paused = rules.turns(pausing, week(1), week(1))[0]
    assert (paused.state, paused.holiday) == (TurnState.HOLIDAY, OFF)


def test_the_next_eight_are_eight_that_come_however_many_fall_away() -> None:
    skipped = [DayChange(new_id(), ChangeKind.SKIP, week(n)) for n in (0, 1, 2)]
    found = rules.next_turns(series(*skipped), WEDNESDAY)
    assert (len(found), sum(turn.comes for turn in found), found[-1].day) == (11, 8, week(10))
    yearly = Series(WEDNESDAY, NINE, Recurrence(12, LAST))
    assert len(rules.next_turns(yearly, WEDNESDAY)) == 8


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (DayChange(new_id(), ChangeKind.SKIP, week(0, 1)), "on_day"),
        (DayChange(new_id(), ChangeKind.SKIP, week(1)), "on_day"),
        (DayChange(new_id(), ChangeKind.SKIP, week(-1)), "on_day"),
        (DayChange(new_id(), ChangeKind.MOVE, week(2), week(3), NINE), "to_day"),
        (DayChange(new_id(), ChangeKind.MOVE, week(2), TODAY - timedelta(days=1), NINE), "to_day"),
        (DayChange(new_id(), ChangeKind.ADD, None, week(0), NINE), "to_day"),
        (DayChange(new_id(), ChangeKind.ADD, None, week(60), NINE), "to_day"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_field(change: DayChange, field: str) -> None:
    one = series(DayChange(new_id(), ChangeKind.SKIP, week(1)))
    assert {found.field for found in rules.change_problems(one, change, today=TODAY)} == {field}


def test_the_same_day_at_another_hour_and_a_day_given_free_may_be_taken() -> None:
    one = series(DayChange(new_id(), ChangeKind.SKIP, week(1)))
    for change in (
        DayChange(new_id(), ChangeKind.MOVE, week(2), week(2), TEN),
        DayChange(new_id(), ChangeKind.MOVE, week(2), week(1), NINE),
        DayChange(new_id(), ChangeKind.ADD, None, week(1), NINE),
    ):
        assert rules.change_problems(one, change, today=TODAY) == []


def test_help_asked_for_once_has_no_rhythm() -> None:
    found = wishes.problems(wish(recurrence=Recurrence(2)), today=TODAY)
    assert {one.field for one in found} == {"rhythm"}
    weekly = wish(kind=Kind.WEEKLY, windows=(Window(480, 720, weekday=2),), recurrence=Recurrence(2))
    assert wishes.problems(weekly, today=TODAY) == []
