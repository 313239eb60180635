"""The refusals that can be decided without the database, under the names that it knows them by."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from ledger.model import (
    MINUTES_MAX,
    Account,
    Act,
    Hold,
    NewHold,
    Operation,
    Period,
    PeriodState,
    Refusal,
    Transfer,
    Void,
)


def amount_out_of_range(operation: Operation | NewHold) -> bool:
    """A transfer moves 1 to 10,000,000 minutes, and a hold reserves as many."""
    return not 1 <= operation.minutes <= MINUTES_MAX


def same_account(operation: Operation | NewHold) -> bool:
    """A transfer has two ends."""
    return operation.debit_id == operation.credit_id


def account_closed(account: Account) -> bool:
    """Nothing is posted to a closed account."""
    return account.closed_at is not None


def forced_without_reason(operation: Operation) -> bool:
    """Only a reversal may be forced, and only with a reason."""
    return operation.forced and (operation.reverses is None or operation.reason is None)


def month_of(day: date) -> date:
    """The month that a day lies in, by its first day."""
    return day.replace(day=1)


def month_after(month: date) -> date:
    """The month that follows."""
    return month_of(month + timedelta(days=31))


def state_of(month: date, last: Period | None) -> PeriodState:
    """How far a month is, going by the last period of its book: months close one after the other."""
    if last is None or month > last.month:
        return PeriodState.OPEN
    return PeriodState.CLOSED if month < last.month else last.state


def period_closed(operation: Operation, last: Period | None) -> bool:
    """Nothing is posted into a closed month."""
    return state_of(month_of(operation.effective_on), last) is PeriodState.CLOSED


def period_closing(operation: Operation, last: Period | None) -> bool:
    """Nothing but an approved correction is posted into a closing month."""
    return state_of(month_of(operation.effective_on), last) is PeriodState.CLOSING


def period_reopened(month: date, last: Period | None) -> bool:
    """A closed month stays closed."""
    return state_of(month, last) is PeriodState.CLOSED


def period_skipped(month: date, last: Period | None, *, first_on: date | None) -> bool:
    """A month closes when the one before it is closed; the first one if nothing is effective before it.

    `first_on` is the earliest effective date in the book.
    """
    if last is None:
        return first_on is not None and first_on < month
    return last.state is not PeriodState.CLOSED or month != month_after(last.month)


def period_unfinished(month: date, today: date) -> bool:
    """A month that is not over can't be closed."""
    return month_after(month) > today


def approved_by_oneself(entered_by: UUID, approved_by: UUID) -> bool:
    """A correction into a closing month takes two people."""
    return entered_by == approved_by


def reversal_of_reversal(original: Transfer) -> bool:
    """A reversal stands; what it took back is posted anew instead."""
    return original.reverses is not None


def already_reversed(original: Transfer) -> bool:
    """A transfer is reversed once."""
    return original.reversed_by is not None


def reversal_unmirrored(operation: Operation, original: Transfer) -> bool:
    """A reversal takes back exactly what was moved, from whom it was moved to."""
    return (operation.debit_id, operation.credit_id, operation.minutes) != (
        original.credit_id,
        original.debit_id,
        original.minutes,
    )


def short_of_floor_minutes(debit: Account, minutes: int) -> int:
    """How far below its floor the account would stand after giving `minutes`; 0 if it may."""
    if debit.floor_minutes is None:
        return 0
    return max(0, debit.floor_minutes - (debit.available_minutes - minutes))


def floor_breached(operation: Operation | NewHold, debit: Account) -> bool:
    """Nothing is spent or held below the floor, however far below it the account stood before.

    What is captured was promised, and leaves no less available than before.
    """
    if isinstance(operation, Operation) and (operation.forced or operation.captures is not None):
        return False
    return short_of_floor_minutes(debit, operation.minutes) > 0


def over_ceiling_minutes(credit: Account, minutes: int) -> int:
    """How far above its ceiling the account would stand after getting `minutes`; 0 if it may."""
    if credit.ceiling_minutes is None:
        return 0
    return max(0, credit.balance_minutes + minutes - credit.ceiling_minutes)


def ceiling_breached(operation: Operation, credit: Account) -> bool:
    """A credit doesn't end above the ceiling, however far above it the account stood before."""
    return not operation.forced and over_ceiling_minutes(credit, operation.minutes) > 0


def hold_account_mismatch(act: Operation | Void, hold: Hold) -> bool:
    """A hold is captured or voided between its own accounts."""
    return (act.debit_id, act.credit_id) != (hold.debit_id, hold.credit_id)


def hold_resolved(hold: Hold) -> bool:
    """A hold ends once."""
    return hold.ended is not None


def hold_expired(hold: Hold | NewHold, now: datetime) -> bool:
    """At its last instant a hold is over: it can't be captured, only let go."""
    return hold.expires_at <= now


def hold_exceeded(operation: Operation, hold: Hold) -> bool:
    """No more is captured than was held."""
    return operation.minutes > hold.minutes


def version_moved(act: Operation | NewHold, debit: Account) -> bool:
    """The debit account has other entries than the caller saw."""
    return act.debit_version_seen is not None and act.debit_version_seen != debit.version


def available_short(act: Operation | NewHold, debit: Account) -> bool:
    """The debit account has less available than the caller asks for."""
    return act.available_minutes_min is not None and debit.available_minutes < act.available_minutes_min


def clearing_unmatched(moved: Sequence[tuple[Operation, Account, Account]]) -> bool:
    """What one book gives to its clearing account with another, that one takes from its own with it.

    `moved` is a group with each operation's debit and credit account.
    """
    between: Counter[frozenset[UUID]] = Counter()
    for operation, debit, credit in moved:
        for account, minutes in ((debit, -operation.minutes), (credit, operation.minutes)):
            if account.clears_with is not None:
                between[frozenset((account.book_id, account.clears_with))] += minutes
    return any(between.values())


def relief_minutes(available: int, balance: int, floor: int | None, ceiling: int | None) -> int:
    """How far an account stands outside its limits; what the database tolerates, and not a minute more."""
    below = 0 if floor is None else floor - available
    above = 0 if ceiling is None else balance - ceiling
    return max(0, below, above)


def decide(
    act: Act,
    debit: Account | None,
    credit: Account | None,
    *,
    now: datetime,
    original: Transfer | None = None,
    hold: Hold | None = None,
    last: Period | None = None,
) -> Refusal | None:
    """The first reason to refuse `act`, or None; the same reasons in the same order as in SQL.

    `original` is the transfer that it reverses, `hold` the one that it captures or voids, if any; `last` the
    last period of its book. Ids, links and approvals are the database's to judge.
    """
    if isinstance(act, Void):
        return _refuse_end(act, hold, now)
    if amount_out_of_range(act):
        return Refusal.AMOUNT_OUT_OF_RANGE
    if same_account(act):
        return Refusal.SAME_ACCOUNT
    if debit is None or credit is None:
        return Refusal.ACCOUNT_UNKNOWN
    if account_closed(debit) or account_closed(credit):
        return Refusal.ACCOUNT_CLOSED
    if isinstance(act, Operation):
        if refusal := _refuse_date(act, last):
            return refusal
        if act.reverses is not None and (refusal := _refuse_reversal(act, original)):
            return refusal
        if act.captures is not None and (refusal := _refuse_end(act, hold, now)):
            return refusal
    elif hold_expired(act, now):
        return Refusal.HOLD_EXPIRED
    return _refuse_standing(act, debit, credit)


def _refuse_date(operation: Operation, last: Period | None) -> Refusal | None:
    """What speaks against forcing it, or against its day."""
    if forced_without_reason(operation):
        return Refusal.FORCED_WITHOUT_REASON
    if period_closed(operation, last):
        return Refusal.PERIOD_CLOSED
    if period_closing(operation, last):
        return Refusal.PERIOD_CLOSING
    return None


def _refuse_standing(act: Operation | NewHold, debit: Account, credit: Account) -> Refusal | None:
    """What speaks against it as the accounts stand."""
    if version_moved(act, debit):
        return Refusal.VERSION_MOVED
    if available_short(act, debit):
        return Refusal.AVAILABLE_SHORT
    if floor_breached(act, debit):
        return Refusal.FLOOR_BREACHED
    # A hold reserves what one account has, not room in the other.
    if isinstance(act, Operation) and ceiling_breached(act, credit):
        return Refusal.CEILING_BREACHED
    return None


def _refuse_end(act: Operation | Void, hold: Hold | None, now: datetime) -> Refusal | None:
    if hold is None:
        return Refusal.HOLD_UNKNOWN
    if hold_account_mismatch(act, hold):
        return Refusal.HOLD_ACCOUNT_MISMATCH
    if hold_resolved(hold):
        return Refusal.HOLD_RESOLVED
    if isinstance(act, Void):
        return None
    if hold_expired(hold, now):
        return Refusal.HOLD_EXPIRED
    return Refusal.HOLD_EXCEEDED if hold_exceeded(act, hold) else None


def _refuse_reversal(operation: Operation, original: Transfer | None) -> Refusal | None:
    if original is None:
        return Refusal.TRANSFER_UNKNOWN
    if reversal_of_reversal(original):
        return Refusal.REVERSAL_OF_REVERSAL
    if reversal_unmirrored(operation, original):
        return Refusal.REVERSAL_UNMIRRORED
    if already_reversed(original):
        return Refusal.ALREADY_REVERSED
    return None


def reversal_of(
    original: Transfer,
    *,
    operation_id: UUID,
    effective_on: date,
    actor_id: UUID,
    reason: str | None = None,
    forced: bool = False,
) -> Operation:
    """The operation that takes `original` back; to post alone, or linked with what replaces it."""
    return Operation(
        id=operation_id,
        book_id=original.book_id,
        debit_id=original.credit_id,
        credit_id=original.debit_id,
        minutes=original.minutes,
        kind=original.kind,
        effective_on=effective_on,
        served_on=original.served_on,
        actor_id=actor_id,
        reverses=original.id,
        forced=forced,
        reason=reason,
    )


def capture_of(
    hold: Hold | NewHold,
    *,
    operation_id: UUID,
    effective_on: date,
    actor_id: UUID,
    minutes: int | None = None,
    served_on: date | None = None,
    reason: str | None = None,
    evidence: bytes | None = None,
) -> Operation:
    """The operation that moves what `hold` reserves, or `minutes` of it; the rest is released."""
    return Operation(
        id=operation_id,
        book_id=hold.book_id,
        debit_id=hold.debit_id,
        credit_id=hold.credit_id,
        minutes=hold.minutes if minutes is None else minutes,
        kind=hold.kind,
        effective_on=effective_on,
        served_on=served_on,
        actor_id=actor_id,
        captures=hold.id,
        reason=reason,
        evidence=evidence,
    )


def void_of(hold: Hold | NewHold, *, operation_id: UUID, actor_id: UUID, reason: str | None = None) -> Void:
    """The act that lets `hold` go."""
    return Void(
        id=operation_id,
        book_id=hold.book_id,
        hold_id=hold.id,
        debit_id=hold.debit_id,
        credit_id=hold.credit_id,
        actor_id=actor_id,
        reason=reason,
    )
