"""What forms and API bodies of hours look like."""

from collections.abc import Callable
from datetime import date, datetime
from itertools import pairwise
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
from timebank.schemes.model import Dated, GiftTo, HousePolicy, OverflowTo
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


def _hours(text: str) -> tuple[int, ...]:
    """Whole hours, as somebody types several: “100 300 500”, with commas or without. Each is more than the last."""
    words = text.replace("，", " ").replace(",", " ").replace("、", " ").split()
    if any(not word.isdecimal() or len(word) > 6 for word in words):
        raise FieldProblem(N_("请填整小时数，用空格隔开，例如 100 300 500"))
    found = tuple(int(word) for word in words)
    if any(least <= before for before, least in pairwise((0, *found))):
        raise FieldProblem(N_("各星级要的时间要一级比一级多"))
    return found


def _rising(text: str) -> str:
    _hours(text)
    return text


class HousePolicyForm(BaseModel):
    """A version of the house policy, typed at a desk: limits in hours."""

    in_force_from: Day
    replaces: UUID | None = None
    overdraft_hours: Annotated[int, Field(ge=0, le=10_000)] = 0
    ceiling_hours: Annotated[int | None, Field(ge=1, le=100_000)] = None
    overflow_to: OverflowTo = OverflowTo.NOBODY
    redeem_age_min: Annotated[int, Field(ge=0, le=120)] = 0
    redeem_after_hours: Annotated[int, Field(ge=0, le=10_000)] = 0
    star_hours: Annotated[str, Field(max_length=80), AfterValidator(_rising)] = ""
    unit_name: Annotated[str, Field(min_length=1, max_length=10)] = "小时"
    unit_minutes: Annotated[int, Field(ge=1, le=1_440)] = 60
    gift_to: GiftTo = GiftTo.KIN
    gift_hours: Annotated[int | None, Field(ge=1, le=100_000)] = None
    gift_year_hours: Annotated[int | None, Field(ge=1, le=100_000)] = None
    gift_kept_hours: Annotated[int, Field(ge=0, le=10_000)] = 0

    @property
    def policy(self) -> HousePolicy:
        """What was typed, as a policy."""
        return HousePolicy(
            floor_minutes=-60 * self.overdraft_hours,
            ceiling_minutes=_minutes(self.ceiling_hours),
            overflow_to=self.overflow_to,
            redeem_age_min=self.redeem_age_min,
            redeem_after_minutes=60 * self.redeem_after_hours,
            star_minutes=tuple(60 * hours for hours in _hours(self.star_hours)),
            unit_name=self.unit_name,
            unit_minutes=self.unit_minutes,
            gift_to=self.gift_to,
            gift_minutes_max=_minutes(self.gift_hours),
            gift_year_minutes_max=_minutes(self.gift_year_hours),
            gift_kept_minutes=60 * self.gift_kept_hours,
        )


def _minutes(hours: int | None) -> int | None:
    return None if hours is None else 60 * hours


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


class HousePolicyBody(Schema):
    """A house policy. `ceiling_minutes` null: no ceiling."""

    floor_minutes: Annotated[int, Field(ge=-600_000, le=0)] = 0
    ceiling_minutes: Annotated[int | None, Field(ge=60, le=10_000_000)] = 90_000
    overflow_to: OverflowTo = OverflowTo.NOBODY
    redeem_age_min: Annotated[int, Field(ge=0, le=120)] = 0
    redeem_after_minutes: Annotated[int, Field(ge=0, le=600_000)] = 0
    star_minutes: tuple[int, ...] = ()
    unit_name: Annotated[str, Field(min_length=1, max_length=10)] = "小时"
    unit_minutes: Annotated[int, Field(ge=1, le=1_440)] = 60
    gift_to: GiftTo = GiftTo.KIN
    gift_minutes_max: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    gift_year_minutes_max: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    gift_kept_minutes: Annotated[int, Field(ge=0, le=600_000)] = 0


class NewHousePolicy(Schema):
    """A version to add; `replaces` names one that has not begun, whose day it keeps."""

    in_force_from: Day
    replaces: UUID | None = None
    policy: HousePolicyBody


class HousePolicyVersionBody(BaseModel):
    """A version of the house policy."""

    id: UUID | None
    number: int
    in_force_from: date
    made_at: datetime | None
    replaced: bool
    policy: HousePolicyBody

    @classmethod
    def of(cls, version: Dated[HousePolicy]) -> "HousePolicyVersionBody":
        """From the room's own value."""
        policy = HousePolicyBody.model_validate(version.content, from_attributes=True)
        return cls(
            id=version.version_id,
            number=version.number,
            in_force_from=version.in_force_from,
            made_at=version.made_at,
            replaced=version.replaced,
            policy=policy,
        )


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
            reason=found.reason,
            forced=found.forced,
            reverses=found.reverses,
            reversed_by=found.reversed_by,
            together=[other.transfer_id for other in found.together],
        )
