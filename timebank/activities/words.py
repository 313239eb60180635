"""What an activity says in words, for templates and files."""

from timebank.activities import rules
from timebank.activities.model import (
    ActivityKind,
    ActivityView,
    Part,
    Participation,
    Standing,
    Status,
    Taking,
)
from timebank.core.errors import N_, Text, plain
from timebank.hours.model import AccountKind
from timebank.hours.rules import ACCOUNT_NAMES, PROVENANCES
from timebank.visits import words as visit_words

COLUMNS = (
    N_("日期"),
    N_("时间"),
    N_("种类"),
    N_("名称"),
    N_("地点"),
    N_("名额"),
    N_("已报名"),
    N_("候补"),
    N_("状态"),
    N_("参加者"),
    N_("其中现场来的"),
    N_("主讲和帮手"),
    N_("没有账户的来客"),
    N_("共到场"),
    N_("经过"),
    N_("做得好的"),
)


def kind(value: ActivityKind) -> Text:
    """A talk or an event."""
    return Text(rules.KIND_TEXTS[value])


def status(value: Status) -> Text:
    """Where it stands."""
    return Text(rules.STATUS_TEXTS[value])


def tag(value: Status) -> str:
    """How that is marked."""
    return rules.STATUS_TAGS.get(value, "")


def part(value: Part) -> Text:
    """In which part somebody takes part."""
    return Text(rules.PART_TEXTS[value])


def standing(value: Standing) -> Text:
    """How somebody stands to it."""
    return Text(rules.STANDING_TEXTS[value])


def heard(one: Participation) -> Text:
    """How it came."""
    return Text(PROVENANCES[one.provenance])


def earners(view: ActivityView) -> Text:
    """Who earns."""
    return Text(rules.EARNER_TEXTS[view.plan.earners])


def refusal(taking: Taking) -> Text:
    """Why what they served is not posted; the pool stands in the way, unless it is their own account."""
    found = taking.participation.refusal
    assert found is not None
    pool = Text(ACCOUNT_NAMES[AccountKind.POOL])
    own = found.account_id in (None, taking.member.id)
    return visit_words.refusal(found, plain(taking.member.name) if own else pool)


def hours(view: ActivityView) -> str:
    """09:00–11:30."""
    return rules.hours_text(view.plan)


def cells(view: ActivityView, kind_word: str, status_word: str) -> list[object]:
    """A row of `COLUMNS`; what is only known afterwards is empty before."""
    plan, heads, held = view.plan, view.heads, view.status is Status.HELD
    counted = (heads.participants, heads.walked_in, heads.staffing, heads.guests, heads.total)
    return [
        plan.held_on,
        rules.hours_text(plan),
        kind_word,
        plan.title,
        plan.place,
        plan.seats,
        view.seats_taken,
        view.waiting,
        status_word,
        *(count if held else "" for count in counted),
        (view.report and view.report.notes) or "",
        (view.report and view.report.went_well) or "",
    ]
