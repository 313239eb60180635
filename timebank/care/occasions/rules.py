"""Whose day falls when. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from uuid import UUID

from timebank.care.lunar import lunar_of, on_lunar_day
from timebank.care.occasions.model import (
    DAYS_BACK_MAX,
    FROM_AGE,
    Choice,
    Day,
    Greeting,
    GreetingView,
    Inclusion,
    Occasion,
    Reckoning,
)
from timebank.core.errors import N_, FieldError, Text
from timebank.people.model import Brief

OCCASION_TEXTS = {
    Occasion.SPRING_FESTIVAL: N_("春节"),
    Occasion.DOUBLE_NINTH: N_("重阳"),
    Occasion.BIRTHDAY: N_("生日"),
}
INCLUSION_TEXTS = {
    Inclusion.AUTO: N_("按年龄和困难等级"),
    Inclusion.ALWAYS: N_("一定要"),
    Inclusion.NEVER: N_("不要"),
}
RECKONING_TEXTS = {Reckoning.LUNAR: N_("过农历生日"), Reckoning.SOLAR: N_("过公历生日")}
_FESTIVALS = {Occasion.SPRING_FESTIVAL: (1, 1), Occasion.DOUBLE_NINTH: (9, 9)}
_LEAP_DAY = (2, 29)
Done = Mapping[tuple[UUID, Occasion, date], GreetingView]


def greeting_not_ahead(done_on: date, noted_on: date) -> bool:
    """What is noted has been done."""
    return done_on <= noted_on


def problems(greeting: Greeting, member: Brief, choice: Choice, *, today: date) -> list[FieldError]:
    """Everything wrong with a greeting, by field."""
    found = []
    if not greeting_not_ahead(greeting.done_on, today):
        found.append(FieldError("done_on", Text(N_("还没到那天；做过了再记"))))
    if greeting.done_on < today - timedelta(days=DAYS_BACK_MAX):
        found.append(FieldError("done_on", Text(N_("最多可以补记一年以内的慰问"))))
    day = greeting.for_on
    if not any(one.occasion is greeting.occasion for one in days_of(member, choice, day, day)):
        found.append(
            FieldError("for_on", Text(N_("这一天不是{name}的日子；请看日历"), {"name": member.name}))
        )
    return found


def is_included(member: Brief, choice: Choice, day: date) -> bool:
    """True if somebody stands on the calendar on a day."""
    if choice.inclusion is not Inclusion.AUTO:
        return choice.inclusion is Inclusion.ALWAYS
    age = member.age(day)
    return member.hardship_tier > 0 or (age is not None and age >= FROM_AGE)


def days_of(member: Brief, choice: Choice, from_on: date, until_on: date) -> Iterator[Day]:
    """Everything that is somebody's day between two days, both included."""
    for year in range(from_on.year - 1, until_on.year + 1):
        found: list[tuple[Occasion, date | None, int | None]] = [
            (occasion, on_lunar_day(year, *day), None) for occasion, day in _FESTIVALS.items()
        ]
        found.append((Occasion.BIRTHDAY, *_birthday(member.birth_on, choice.birthday_by, year)))
        for occasion, on, age in found:
            if on is not None and from_on <= on <= until_on:
                yield Day(member=member, occasion=occasion, on=on, age=age)


def _birthday(birth_on: date | None, by: Reckoning, year: int) -> tuple[date | None, int | None]:
    """The birthday in a year of that calendar, and which it is; of a leap month in the month of its number."""
    born = lunar_of(birth_on) if birth_on and by is Reckoning.LUNAR else birth_on
    if born is None or year <= born.year:
        return None, None
    age = year - born.year
    if by is Reckoning.LUNAR:
        return on_lunar_day(year, born.month, born.day), age
    if (born.month, born.day) == _LEAP_DAY:
        return date(year, 3, 1) - timedelta(days=1), age
    return date(year, born.month, born.day), age


def calendar(
    members: Iterable[Brief], choices: Mapping[UUID, Choice], done: Done, from_on: date, until_on: date
) -> list[Day]:
    """Whose day it is between two days, both included, by day and number; with what was done for it."""
    found = []
    for member in members:
        choice = choices.get(member.id, Choice())
        if is_included(member, choice, until_on):
            found += [with_done(day, done) for day in days_of(member, choice, from_on, until_on)]
    return sorted(found, key=lambda day: (day.on, day.occasion, day.member.number))


def with_done(day: Day, done: Done) -> Day:
    """The same day with what was done for it."""
    told = done.get((day.member.id, day.occasion, day.on))
    return Day(member=day.member, occasion=day.occasion, on=day.on, age=day.age, done=told)
