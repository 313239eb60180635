"""What a visit says in words, for templates."""

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Text, plain
from timebank.core.provenance import Provenance
from timebank.hours import rules as hours_rules
from timebank.hours.holds import rules as hold_rules
from timebank.hours.holds.model import Hold, HoldState
from timebank.people.model import CATEGORY_LABELS
from timebank.schemes.model import Payer
from timebank.schemes.rules import PAYERS
from timebank.visits import rules
from timebank.visits.model import NO_POLICY, PaidBy, Refusal, Side, Status, Waiting

SIDES: dict[Side, str] = {Side.HELPER: N_("服务者"), Side.RECIPIENT: N_("受助人")}
PROVENANCES: dict[Provenance, str] = {
    Provenance.APP: N_("本人在手机上"),
    Provenance.PHONE: N_("电话"),
    Provenance.PAPER: N_("签过字的纸单"),
    Provenance.DESK: N_("当面"),
    Provenance.SYSTEM: N_("系统"),
}
# How somebody's word may reach a desk, the most frequent first.
AT_DESK = (Provenance.PHONE, Provenance.PAPER, Provenance.DESK)
WAITING: dict[Waiting, str] = {
    Waiting.DISPUTED: N_("双方说法不一，等您定"),
    Waiting.REFUSED: N_("没有记上账，等您想办法"),
    Waiting.UNCONFIRMED: N_("等受助人确认，已超过三天"),
    Waiting.UNCLAIMED: N_("服务过了，还没登记时长"),
    Waiting.UNATTENDED: N_("到时没人签到"),
}
_NO_POLICY = N_("那一天这个项目还没有规则，记不了账。请先补上规则，再结算一次")


def status(value: Status) -> Text:
    """A status."""
    return rules.status_text(value)


def tag(value: Status) -> str:
    """The colour of a status."""
    return rules.STATUS_TAGS[value]


def category(code: str) -> Text:
    """A category of service; a code nobody knows is shown as it is."""
    return Text(CATEGORY_LABELS[code]) if code in CATEGORY_LABELS else plain(code)


def side(value: Side) -> Text:
    """One of the two sides."""
    return Text(SIDES[value])


def provenance(value: Provenance) -> Text:
    """How it reached us."""
    return Text(PROVENANCES[value])


def payer(value: PaidBy) -> Text:
    """Whose minutes a visit costs."""
    return Text(PAYERS[Payer(value)])


def waiting(value: Waiting) -> Text:
    """Why a visit waits for a desk."""
    return Text(WAITING[value])


def hold(value: Hold) -> Text:
    """What is set aside for a visit, and what has become of it."""
    known = {
        "minutes": Minutes(value.minutes),
        "used": Minutes(value.captured_minutes),
        "day": hold_rules.last_day(value),
    }
    match value.state:
        case HoldState.OPEN:
            return Text(N_("预留了 {minutes}，保留到 {day}"), known)
        case HoldState.CAPTURED if value.captured_minutes == value.minutes:
            return Text(N_("预留的 {minutes} 已用来记账"), known)
        case HoldState.CAPTURED:
            return Text(N_("预留的 {minutes}，记账用了 {used}，其余已释放"), known)
        case HoldState.VOIDED:
            return Text(N_("预留的 {minutes} 已释放"), known)
        case HoldState.EXPIRED:
            return Text(N_("预留的 {minutes} 只保留到 {day}，已到期释放；以后记账，从当时的余额里扣"), known)


def refusal(value: Refusal, name: Text) -> Text:
    """Why the ledger refused, and what can be done; `name` is whose account stood in the way."""
    if value.code == NO_POLICY:
        return Text(_NO_POLICY)
    return hours_rules.refusal_text(value.code, name=name, short_minutes=value.short_minutes)
