"""How minutes become wishes to the ledger, and how its answers read in words."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from uuid import UUID

import ledger
from timebank.core.errors import N_, Text
from timebank.hours.model import (
    About,
    AccountKind,
    AlreadyReversed,
    Answer,
    CeilingBreached,
    FloorBreached,
    GroupRefused,
    Kind,
    NoAccount,
    Posted,
    Refused,
    Wish,
    common_account,
)
from timebank.schemes.model import HousePolicy, Payable, Payer

ACCOUNT_NAMES = {
    AccountKind.MEMBER: N_("会员"),
    AccountKind.POOL: N_("公益时间池"),
    AccountKind.GRANTS: N_("发放户"),
    AccountKind.OPENING: N_("期初户"),
}

_REFUSALS: dict[ledger.Refusal, type[Refused]] = {
    ledger.Refusal.FLOOR_BREACHED: FloorBreached,
    ledger.Refusal.CEILING_BREACHED: CeilingBreached,
    ledger.Refusal.ACCOUNT_UNKNOWN: NoAccount,
    ledger.Refusal.ACCOUNT_CLOSED: NoAccount,
    ledger.Refusal.ALREADY_REVERSED: AlreadyReversed,
    ledger.Refusal.LINKED_REFUSED: GroupRefused,
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


def wishes_of(
    payable: Payable,
    *,
    community_id: UUID,
    helper_id: UUID,
    recipient_id: UUID,
    about: About,
    id_for: Callable[[str], UUID],
    group: int | None = None,
) -> list[Wish]:
    """The transfers that settle a visit: payer to helper, and payer to the pool what is left over.

    `id_for` gives each its id, from "helper" and "pool". Empty where the minutes round to nothing.
    """
    pool = common_account(AccountKind.POOL, community_id)
    payer = {
        Payer.RECIPIENT: recipient_id,
        Payer.POOL: pool,
        Payer.GRANTS: common_account(AccountKind.GRANTS, community_id),
    }[payable.payer]
    parts = (("helper", helper_id, payable.credited), ("pool", pool, payable.to_pool))
    return [
        Wish(id=id_for(slot), from_account=payer, to_account=to, minutes=minutes, about=about, group=group)
        for slot, to, minutes in parts
        if minutes > 0
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
        actor_id=actor_id,
        served_on=wish.about.served_on,
        reverses=wish.reverses,
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
    kind = _REFUSALS.get(outcome.refusal, Refused)
    return kind(
        id=outcome.id,
        code=str(outcome.refusal),
        account_id=outcome.account_id,
        short_minutes=outcome.short_minutes,
        because_id=outcome.because_id,
    )


def refusal_text(code: str, *, name: str, short_minutes: int | None) -> Text:
    """Why the ledger refused, and what can be done, from what was kept of the refusal."""
    kind = _BY_CODE.get(code, Refused)
    return kind(id=UUID(int=0), code=code, short_minutes=short_minutes).text(name)


def words_of(about: About | None, *, incoming: bool, other: Text, category: Text | None) -> Text:
    """One line of a passbook in plain words, as the account's holder would say it."""
    if about is None:
        return Text(N_("未注明"))
    match about.kind:
        case Kind.OPENING:
            return Text(N_("原来存的时间"))
        case Kind.CORRECTION:
            return Text(N_("更正"))
        case Kind.GIFT:
            return Text(N_("收到{other}转赠") if incoming else N_("转赠给{other}"), {"other": other})
        case Kind.GRANT:
            return Text(N_("社区发放") if incoming else N_("发放给{other}"), {"other": other})
        case Kind.VISIT:
            values = {"other": other, "category": category or Text(N_("服务"))}
            return Text(
                N_("帮助{other}：{category}") if incoming else N_("{other}来帮忙：{category}"), values
            )
