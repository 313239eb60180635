"""What forms and API bodies of hours look like."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from timebank.core.amounts import MINUTES_TRANSFER_MAX
from timebank.core.errors import N_, Text
from timebank.hours.model import (
    AccountKind,
    AccountView,
    BalanceLine,
    Entry,
    Explanation,
    Passbook,
    TrialBalance,
)
from timebank.web.bodies import Schema
from timebank.web.forms import Day
from timebank.web.problems import FieldProblem

Say = Callable[[Text], str]


def _printable(text: str) -> str:
    plain = " ".join(text.split())
    if not plain or not plain.isprintable():
        raise FieldProblem(N_("请用文字写明原因"))
    return plain


Reason = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]


class Period(BaseModel):
    """Some days, both included."""

    from_on: Day | None = None
    until_on: Day | None = None


class MoveForm(BaseModel):
    """An amount to grant or to give, in hours and minutes, and why."""

    hours: Annotated[int, Field(ge=0, le=MINUTES_TRANSFER_MAX // 60)] = 0
    minutes: Annotated[int, Field(ge=0, le=59)] = 0
    reason: Reason

    @model_validator(mode="after")
    def _something(self) -> "MoveForm":
        if self.total == 0:
            raise FieldProblem(N_("请填写多少小时、多少分钟"))
        return self

    @property
    def total(self) -> int:
        """In minutes."""
        return self.hours * 60 + self.minutes


class NewGrant(Schema):
    """Minutes to issue: to a member, or to the pool where `member_id` is null."""

    member_id: UUID | None = None
    minutes: Annotated[int, Field(ge=1, le=MINUTES_TRANSFER_MAX)]
    reason: Reason


class Made(BaseModel):
    """The id of what was made."""

    id: UUID


class Moved(BaseModel):
    """The transfer that was posted."""

    transfer_id: UUID


class EntryBody(BaseModel):
    """One line of a passbook; positive minutes came in."""

    transfer_id: UUID
    effective_on: date
    served_on: date | None
    minutes: int
    balance_minutes: int
    words: str
    corrects: bool
    forced: bool
    corrected: bool

    @classmethod
    def of(cls, entry: Entry, say: Say) -> "EntryBody":
        """From the room's own value, in the reader's language."""
        return cls(
            transfer_id=entry.transfer_id,
            effective_on=entry.effective_on,
            served_on=entry.served_on,
            minutes=entry.minutes,
            balance_minutes=entry.balance_minutes,
            words=say(entry.words),
            corrects=entry.corrects,
            forced=entry.forced,
            corrected=entry.corrected,
        )


class PassbookBody(BaseModel):
    """An account over some days: opening + entries = closing; `after` asks for the next page."""

    account_id: UUID
    from_on: date
    until_on: date
    opening_minutes: int
    entries: list[EntryBody]
    closing_minutes: int
    after: str | None

    @classmethod
    def of(cls, found: Passbook, say: Say) -> "PassbookBody":
        """From the room's own value, in the reader's language."""
        return cls(
            account_id=found.account_id,
            from_on=found.from_on,
            until_on=found.until_on,
            opening_minutes=found.opening_minutes,
            entries=[EntryBody.of(entry, say) for entry in found.lines],
            closing_minutes=found.closing_minutes,
            after=found.after,
        )


class AccountBody(BaseModel):
    """An account as it stands; null limits are none."""

    id: UUID
    kind: AccountKind
    name: str
    number: str
    posted_minutes: int
    held_minutes: int
    floor_minutes: int | None
    ceiling_minutes: int | None
    closed: bool

    @classmethod
    def of(cls, found: AccountView, say: Say) -> "AccountBody":
        """From the room's own value, in the reader's language."""
        return cls(
            id=found.id,
            kind=found.kind,
            name=say(found.name),
            number=found.number,
            posted_minutes=found.balance.posted,
            held_minutes=found.balance.held,
            floor_minutes=found.floor_minutes,
            ceiling_minutes=found.ceiling_minutes,
            closed=found.closed,
        )


class AccountsBody(BaseModel):
    """A page of accounts."""

    rows: list[AccountBody]
    after: str | None


class BalanceLineBody(BaseModel):
    """An account in the trial balance: opening − debits + credits = closing."""

    account_id: UUID | None
    kind: AccountKind
    name: str
    number: str
    opening_minutes: int
    debit_minutes: int
    credit_minutes: int
    closing_minutes: int

    @classmethod
    def of(cls, line: BalanceLine, say: Say) -> "BalanceLineBody":
        """From the room's own value, in the reader's language."""
        return cls(
            account_id=line.account_id,
            kind=line.kind,
            name=say(line.name),
            number=line.number,
            opening_minutes=line.opening_minutes,
            debit_minutes=line.debit_minutes,
            credit_minutes=line.credit_minutes,
            closing_minutes=line.closing_minutes,
        )


class TrialBalanceBody(BaseModel):
    """Every account; `foots` where the book sums to zero and debits equal credits."""

    from_on: date
    until_on: date
    lines: list[BalanceLineBody]
    total: BalanceLineBody
    foots: bool

    @classmethod
    def of(cls, found: TrialBalance, say: Say) -> "TrialBalanceBody":
        """From the room's own value, in the reader's language."""
        return cls(
            from_on=found.from_on,
            until_on=found.until_on,
            lines=[BalanceLineBody.of(line, say) for line in found.lines],
            total=BalanceLineBody.of(found.total, say),
            foots=found.foots,
        )


class ExplanationBody(BaseModel):
    """Why an entry stands there: rule versions, numbers, people, in words and as data."""

    transfer_id: UUID
    from_id: UUID
    to_id: UUID
    from_name: str
    to_name: str
    minutes: int
    words: str
    kind: str | None
    subject_id: UUID | None
    category: str | None
    served_on: date | None
    provenance: str | None
    effective_on: date
    posted_at: datetime
    posted_by: str
    entered_by: str | None
    confirmed_by: str | None
    scheme: str | None
    scheme_version_id: UUID | None
    scheme_version: int | None
    house_version_id: UUID | None
    house_version: int | None
    basis: dict[str, int | str]
    reckoning: list[str]
    minutes_again: int | None
    reason: str | None
    forced: bool
    reverses: UUID | None
    reversed_by: UUID | None
    together: list[UUID]

    @classmethod
    def of(cls, found: Explanation, say: Say) -> "ExplanationBody":
        """From the room's own value, in the reader's language."""
        about, policy, house = found.about, found.policy, found.house

        def told(text: Text | None) -> str | None:
            return None if text is None else say(text)

        return cls(
            transfer_id=found.transfer_id,
            from_id=found.from_id,
            to_id=found.to_id,
            from_name=say(found.from_name),
            to_name=say(found.to_name),
            minutes=found.minutes,
            words=say(found.words),
            kind=about.kind if about else None,
            subject_id=about.subject_id if about else None,
            category=about.category if about else None,
            served_on=about.served_on if about else None,
            provenance=about.provenance if about else None,
            effective_on=found.effective_on,
            posted_at=found.posted_at,
            posted_by=say(found.posted_by),
            entered_by=told(found.entered_by),
            confirmed_by=told(found.confirmed_by),
            scheme=policy.scheme.name if policy else None,
            scheme_version_id=policy.policy.version_id if policy else None,
            scheme_version=policy.policy.number if policy else None,
            house_version_id=house.version_id if house else None,
            house_version=house.number if house else None,
            basis=dict(about.basis) if about else {},
            reckoning=[say(text) for text in found.reckoning],
            minutes_again=found.minutes_again,
            reason=found.reason,
            forced=found.forced,
            reverses=found.reverses,
            reversed_by=found.reversed_by,
            together=[other.transfer_id for other in found.together],
        )
