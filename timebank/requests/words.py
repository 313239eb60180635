"""What a request says in words, for templates."""

from timebank.core.errors import N_, Text
from timebank.core.provenance import Provenance
from timebank.people.model import CATEGORY_LABELS, DIALECT_LABELS, SKILL_LABELS
from timebank.requests import rules
from timebank.requests.holidays.model import Holiday
from timebank.requests.holidays.rules import KIND_TEXTS, name_text
from timebank.requests.model import Kind, RequestView, Status, Window, Wish
from timebank.requests.recurrence.model import Turn, TurnState
from timebank.requests.recurrence.rules import ON_HOLIDAYS_TEXTS

# What the member reads: what happens next, not the office's word for it.
MINE: dict[Status, str] = {
    Status.SUBMITTED: N_("社区正在看"),
    Status.PUBLISHED: N_("正在找人"),
    Status.MATCHED: N_("找到人了"),
    Status.DONE: N_("已完成"),
    Status.WITHDRAWN: N_("已撤回"),
    Status.EXPIRED: N_("已过期"),
    Status.REJECTED: N_("没有通过"),
}


def category(code: str) -> Text:
    """A category of service."""
    return Text(CATEGORY_LABELS.get(code, code))


def skill(code: str) -> Text:
    """A skill."""
    return Text(SKILL_LABELS.get(code, code))


def dialect(code: str) -> Text:
    """A dialect."""
    return Text(DIALECT_LABELS.get(code, code))


def circumstances(wish: Wish) -> list[Text]:
    """What a helper is told before they answer."""
    return rules.circumstances_text(wish)


def status(value: Status) -> Text:
    """A status, as a desk says it."""
    return rules.status_text(value)


def mine(value: Status) -> Text:
    """A status, as the member reads it."""
    return Text(MINE[value])


def kind(value: Kind) -> Text:
    """Once or weekly."""
    return Text(rules.KIND_TEXTS[value])


def on_holidays(wish: Wish) -> Text:
    """What happens on a day off."""
    return Text(ON_HOLIDAYS_TEXTS[wish.on_holidays])


def holiday(value: Holiday) -> Text:
    """A day off, or a workday made up for one: 放假（春节）."""
    return Text(N_("{kind}（{name}）"), {"kind": Text(KIND_TEXTS[value.kind]), "name": name_text(value)})


def priority(value: int) -> Text:
    """How urgent."""
    return Text(rules.PRIORITY_TEXTS[value])


def provenance(value: Provenance) -> Text:
    """How it reached us."""
    return Text(rules.PROVENANCE_TEXTS[value])


def window(value: Window, wish: Wish) -> Text:
    """When it suits."""
    return rules.window_text(value, wish.recurrence)


def why(view: RequestView) -> list[Text]:
    """Why nobody came in the last round, the most frequent reason first."""
    return rules.reasons_counted(view.last_why)


TURNS: dict[TurnState, str] = {
    TurnState.COMES: N_("会来"),
    TurnState.MOVED_HERE: N_("从 {day} 改来"),
    TurnState.ADDED: N_("加的一次"),
    TurnState.SKIPPED: N_("这一次不来"),
    TurnState.MOVED_AWAY: N_("改到 {day}"),
    TurnState.HOLIDAY: N_("放假停一次"),
}


def turn(value: Turn) -> Text:
    """Whether a turn comes, and why not."""
    return Text(TURNS[value.state], {"day": value.other_day})


def clock_of(minute: int) -> str:
    """A minute of the day as 09:05."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
