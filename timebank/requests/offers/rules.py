"""What an offer must be, and which requests it meets. Pure."""

from datetime import date, timedelta

from timebank.core.errors import N_, FieldError, Text
from timebank.requests.model import DAYS_AHEAD_MAX, Window, Wish
from timebank.requests.offers.model import Offer
from timebank.requests.recurrence.rules import WEEKDAYS


def problems(offer: Offer, *, today: date) -> list[FieldError]:
    """Everything wrong with an offer, named by field; empty if it may be written down."""
    found: list[FieldError] = []
    if not 0 <= offer.from_minute < offer.to_minute <= 1440:
        found.append(FieldError("until_time", Text(N_("结束时间要晚于开始时间"))))
    if offer.until_on < today:
        found.append(FieldError("until_on", Text(N_("截止日期已经过去了"))))
    if offer.until_on > today + timedelta(days=DAYS_AHEAD_MAX):
        found.append(FieldError("until_on", Text(N_("最多可以提前一年登记"))))
    return found


def meets(offer: Offer, wish: Wish) -> bool:
    """True if somebody who offered this would gladly take that request: the same help at a common time."""
    return offer.category == wish.category and any(
        _common(offer, window) >= wish.duration_minutes for window in wish.windows
    )


def _common(offer: Offer, window: Window) -> int:
    weekday = window.weekday if window.on_day is None else window.on_day.weekday()
    if offer.weekdays and weekday not in offer.weekdays:
        return 0
    if window.on_day is not None and window.on_day > offer.until_on:
        return 0
    return min(offer.to_minute, window.to_minute) - max(offer.from_minute, window.from_minute)


def times_text(offer: Offer) -> Text:
    """“周一、周三 08:00–12:00”, or “哪天都行 …”."""
    days: object = [Text(WEEKDAYS[day]) for day in offer.weekdays] or Text(N_("哪天都行"))
    hours = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in (offer.from_minute, offer.to_minute)]
    return Text(N_("{days} {begin}–{end}"), {"days": days, "begin": hours[0], "end": hours[1]})
