"""The reader's language: Chinese is the text in the code, English stands in each room's `en.po`."""

import gettext
import io
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from timebank.core import clock
from timebank.core.amounts import Minutes
from timebank.core.errors import Text

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """The translations of one language: all rooms' `en.po` in one, made at first use."""
    if language == "zh":
        return gettext.NullTranslations()
    merged = gettext.NullTranslations()
    for room in sorted(files("timebank").iterdir(), key=lambda place: place.name):
        source = room / f"{language}.po"
        if source.is_file():
            compiled = io.BytesIO()
            write_mo(compiled, read_po(io.BytesIO(source.read_bytes())))
            compiled.seek(0)
            part = gettext.GNUTranslations(compiled)
            part.add_fallback(merged)
            merged = part
    return merged


def translate(message: str, language: Language) -> str:
    """`message` (Chinese) in the reader's language; itself where nobody translated it."""
    return catalogue(language).gettext(message) if message else ""


def say(text: Text, language: Language) -> str:
    """A text with its values, each shown as its kind is."""
    values = {name: show(value, language) for name, value in text.values.items()}
    return translate(text.message, language).format(**values)


def show(value: object, language: Language) -> str:
    """One value as the reader writes it: a text, an amount of minutes, a day, an instant."""
    match value:
        case Text():
            return say(value, language)
        case Minutes():
            return minutes(value, language)
        case datetime():
            return instant(value, language)
        case date():
            return day(value, language)
        case list() | tuple():
            return ("、" if language == "zh" else ", ").join(show(part, language) for part in value)
        case _:
            return str(value)


def minutes(amount: int, language: Language) -> str:
    """36 小时 30 分, or 36 h 30 min; a minus before what is owed."""
    hours, rest = divmod(abs(amount), 60)
    sign = "−" if amount < 0 else ""
    hour, minute = ("小时", "分") if language == "zh" else ("h", "min")
    if hours and rest:
        return f"{sign}{hours} {hour} {rest} {minute}"
    return f"{sign}{hours} {hour}" if hours else f"{sign}{rest} {minute}"


def clock_minutes(amount: int) -> str:
    """1 184:30, as a bookkeeper's column has it: thin spaces between thousands, a true minus."""
    hours, rest = divmod(abs(amount), 60)
    return f"{'−' if amount < 0 else ''}{hours:,}:{rest:02d}".replace(",", "\u2009")


def day(value: date, language: Language) -> str:
    """2026 年 11 月 22 日 周日, or Sun 22 Nov 2026."""
    name = _WEEKDAYS[language][value.weekday()]
    if language == "zh":
        return f"{value.year} 年 {value.month} 月 {value.day} 日 {name}"
    return f"{name} {value.day} {value:%b %Y}"


def instant(value: datetime, language: Language) -> str:
    """A day and a time of day where the time bank is."""
    local = value.astimezone(clock.zone())
    return f"{day(local.date(), language)} {local:%H:%M}"


def time_of_day(value: datetime) -> str:
    """14:30, where the time bank is."""
    return f"{value.astimezone(clock.zone()):%H:%M}"


def weekday(value: date, language: Language) -> str:
    """周三, or Wed."""
    return _WEEKDAYS[language][value.weekday()]
