"""What a request must be, decided without looking anything up."""

from collections.abc import Mapping
from datetime import date, timedelta

from timebank.core.errors import N_, FieldError, Text
from timebank.core.provenance import Provenance
from timebank.people.model import ABSENCE_LABELS, AVOID_LABELS, NEED_LABELS, SKILL_LABELS, TRAINING_LABELS
from timebank.people.model import Status as MemberStatus
from timebank.requests.model import (
    DAYS_AHEAD_MAX,
    HELPERS_MAX,
    PREFERRED_MAX,
    WINDOWS_MAX,
    Kind,
    Status,
    Window,
    Wish,
)
from timebank.requests.recurrence.model import EVERY_WEEK, Recurrence
from timebank.requests.recurrence.rules import WEEKDAYS, recurrence_text

STATUS_TEXTS: dict[Status, str] = {
    Status.SUBMITTED: N_("待审核"),
    Status.PUBLISHED: N_("待派单"),
    Status.MATCHED: N_("已派单"),
    Status.DONE: N_("已完成"),
    Status.WITHDRAWN: N_("已撤回"),
    Status.EXPIRED: N_("已过期"),
    Status.REJECTED: N_("未通过"),
}

KIND_TEXTS: dict[Kind, str] = {Kind.ONCE: N_("一次"), Kind.WEEKLY: N_("每周")}
PROVENANCE_TEXTS: dict[Provenance, str] = {
    Provenance.APP: N_("会员自己登记"),
    Provenance.PHONE: N_("电话"),
    Provenance.PAPER: N_("纸质"),
    Provenance.DESK: N_("到社区登记"),
    Provenance.SYSTEM: N_("系统"),
}
AT_DESK = (Provenance.PHONE, Provenance.DESK, Provenance.PAPER)
PRIORITY_TEXTS: dict[int, str] = {0: N_("一般"), 1: N_("优先"), 2: N_("很急"), 3: N_("最优先")}
WEEKDAY_TEXTS = (
    N_("每周一"),
    N_("每周二"),
    N_("每周三"),
    N_("每周四"),
    N_("每周五"),
    N_("每周六"),
    N_("每周日"),
)

# Many people, as in “140 人没有登记轮椅”. What stands after the colon of a key fills {what}.
WHY_TEXTS = {
    "status": N_("{helpers} 人不在册"),
    "self": N_("{helpers} 人是受助人自己"),
    "consent": N_("{helpers} 人没有签同意书"),
    "skill": N_("{helpers} 人没有登记“{what}”"),
    "training": N_("{helpers} 人没有“{what}”的培训"),
    "age": N_("{helpers} 人年龄不合，或没有登记生日"),
    "gender": N_("{helpers} 人性别不合要求"),
    "dialect": N_("{helpers} 人不说要求的方言"),
    "do_not_pair": N_("{helpers} 人登记了不宜结对"),
    "forbidden": N_("{helpers} 人被排除"),
    "declined": N_("{helpers} 人最近推辞过"),
    "distance": N_("{helpers} 人住得太远"),
    "absent": N_("{helpers} 人{what}"),
    "window": N_("{helpers} 人{what}没空"),
    "booked": N_("{helpers} 人那时已有服务"),
    "week_full": N_("{helpers} 人这一周已排满"),
    "circumstance": N_("{helpers} 人登记了“{what}”"),
    "exchange": N_("{helpers} 人想得到的帮助对方给不了"),
    "branch": N_("{helpers} 人不是指定小组的成员"),
}
_UNSAID = {
    "skill": N_("所需技能"),
    "training": N_("规定"),
    "absent": N_("外出"),
    "window": N_("那些时间"),
    "circumstance": N_("不便"),
}


def window_text(window: Window, recurrence: Recurrence = EVERY_WEEK) -> Text:
    """A window in words: 每周三 08:00–12:00."""
    day = window.on_day if window.weekday is None else recurrence_text(recurrence, window.weekday)
    hours = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in (window.from_minute, window.to_minute)]
    return Text(N_("{day} {begin}–{end}"), {"day": day, "begin": hours[0], "end": hours[1]})


def circumstances_text(wish: Wish) -> list[Text]:
    """What a helper is told before they answer."""
    return [Text(NEED_LABELS.get(code, code)) for code in wish.circumstances]


def status_text(status: Status) -> Text:
    """A status in words."""
    return Text(STATUS_TEXTS[status])


def gives_problems(wish: Wish, status: MemberStatus) -> list[FieldError]:
    """Who is only helped gives no help in return."""
    if not wish.gives or status is not MemberStatus.SERVED:
        return []
    return [FieldError("gives", Text(N_("受助对象不是会员，不能用帮忙回报；请去掉这一项，或先办理入会")))]


def problems(wish: Wish, *, today: date) -> list[FieldError]:
    """Everything wrong with a wish, named by field; empty if it may be written down."""
    found: list[FieldError] = []

    def wrong(field: str, message: str, **values: object) -> None:
        found.append(FieldError(field, Text(message, values)))

    if not 1 <= wish.duration_minutes <= 1440:
        wrong("duration_minutes", N_("时长要在 1 分钟到 24 小时之间"))
    if wish.expires_on < wish.starts_on:
        wrong("expires_on", N_("截止日期不能早于开始日期"))
    if wish.expires_on < today:
        wrong("expires_on", N_("截止日期已经过去了"))
    if wish.expires_on > today + timedelta(days=DAYS_AHEAD_MAX):
        wrong("expires_on", N_("最多可以提前一年登记"))
    if wish.kind is Kind.ONCE and wish.recurrence != EVERY_WEEK:
        wrong("rhythm", N_("只要一次的服务不分几周；请选“每周”"))
    if not 1 <= wish.helpers <= HELPERS_MAX:
        wrong("helpers", N_("一条需求最多请 {most} 个人"), most=HELPERS_MAX)
    if wish.helpers > 1 and wish.kind is not Kind.ONCE:
        wrong("helpers", N_("几个人一起来，只能是一次；每周的请分成几条"))
    if len(set(wish.prefers)) < len(wish.prefers):
        wrong("prefers", N_("同一个人不能写两次"))
    if len(wish.prefers) > PREFERRED_MAX:
        wrong("prefers", N_("最多写 {most} 个人"), most=PREFERRED_MAX)
    if not wish.windows:
        wrong("windows", N_("请至少选一个方便的时间"))
    if len(wish.windows) > WINDOWS_MAX:
        wrong("windows", N_("方便的时间最多选 {most} 个"), most=WINDOWS_MAX)
    for row, window in enumerate(wish.windows, 1):
        if not 0 <= window.from_minute < window.to_minute <= 1440:
            found.append(FieldError("windows", Text(N_("结束时间要晚于开始时间")), row))
        elif window.to_minute - window.from_minute < wish.duration_minutes:
            found.append(FieldError("windows", Text(N_("这段时间比需要的时长短")), row))
        if (window.on_day is None) == (window.weekday is None):
            found.append(FieldError("windows", Text(N_("请选日期，或选每周几")), row))
        elif wish.kind is Kind.WEEKLY and window.weekday is None:
            found.append(FieldError("windows", Text(N_("每周的服务请选周几")), row))
        elif window.on_day is not None and not wish.starts_on <= window.on_day <= wish.expires_on:
            found.append(FieldError("windows", Text(N_("日期要在开始和截止日期之间")), row))
    return found


def same_days(one: Wish, other: Wish) -> bool:
    """True if both wishes can fall on the same day."""
    return any(_meet(one, a, other, b) for a in one.windows for b in other.windows)


def _meet(one: Wish, window: Window, other: Wish, second: Window) -> bool:
    if window.on_day is not None:
        return _falls_on(other, second, window.on_day)
    if second.on_day is not None:
        return _falls_on(one, window, second.on_day)
    together = max(one.starts_on, other.starts_on) <= min(_last_day(one), _last_day(other))
    return window.weekday == second.weekday and together


def _falls_on(wish: Wish, window: Window, day: date) -> bool:
    if window.on_day is not None:
        return window.on_day == day
    return window.weekday == day.weekday() and wish.starts_on <= day <= _last_day(wish)


def _last_day(wish: Wish) -> date:
    # What comes every week goes on after its request has found somebody.
    return date.max if wish.kind is Kind.WEEKLY else wish.expires_on


def reasons_counted(counts: Mapping[str, int]) -> list[Text]:
    """Why nobody came, the most frequent reason first: how many helpers fell to which.

    A key is a reason, some with what is meant: `skill:wheelchair`, `window:2` (a Wednesday), `absent:sea`.
    """
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        Text(WHY_TEXTS[key.partition(":")[0]], {"helpers": n, "what": reason_detail(key)})
        for key, n in ranked
    ]


def reason_detail(key: str) -> Text:
    """What stands after the colon of a reason: a skill, a weekday, a kind of absence."""
    name, _, code = key.partition(":")
    if not code:
        return Text(_UNSAID.get(name, ""))
    if name == "window":
        return Text(WEEKDAYS[int(code)])
    labels = {
        "skill": SKILL_LABELS,
        "training": TRAINING_LABELS,
        "absent": ABSENCE_LABELS,
        "circumstance": AVOID_LABELS,
    }[name]
    return Text(labels.get(code, code))
