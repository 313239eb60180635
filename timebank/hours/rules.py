"""How minutes become wishes to the ledger, and how its answers read in words."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import ledger
from timebank.core import clock
from timebank.core.errors import N_, Text
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.hours.model import (
    COMMON_ACCOUNTS,
    MADE_GOOD,
    About,
    AccountKind,
    Answer,
    Kind,
    Posted,
    Recorded,
    Wish,
    common_account,
)
from timebank.hours.refusals import (
    AccountMoved,
    AlreadyReversed,
    AvailableShort,
    BooksDiffer,
    CeilingBreached,
    CorrectionStands,
    FloorBreached,
    GroupRefused,
    HoldGone,
    HoldLapsed,
    HoldTooSmall,
    IdReused,
    MonthClosed,
    MonthClosing,
    NoAccount,
    NothingToReverse,
    ReasonMissing,
    Refused,
    ReversalDiffers,
    SameAccount,
    WrongAmount,
)
from timebank.people.model import CATEGORY_LABELS
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import EarnedBy, HousePolicy, Payable, Payer

ACCOUNT_NAMES = {
    AccountKind.MEMBER: N_("会员"),
    AccountKind.POOL: N_("公益时间池"),
    AccountKind.GRANTS: N_("发放户"),
    AccountKind.OPENING: N_("期初户"),
}

# The limits of an account that takes and gives nothing.
AT_REST = (0, 0)

_REFUSALS: dict[ledger.Refusal, type[Refused]] = {
    ledger.Refusal.FLOOR_BREACHED: FloorBreached,
    ledger.Refusal.CEILING_BREACHED: CeilingBreached,
    ledger.Refusal.ACCOUNT_UNKNOWN: NoAccount,
    ledger.Refusal.ACCOUNT_CLOSED: NoAccount,
    ledger.Refusal.PERIOD_CLOSED: MonthClosed,
    ledger.Refusal.PERIOD_CLOSING: MonthClosing,
    ledger.Refusal.ALREADY_REVERSED: AlreadyReversed,
    ledger.Refusal.LINKED_REFUSED: GroupRefused,
    ledger.Refusal.AMOUNT_OUT_OF_RANGE: WrongAmount,
    ledger.Refusal.SAME_ACCOUNT: SameAccount,
    ledger.Refusal.FORCED_WITHOUT_REASON: ReasonMissing,
    ledger.Refusal.TRANSFER_UNKNOWN: NothingToReverse,
    ledger.Refusal.REVERSAL_OF_REVERSAL: CorrectionStands,
    ledger.Refusal.REVERSAL_UNMIRRORED: ReversalDiffers,
    ledger.Refusal.HOLD_UNKNOWN: HoldGone,
    ledger.Refusal.HOLD_ACCOUNT_MISMATCH: HoldGone,
    ledger.Refusal.HOLD_RESOLVED: HoldGone,
    ledger.Refusal.HOLD_EXPIRED: HoldLapsed,
    ledger.Refusal.HOLD_EXCEEDED: HoldTooSmall,
    ledger.Refusal.VERSION_MOVED: AccountMoved,
    ledger.Refusal.AVAILABLE_SHORT: AvailableShort,
    ledger.Refusal.CLEARING_UNMATCHED: BooksDiffer,
    ledger.Refusal.ID_REUSED: IdReused,
}
# By the code that is kept with a visit, to tell it again later.
_BY_CODE = {str(refusal): kind for refusal, kind in _REFUSALS.items()}


def limits_of(kind: AccountKind, house: HousePolicy) -> tuple[int | None, int | None]:
    """Floor and ceiling of an account. Grants and opening go below zero by what was given out."""
    match kind:
        case AccountKind.MEMBER:
            return house.floor_minutes, house.ceiling_minutes
        case AccountKind.POOL:
            return 0, None
        case AccountKind.GRANTS:
            return None, 0
        case AccountKind.OPENING:
            return None, None


def at_rest(account: ledger.Account) -> bool:
    """True for an account of somebody who is no member any more; a house policy has a ceiling above zero."""
    return (account.floor_minutes, account.ceiling_minutes) == AT_REST


def outside_by(balance: int, floor: int | None, ceiling: int | None) -> int:
    """How far a balance is outside of limits; 0 within."""
    below = 0 if floor is None else floor - balance
    above = 0 if ceiling is None else balance - ceiling
    return max(0, below, above)


def opening_id(community_id: UUID, member_id: UUID, taken_back: int) -> UUID:
    """The id of a member's opening balance, after so many were taken back: nobody can have two at a time."""
    return derived_id("opening", community_id, member_id, taken_back)


def payer_account(payer: Payer, *, community_id: UUID, recipient_id: UUID) -> UUID:
    """The account that is charged for a visit."""
    match payer:
        case Payer.RECIPIENT:
            return recipient_id
        case Payer.POOL:
            return common_account(AccountKind.POOL, community_id)
        case Payer.GRANTS:
            return common_account(AccountKind.GRANTS, community_id)


def earner_account(earned_by: EarnedBy, *, community_id: UUID, helper_id: UUID) -> UUID:
    """The account that gets what was earned."""
    return common_account(AccountKind.POOL, community_id) if earned_by is EarnedBy.POOL else helper_id


def wishes_of(
    payable: Payable,
    *,
    house: HousePolicy,
    community_id: UUID,
    helper_id: UUID,
    recipient_id: UUID,
    about: About,
    id_for: Callable[[str], UUID],
    room: int | None = None,
    group: int | None = None,
    by: UUID | None = None,
) -> list[Wish]:
    """The transfers that settle a visit: payer to who earns, and to the pool what is left over.

    What the helper's account has no `room` for goes into the pool where the house policy says so. `id_for`
    gives each its id, from "helper", "pool" and "overflow". Empty where the minutes round to nothing.
    """
    pool = common_account(AccountKind.POOL, community_id)
    payer = payer_account(payable.payer, community_id=community_id, recipient_id=recipient_id)
    earner = earner_account(payable.earned_by, community_id=community_id, helper_id=helper_id)
    kept, over = (payable.credited, 0)
    if earner == helper_id:
        kept, over = scheme_rules.split_at(house, payable.credited, room)
    if over:
        assert room is not None
        about = replace(about, basis={**about.basis, "room": max(0, room), "overflow": over})
    parts = (("helper", earner, kept), ("pool", pool, payable.to_pool), ("overflow", pool, over))
    return [
        Wish(
            id=id_for(slot),
            from_account=payer,
            to_account=to,
            minutes=minutes,
            about=replace(about, basis={**about.basis, "part": slot}),
            group=group,
            by=by,
        )
        for slot, to, minutes in parts
        # What the pool pays and would get again stays where it is.
        if minutes > 0 and to != payer
    ]


def digest(about: About) -> bytes:
    """SHA-256 of all that was written down about a transfer; the ledger keeps it as the evidence."""
    content = {
        "kind": about.kind,
        "subject_id": about.subject_id,
        "provenance": about.provenance,
        "served_on": about.served_on,
        "category": about.category,
        "helper_id": about.helper_id,
        "recipient_id": about.recipient_id,
        "house_version_id": about.house_version_id,
        "scheme_version_id": about.scheme_version_id,
        "entered_by": about.entered_by,
        "confirmed_by": about.confirmed_by,
        "basis": dict(about.basis),
    }
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(plain.encode()).digest()


def effective_on(now: datetime) -> date:
    """The day that a posting is effective on: its own, which lies in an open month whatever day it was served on.

    Late work keeps its true `served_on`. A month closes only when it is over, so that today's is open.
    """
    return clock.day_of(now)


def operation_of(wish: Wish, *, community_id: UUID, actor_id: UUID, effective_on: date) -> ledger.Operation:
    """A wish as the ledger's operation."""
    return ledger.Operation(
        id=wish.id,
        book_id=community_id,
        debit_id=wish.from_account,
        credit_id=wish.to_account,
        minutes=wish.minutes,
        kind=str(wish.about.kind),
        effective_on=effective_on,
        actor_id=wish.by or actor_id,
        served_on=wish.about.served_on,
        reverses=wish.reverses,
        captures=wish.captures,
        forced=wish.forced_reason is not None,
        reason=wish.forced_reason or wish.reason,
        evidence=digest(wish.about),
    )


def answer_of(outcome: ledger.Outcome) -> Answer:
    """The ledger's outcome as posted, or as the refusal it is."""
    if isinstance(outcome, ledger.Posted):
        return Posted(
            id=outcome.id,
            posted_at=outcome.posted_at,
            from_balance_minutes=outcome.debit_balance_minutes,
            to_balance_minutes=outcome.credit_balance_minutes,
        )
    if isinstance(outcome, ledger.Recorded):
        return Recorded(id=outcome.id)
    kind = _REFUSALS.get(outcome.refusal, Refused)
    return kind(
        id=outcome.id,
        code=str(outcome.refusal),
        account_id=outcome.account_id,
        short_minutes=outcome.short_minutes,
        because_id=outcome.because_id,
    )


def refusal_text(code: str, *, name: Text | str, short_minutes: int | None) -> Text:
    """Why the ledger refused, and what can be done, from what was kept of the refusal."""
    kind = _BY_CODE.get(code, Refused)
    return kind(id=UUID(int=0), code=code, short_minutes=short_minutes).text(name)


PROVENANCES = {
    Provenance.APP: N_("会员自己在手机上"),
    Provenance.PHONE: N_("电话"),
    Provenance.PAPER: N_("纸质回执单或签到表"),
    Provenance.DESK: N_("服务台"),
    Provenance.SYSTEM: N_("系统自动"),
}
Names = Callable[[UUID], Text]


def account_kind(account_id: UUID, community_id: UUID) -> AccountKind:
    """Whose account this is: a common one's id is derived from the community's."""
    common = {common_account(kind, community_id): kind for kind in COMMON_ACCOUNTS}
    return common.get(account_id, AccountKind.MEMBER)


def words_of(
    about: About | None, *, account_id: UUID, other_id: UUID, incoming: bool, community_id: UUID, name: Names
) -> Text:
    """One line of a passbook in plain words, as the account's holder would say it."""
    if about is None:
        return Text(N_("未注明"))
    other = {"other": name(other_id)}
    match about.kind:
        case Kind.OPENING:
            return Text(
                N_("原来存的时间") if incoming else N_("{other}原来存的时间"), {} if incoming else other
            )
        case Kind.GIFT:
            return Text(N_("收到{other}转赠") if incoming else N_("转赠给{other}"), other)
        case Kind.GRANT:
            return Text(N_("社区发放"), {}) if incoming else Text(N_("发放给{other}"), other)
        case Kind.MERGE:
            return Text(N_("{other}的记录并入") if incoming else N_("并入{other}的记录"), other)
        case Kind.BEQUEST if about.basis.get("part") == MADE_GOOD:
            return Text(N_("{other}补上欠的时间") if incoming else N_("补上{other}欠的时间"), other)
        case Kind.BEQUEST:
            return Text(N_("收到{other}身后留下的时间") if incoming else N_("身后留给{other}"), other)
        case Kind.CORRECTION:
            return _correction_words(about, account_id, other_id, incoming, community_id, name)
        case Kind.ACTIVITY:
            return _activity_words(about, account_id, name)
        case Kind.VISIT:
            return _visit_words(about, account_id, other_id, incoming, community_id, name)


def _correction_words(
    about: About, account_id: UUID, other_id: UUID, incoming: bool, community_id: UUID, name: Names
) -> Text:
    """更正, and what it corrects in the words that stood there."""
    corrects = str(about.basis.get("corrects", ""))
    if corrects not in set(Kind) - {Kind.CORRECTION}:
        return Text(N_("更正"))
    was = words_of(
        replace(about, kind=Kind(corrects)),
        account_id=account_id,
        other_id=other_id,
        incoming=not incoming,
        community_id=community_id,
        name=name,
    )
    return Text(N_("更正：{was}"), {"was": was})


def _activity_words(about: About, account_id: UUID, name: Names) -> Text:
    """What was served in an activity: its helper earns, the pool or the community pays."""
    what = {"what": category_name(about.category) or Text(N_("集体活动"))}
    if account_id == about.helper_id:
        return Text(N_("在活动中服务：{what}"), what)
    who = what | {"helper": name(about.helper_id) if about.helper_id else Text("—")}
    return Text(N_("{helper}在活动中服务：{what}"), who)


def _visit_words(
    about: About, account_id: UUID, other_id: UUID, incoming: bool, community_id: UUID, name: Names
) -> Text:
    known = {
        "category": category_name(about.category) or Text(N_("服务")),
        "helper": name(about.helper_id) if about.helper_id else name(other_id),
        "recipient": name(about.recipient_id) if about.recipient_id else name(other_id),
    }
    pool = common_account(AccountKind.POOL, community_id)
    if pool in (account_id, other_id) and about.basis.get("part") == "overflow":
        return Text(N_("{helper}帮助{recipient}：{category}，超出存储上限的部分"), known)
    if pool in (account_id, other_id) and about.basis.get("earned_by") == EarnedBy.POOL:
        return Text(N_("{helper}帮助{recipient}：{category}，归公益时间池"), known)
    if other_id == pool and not incoming and account_id != about.helper_id:
        return Text(N_("{category}的零头，捐给公益时间池"), known)
    if account_id == about.helper_id and incoming:
        return Text(N_("帮助{recipient}：{category}"), known)
    if account_id == about.recipient_id and not incoming:
        return Text(N_("{helper}来帮忙：{category}"), known)
    if account_id == pool and incoming:
        return Text(N_("{helper}帮助{recipient}：{category}的零头"), known)
    return Text(N_("{helper}帮助{recipient}：{category}"), known)


def category_name(category: str | None) -> Text | None:
    """A kind of service in words; a code that is not known is shown as it is."""
    if category is None:
        return None
    label = CATEGORY_LABELS.get(category)
    return Text(label) if label else Text("{code}", {"code": category})
