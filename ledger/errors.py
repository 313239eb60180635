"""What can go wrong with a call; what can go wrong with a single operation is a Refusal, not an error.

LedgerError
├── NotInTransaction        post was called outside a transaction
├── BatchTooLarge           more operations than one call takes
├── OperationMalformed      an operation that no book could hold
├── BookNotVisible          a book outside the transaction's list
├── AccountUnknown          limits or closing for an account that isn't there
├── AccountDiffers          opened already, as another kind
├── AccountNotEmpty         closing an account with a balance or an open hold
├── LimitsCrossed           a floor above its ceiling
├── PeriodSkipped           closing a month before its turn
├── PeriodUnfinished        closing a month that is not over
├── PeriodReopened          beginning to close a month that is closed already
├── PeriodMalformed         a month that is not named by its first day
├── ApprovedByOneself       approving a correction of one's own
├── ApprovalDiffers         approved already, with another content or by others
├── IsolationUnfit          a snapshot older than the locks: only READ COMMITTED may post or close
├── PageTooLarge            more rows than one page gives
└── StatementTooLong        more lines than one statement gives

All but the last two leave the caller's transaction to be rolled back.
"""

from dataclasses import dataclass


class LedgerError(Exception):
    """The ledger can't do what was asked."""


class NotInTransaction(LedgerError):
    """Posting joins the caller's transaction and never begins one."""


@dataclass
class BatchTooLarge(LedgerError):
    """A batch of `size` operations; split it."""

    size: int
    size_max: int


@dataclass
class OperationMalformed(LedgerError):
    """`field` of an operation can't be stored: a mistake of the program, not of a person."""

    field: str
    problem: str


@dataclass
class BookNotVisible(LedgerError):
    """The transaction may not touch this book."""

    detail: str


@dataclass
class AccountUnknown(LedgerError):
    """No such account in the book."""

    detail: str


@dataclass
class AccountDiffers(LedgerError):
    """An account of this id is open already, as another kind."""

    detail: str


@dataclass
class AccountNotEmpty(LedgerError):
    """Only an account at zero, with nothing held, can be closed."""

    detail: str


@dataclass
class LimitsCrossed(LedgerError):
    """A floor above its ceiling, or a kind that isn't a plain word."""

    detail: str


@dataclass
class PeriodSkipped(LedgerError):
    """Months begin to close one after the other, and are closed only then."""

    detail: str


@dataclass
class PeriodUnfinished(LedgerError):
    """The month is not over yet."""

    detail: str


@dataclass
class PeriodReopened(LedgerError):
    """The month is closed, for ever."""

    detail: str


@dataclass
class PeriodMalformed(LedgerError):
    """A month is named by its first day."""

    detail: str


@dataclass
class ApprovedByOneself(LedgerError):
    """Whoever entered a correction can't approve it."""

    detail: str


@dataclass
class ApprovalDiffers(LedgerError):
    """An operation of this id was approved with another content, by others, or for another finding."""

    detail: str


@dataclass
class IsolationUnfit(LedgerError):
    """The transaction goes by one snapshot, older than its locks."""

    detail: str


@dataclass
class PageTooLarge(LedgerError):
    """A page of `limit` rows; ask for at most `limit_max`."""

    limit: int
    limit_max: int


@dataclass
class StatementTooLong(LedgerError):
    """A statement of more than `lines_max` lines; ask for a shorter time, or page through entries."""

    lines_max: int
