"""The values that go into the ledger and come out of it. All amounts are whole minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

MINUTES_MAX = 10_000_000  # of one transfer
OPERATIONS_MAX = 8_192  # of one call of post
PAGE_MAX = 100  # rows


class Refusal(StrEnum):
    """Why an operation was not posted. Rules, constraints and triggers have the same names."""

    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    SAME_ACCOUNT = "same_account"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_CLOSED = "account_closed"
    FORCED_WITHOUT_REASON = "forced_without_reason"
    PERIOD_CLOSED = "period_closed"
    PERIOD_CLOSING = "period_closing"
    TRANSFER_UNKNOWN = "transfer_unknown"
    REVERSAL_OF_REVERSAL = "reversal_of_reversal"
    REVERSAL_UNMIRRORED = "reversal_unmirrored"
    ALREADY_REVERSED = "already_reversed"
    FLOOR_BREACHED = "floor_breached"
    CEILING_BREACHED = "ceiling_breached"
    HOLD_UNKNOWN = "hold_unknown"
    HOLD_ACCOUNT_MISMATCH = "hold_account_mismatch"
    HOLD_RESOLVED = "hold_resolved"
    HOLD_EXPIRED = "hold_expired"
    HOLD_EXCEEDED = "hold_exceeded"
    VERSION_MOVED = "version_moved"
    AVAILABLE_SHORT = "available_short"
    CLEARING_UNMATCHED = "clearing_unmatched"
    LINKED_REFUSED = "linked_refused"
    ID_REUSED = "id_reused"


class PeriodState(StrEnum):
    """How far a month has come.

    open → closing (approved corrections only) → closed (for ever)
    """

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A month of a book that is no longer open; months close one after the other."""

    month: date  # its first day
    state: PeriodState
    closing_at: datetime
    closing_by: UUID
    closed_at: datetime | None
    closed_by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to open. `kind` is a plain word of the caller's: member, pool, opening …"""

    id: UUID
    kind: str
    floor_minutes: int | None  # None: no limit
    ceiling_minutes: int | None
    clears_with: UUID | None = None  # the other book, of a clearing account


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits an account shall have from now on."""

    account_id: UUID
    floor_minutes: int | None
    ceiling_minutes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as it stands. A positive balance is owed to its holder."""

    book_id: UUID
    id: UUID
    kind: str
    balance_minutes: int
    held_minutes: int
    floor_minutes: int | None
    ceiling_minutes: int | None
    relief_minutes: int
    version: int
    opened_at: datetime
    closed_at: datetime | None
    clears_with: UUID | None

    @property
    def available_minutes(self) -> int:
        """What is posted and not held."""
        return self.balance_minutes - self.held_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One wish to move `minutes` from the debit account to the credit account of a book.

    `id` is the caller's: the same id with the same content gets the first answer again. It becomes the
    transfer's id. `reverses` names an earlier transfer, which this one then mirrors; a `forced` reversal
    may pass floor and ceiling, and says why in `reason`. `captures` names a hold between the same accounts,
    which this one then moves, in part or whole; the rest is released. `evidence` is a SHA-256 digest of 32
    bytes. It is refused if the debit account isn't at `debit_version_seen` any more, or has less than
    `available_minutes_min` available.
    """

    id: UUID
    book_id: UUID
    debit_id: UUID
    credit_id: UUID
    minutes: int
    kind: str
    effective_on: date
    actor_id: UUID
    served_on: date | None = None
    reverses: UUID | None = None
    captures: UUID | None = None
    forced: bool = False
    reason: str | None = None
    evidence: bytes | None = None
    debit_version_seen: int | None = None
    available_minutes_min: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """One wish to reserve `minutes` of the debit account for the credit account, until `expires_at`.

    The minutes stay where they are and count against what is available. `id` is the caller's, and becomes
    the hold's. Only an operation that `captures` it moves them, if the credit account has room by then.
    """

    id: UUID
    book_id: UUID
    debit_id: UUID
    credit_id: UUID
    minutes: int
    kind: str
    expires_at: datetime
    actor_id: UUID
    reason: str | None = None
    debit_version_seen: int | None = None
    available_minutes_min: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """One wish to let a hold go: all it reserved is available again."""

    id: UUID
    book_id: UUID
    hold_id: UUID
    debit_id: UUID  # of the hold, as is the next
    credit_id: UUID
    actor_id: UUID
    reason: str | None = None


Act = Operation | NewHold | Void


@dataclass(frozen=True, slots=True)
class Linked:
    """Acts that happen all together or not at all."""

    operations: tuple[Act, ...]


Batch = Sequence[Act | Linked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The operation is a transfer now, of the same id; with the balances right after it."""

    id: UUID
    posted_at: datetime
    debit_balance_minutes: int
    credit_balance_minutes: int
    repeated: bool  # this answer was given before


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The hold is made, or is void now: nothing moved, and what is available is another."""

    id: UUID
    recorded_at: datetime
    repeated: bool  # this answer was given before


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The operation moved nothing, and its id stays refused."""

    id: UUID
    refusal: Refusal
    account_id: UUID | None  # the account that stood in the way
    # How far it would have gone beyond its floor, its ceiling or the hold, or how much less was available.
    short_minutes: int | None
    because_id: UUID | None  # the linked operation that was refused
    decided_at: datetime
    repeated: bool  # this answer was given before


Outcome = Posted | Recorded | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """An immutable movement from the debit account to the credit account."""

    book_id: UUID
    id: UUID
    debit_id: UUID
    credit_id: UUID
    debit_version: int
    credit_version: int
    minutes: int
    kind: str
    effective_on: date
    served_on: date | None
    posted_at: datetime
    actor_id: UUID
    reverses: UUID | None
    reversed_by: UUID | None
    forced: bool
    reason: str | None
    evidence: bytes | None


class HoldEnd(StrEnum):
    """How a hold ended."""

    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Minutes of the debit account that are or were reserved for the credit account."""

    book_id: UUID
    id: UUID
    debit_id: UUID
    credit_id: UUID
    minutes: int
    kind: str
    expires_at: datetime
    created_at: datetime
    actor_id: UUID
    reason: str | None
    # All None while it is open.
    ended: HoldEnd | None
    captured_minutes: int | None
    ended_by: UUID | None  # the transfer that captured it, or the operation that voided it
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One signed side of a transfer, seen from its account: positive is earned, negative is spent."""

    account_id: UUID
    version: int  # 1, 2, 3 … in posted order
    transfer_id: UUID
    other_account_id: UUID
    minutes: int
    balance_after: int
    kind: str
    effective_on: date
    served_on: date | None
    posted_at: datetime
    reverses: UUID | None
    reversed_by: UUID | None
    forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account stood at, at a moment or at the end of a day."""

    account_id: UUID
    minutes: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """An entry with the running balance of its statement."""

    entry: Entry
    balance_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One account from one day to another, both included: opening + movements = closing."""

    account_id: UUID
    first_on: date
    last_on: date
    opening_minutes: int
    lines: tuple[StatementLine, ...]  # by effective date, then in posted order
    closing_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What an account got and gave by transfers of one kind in one month (its first day), the last of them `last_on`."""

    account_id: UUID
    kind: str
    month: date
    in_minutes: int
    out_minutes: int
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBalanceLine:
    """What went out of an account and into it."""

    account_id: UUID
    kind: str
    debit_minutes: int
    credit_minutes: int

    @property
    def balance_minutes(self) -> int:
        """What the account stands at."""
        return self.credit_minutes - self.debit_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBalance:
    """Every account of a book that was ever posted to, at the end of a day. Debits equal credits."""

    book_id: UUID
    as_of: date
    lines: tuple[TrialBalanceLine, ...]

    @property
    def debit_minutes(self) -> int:
        """All that went out."""
        return sum(line.debit_minutes for line in self.lines)

    @property
    def credit_minutes(self) -> int:
        """All that came in."""
        return sum(line.credit_minutes for line in self.lines)
