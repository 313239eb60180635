"""What people see of the ledger: whose account, what a movement was about, balances and passbooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.core.errors import N_, Text
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.hours.refusals import Refused
from timebank.schemes.model import Dated, HousePolicy, Line, PolicyVersion


class AccountKind(StrEnum):
    """Whose minutes an account holds. A member's account has the member's id."""

    MEMBER = "member"
    POOL = "pool"
    GRANTS = "grants"
    OPENING = "opening"


COMMON_ACCOUNTS = (AccountKind.POOL, AccountKind.GRANTS, AccountKind.OPENING)


def common_account(kind: AccountKind, community_id: UUID) -> UUID:
    """The id of a community's pool, grants or opening account."""
    return derived_id(kind.value, community_id)


class Kind(StrEnum):
    """What a movement is."""

    OPENING = "opening"
    VISIT = "visit"
    ACTIVITY = "activity"
    GIFT = "gift"
    GRANT = "grant"
    CORRECTION = "correction"
    MERGE = "merge"
    BEQUEST = "bequest"


# The part of a bequest in which the pool makes good for what the dead were short of.
MADE_GOOD = "made_good"


@dataclass(frozen=True, kw_only=True)
class About:
    """What a transfer is about, and what decided it: kept with it for ever, without names.

    `subject_id` is the visit, the import or the act that caused it. `basis` holds the numbers that the
    minutes were reckoned from (`Payable.basis` of a visit). `entered_by` and `confirmed_by` are members
    or staff.
    """

    kind: Kind
    subject_id: UUID
    provenance: Provenance
    served_on: date | None = None
    category: str | None = None
    helper_id: UUID | None = None
    recipient_id: UUID | None = None
    house_version_id: UUID | None = None
    scheme_version_id: UUID | None = None
    entered_by: UUID | None = None
    confirmed_by: UUID | None = None
    basis: Mapping[str, int | str]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A wish to move minutes from one account to another. `id` becomes the transfer's.

    Wishes of one `group` are posted all together or not at all. A wish that `reverses` a transfer mirrors
    it, and may pass the limits if it says why in `forced_reason`; `reason` alone does not force. One that
    `captures` a hold moves what was set aside, or part of it, and the rest is released. `by`: whose wish it
    is, where several people's are posted together.
    """

    id: UUID
    from_account: UUID
    to_account: UUID
    minutes: int
    about: About
    group: int | None = None
    reverses: UUID | None = None
    captures: UUID | None = None
    reason: str | None = None
    forced_reason: str | None = None
    by: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Posted:
    """The wish is a transfer now, with the balances right after it."""

    id: UUID
    posted_at: datetime
    from_balance_minutes: int
    to_balance_minutes: int


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was wished is set aside, or released: nothing moved."""

    id: UUID


Answer = Posted | Recorded | Refused


@dataclass(frozen=True)
class Balance:
    """Minutes posted, held of them, and what can be spent."""

    posted: int
    held: int

    @property
    def available(self) -> int:
        """What is posted and not held."""
        return self.posted - self.held


@dataclass(frozen=True)
class Brought:
    """What a member brought in that still stands, as which transfer, and the id the next one will have."""

    minutes: int
    transfer_id: UUID | None
    next_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """An account as it stands, with whose it is."""

    id: UUID
    kind: AccountKind
    name: Text
    number: str  # the member's; empty for a common account
    balance: Balance
    floor_minutes: int | None
    ceiling_minutes: int | None
    closed: bool


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a passbook. Positive minutes came in, negative went out."""

    transfer_id: UUID
    effective_on: date
    served_on: date | None
    minutes: int
    balance_minutes: int
    words: Text
    other: Text
    corrects: bool
    forced: bool  # a correction that may pass the limits
    corrected: bool


@dataclass(frozen=True, kw_only=True)
class Passbook:
    """An account over some days, oldest entry first: opening + movements = closing.

    `opening_minutes` and `closing_minutes` frame the lines given, so a page adds up by itself; `after`
    tells where the next page starts.
    """

    account_id: UUID
    name: Text
    from_on: date
    until_on: date
    opening_minutes: int
    lines: tuple[Entry, ...]
    closing_minutes: int
    after: str | None = None

    @property
    def in_minutes(self) -> int:
        """All that came in."""
        return sum(line.minutes for line in self.lines if line.minutes > 0)

    @property
    def out_minutes(self) -> int:
        """All that went out, as a positive number."""
        return -sum(line.minutes for line in self.lines if line.minutes < 0)


@dataclass(frozen=True, kw_only=True)
class BalanceLine:
    """An account, or all of one kind, in a trial balance: opening − debits + credits = closing."""

    account_id: UUID | None
    kind: AccountKind
    name: Text
    number: str
    accounts: int
    opening_minutes: int
    debit_minutes: int
    credit_minutes: int

    @property
    def closing_minutes(self) -> int:
        """What stands at the end of the last day."""
        return self.opening_minutes - self.debit_minutes + self.credit_minutes


@dataclass(frozen=True, kw_only=True)
class TrialBalance:
    """Every account of a community from one day to another, both included; the sums are equal, or zero."""

    from_on: date
    until_on: date
    lines: tuple[BalanceLine, ...]  # one for each account
    kinds: tuple[BalanceLine, ...]  # one for each kind

    @property
    def total(self) -> BalanceLine:
        """The foot: opening and closing are zero, debits equal credits."""
        return BalanceLine(
            account_id=None,
            kind=AccountKind.MEMBER,
            name=Text(N_("合计")),
            number="",
            accounts=len(self.lines),
            opening_minutes=sum(line.opening_minutes for line in self.lines),
            debit_minutes=sum(line.debit_minutes for line in self.lines),
            credit_minutes=sum(line.credit_minutes for line in self.lines),
        )

    @property
    def foots(self) -> bool:
        """True if the book sums to zero."""
        total = self.total
        return (
            total.opening_minutes == total.closing_minutes == 0
            and total.debit_minutes == total.credit_minutes
        )


@dataclass(frozen=True, kw_only=True)
class Related:
    """Another transfer about the same thing."""

    transfer_id: UUID
    words: Text
    to_name: Text
    minutes: int


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why an entry stands there: the rule, the numbers and the people behind it.

    `minutes_again`: what the rules that it names come to now, which must be the same; None where none do.
    `about` None: nothing was written down, which audit will find. `together`: other transfers about the
    same thing, such as what went to the pool, or a correction.
    """

    transfer_id: UUID
    community_id: UUID
    from_id: UUID
    to_id: UUID
    from_name: Text
    to_name: Text
    minutes: int
    words: Text
    about: About | None
    category: Text | None
    helper: Text | None
    recipient: Text | None
    effective_on: date
    posted_at: datetime
    posted_by: Text
    entered_by: Text | None
    confirmed_by: Text | None
    policy: PolicyVersion | None
    policy_lines: tuple[Line, ...]
    house: Dated[HousePolicy] | None
    house_lines: tuple[Line, ...]
    reckoning: tuple[Text, ...]
    minutes_again: int | None
    reason: str | None
    forced: bool
    reverses: UUID | None
    reversed_by: UUID | None
    together: tuple[Related, ...]
