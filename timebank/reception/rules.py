"""When a place is open, and what may happen to somebody who came. Pure."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from timebank.core import clock
from timebank.core.errors import N_, FieldError, Text
from timebank.reception.model import HOURS_MAX, MOVES, About, Move, Opening, Place, Standing

ABOUTS = {
    About.ASK: N_("请人帮忙"),
    About.HOURS: N_("查时间、登记时长"),
    About.CARD: N_("办卡、换卡"),
    About.JOIN: N_("入会"),
    About.OTHER: N_("别的事"),
}
STANDINGS = {
    Standing.WAITING: N_("在等"),
    Standing.CALLED: N_("正在办"),
    Standing.SERVED: N_("办好了"),
    Standing.LEFT: N_("走了"),
}
WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))


def moved(standing: Standing, move: Move) -> Standing | None:
    """Where a move leads; None where it cannot be made from there."""
    before, after = MOVES[move]
    return after if standing in before else None


def problems(name: str, address: str, hours: Sequence[Opening]) -> list[FieldError]:
    """Everything wrong with a place, named by field; empty if it may be written down."""
    found = []
    if not 1 <= len(name.strip()) <= 60:
        found.append(FieldError("name", Text(N_("名称要有 1 到 60 个字"))))
    if len(address) > 200:
        found.append(FieldError("address", Text(N_("地址最多 200 个字"))))
    if len(hours) > HOURS_MAX:
        found.append(FieldError("hours", Text(N_("开放时间最多 {most} 段"), {"most": HOURS_MAX})))
    if any(not (0 <= one.weekday <= 6 and 0 <= one.from_minute < one.to_minute <= 1440) for one in hours):
        found.append(FieldError("hours", Text(N_("结束时间要晚于开始时间"))))
    elif any(a.weekday == b.weekday and b.from_minute < a.to_minute for a, b in pairwise(sorted(hours))):
        found.append(FieldError("hours", Text(N_("同一天的两段时间重叠了"))))
    return found


def is_open(place: Place, at: datetime) -> bool:
    """True if one could go there now."""
    local = at.astimezone(clock.zone())
    if place.closed_on is not None and place.closed_on <= local.date():
        return False
    minute = local.hour * 60 + local.minute
    return any(
        one.weekday == local.weekday() and one.from_minute <= minute < one.to_minute for one in place.hours
    )


def next_opening(place: Place, at: datetime) -> Opening | None:
    """The next time that it opens within a week, after `at`; None if it never does."""
    local = at.astimezone(clock.zone())
    minute = local.hour * 60 + local.minute
    coming = sorted(
        ((one.weekday - local.weekday()) % 7 + (7 if _passed(one, local.weekday(), minute) else 0), one)
        for one in place.hours
    )
    return coming[0][1] if coming else None


def _passed(one: Opening, weekday: int, minute: int) -> bool:
    return one.weekday == weekday and one.from_minute <= minute


def hours_text(one: Opening) -> Text:
    """“周三 09:00–11:30”."""
    clocks = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in (one.from_minute, one.to_minute)]
    day = Text(WEEKDAYS[one.weekday])
    return Text(N_("{day} {begin}–{end}"), {"day": day, "begin": clocks[0], "end": clocks[1]})
