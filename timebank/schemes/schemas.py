"""What forms and API bodies of schemes and policies look like."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from timebank.core.amounts import MINUTES_VISIT_MAX
from timebank.core.errors import N_
from timebank.people.model import CATEGORY_LABELS, Category
from timebank.schemes.model import (
    ConfirmBy,
    Dated,
    EarnedBy,
    Payer,
    Price,
    RemainderTo,
    Rounding,
    SchemeKind,
    SchemePolicy,
    SchemeView,
)
from timebank.web.forms import Day, Version
from timebank.web.i18n import translate
from timebank.web.problems import FieldProblem


def _plain(value: str) -> str:
    if not (plain := " ".join(value.split())):
        raise FieldProblem(N_("请写名称"))
    return plain


def _number(value: object) -> object:
    # A form sends its numbers as texts.
    return int(value) if isinstance(value, str) and value.isdecimal() else value


_LISTS = ("trainings_required", "categories", "forbidden_categories")
# What somebody may type for a category.
_CODES = {
    name.casefold(): code
    for code, label in CATEGORY_LABELS.items()
    for name in (code, label, translate(label, "en"))
}
Name = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_plain)]
Training = Annotated[str, Field(min_length=1, max_length=40)]


class _Rules(BaseModel):
    """What the form and the body of a policy share. Ranges are stated again in `rules.py`."""

    helper_age_min: Annotated[int, Field(ge=0, le=100)] = 18
    recipient_age_min: Annotated[int, Field(ge=0, le=120)] = 60
    trainings_required: list[Training] = []
    payer: Payer = Payer.RECIPIENT
    earned_by: EarnedBy = EarnedBy.HELPER
    rate_numerator: Annotated[int, Field(ge=1, le=100)] = 1
    rate_denominator: Annotated[int, Field(ge=1, le=100)] = 1
    rounding_minutes: Annotated[Literal[1, 15, 30, 60], BeforeValidator(_number)] = 1
    rounding: Rounding = Rounding.NEAREST
    remainder_to: RemainderTo = RemainderTo.NOBODY
    tolerance_minutes: Annotated[int, Field(ge=0, le=240)] = 15
    proposal_days: Annotated[int, Field(ge=1, le=60)] = 3
    confirm_by: ConfirmBy = ConfirmBy.EITHER
    hold_days: Annotated[int | None, Field(ge=1, le=90)] = None
    categories: list[Category] = []
    forbidden_categories: list[Category] = []

    def _policy(self, weekly_cap_minutes: int | None, prices: Sequence[Price]) -> SchemePolicy:
        return SchemePolicy(
            helper_age_min=self.helper_age_min,
            recipient_age_min=self.recipient_age_min,
            trainings_required=tuple(self.trainings_required),
            payer=self.payer,
            earned_by=self.earned_by,
            rate_numerator=self.rate_numerator,
            rate_denominator=self.rate_denominator,
            rounding_minutes=self.rounding_minutes,
            rounding=self.rounding,
            remainder_to=self.remainder_to,
            tolerance_minutes=self.tolerance_minutes,
            weekly_cap_minutes=weekly_cap_minutes,
            proposal_days=self.proposal_days,
            confirm_by=self.confirm_by,
            hold_days=self.hold_days,
            categories=tuple(str(code) for code in self.categories),
            forbidden_categories=tuple(str(code) for code in self.forbidden_categories),
            prices=tuple(prices),
        )


def _price(line: str) -> Price:
    """A line such as “理发 30”, a category's name in Chinese or English and minutes."""
    name, _, minutes = line.strip().rpartition(" ")
    code = _CODES.get(name.strip().casefold())
    if code is None or not minutes.isdecimal() or not 1 <= int(minutes[:5]) <= MINUTES_VISIT_MAX:
        raise FieldProblem(
            N_("“{line}”看不懂；一行一类服务，后面写多少分钟，例如“理发 30”"), line=line.strip()
        )
    return Price(category=code, minutes=int(minutes))


def _prices(text: str) -> list[Price]:
    return [_price(line) for line in text.splitlines() if line.strip()]


def _readable(text: str) -> str:
    _prices(text)
    return text


class PriceBody(BaseModel):
    """What one visit of a category costs, in minutes, however long it takes."""

    model_config = ConfigDict(extra="forbid")
    category: Category
    minutes: Annotated[int, Field(ge=1, le=MINUTES_VISIT_MAX)]

    @property
    def price(self) -> Price:
        """As the room's own value."""
        return Price(category=str(self.category), minutes=self.minutes)


class PolicyForm(_Rules):
    """A version of a scheme's policy, typed at a desk: the cap in hours, the prices in lines."""

    weekly_cap_hours: Annotated[int | None, Field(ge=1, le=168)] = None
    prices: Annotated[str, Field(max_length=2_000), AfterValidator(_readable)] = ""
    in_force_from: Day
    replaces: UUID | None = None

    @property
    def policy(self) -> SchemePolicy:
        """What was typed, as a policy."""
        cap = self.weekly_cap_hours * 60 if self.weekly_cap_hours else None
        return self._policy(cap, _prices(self.prices))


class SchemeForm(PolicyForm):
    """A new scheme with its first policy."""

    name: Name
    kind: SchemeKind = SchemeKind.MUTUAL_AID


class SchemeChangeForm(BaseModel):
    """Another name, or a last day; `version` is the one that was seen."""

    name: Name
    closed_on: Day | None = None
    version: Version


class PolicyBody(_Rules):
    """A scheme's policy; unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid")
    weekly_cap_minutes: Annotated[int | None, Field(ge=15, le=10_080)] = None
    prices: list[PriceBody] = []

    @property
    def policy(self) -> SchemePolicy:
        """As a policy."""
        return self._policy(self.weekly_cap_minutes, [one.price for one in self.prices])

    @classmethod
    def of(cls, policy: SchemePolicy) -> "PolicyBody":
        """From the room's own value."""
        return cls.model_validate(asdict(policy) | {name: list(getattr(policy, name)) for name in _LISTS})


class NewScheme(BaseModel):
    """A scheme to open."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    kind: SchemeKind = SchemeKind.MUTUAL_AID
    in_force_from: Day
    policy: PolicyBody = PolicyBody()


class NewPolicy(BaseModel):
    """A version to add; `replaces` names one that has not begun, whose day it keeps."""

    model_config = ConfigDict(extra="forbid")
    in_force_from: Day
    replaces: UUID | None = None
    policy: PolicyBody


class SchemeChange(BaseModel):
    """Another name, or a last day."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    closed_on: Day | None = None
    version: Version


class Made(BaseModel):
    """The id of what was made."""

    id: UUID


class PolicyVersionBody(BaseModel):
    """A version of a scheme's policy."""

    id: UUID | None
    number: int
    in_force_from: date
    made_at: datetime | None
    replaced: bool
    needs_approval: bool
    approved_at: datetime | None
    policy: PolicyBody

    @classmethod
    def of(cls, version: Dated[SchemePolicy]) -> "PolicyVersionBody":
        """From the room's own value."""
        return cls(
            id=version.version_id,
            number=version.number,
            in_force_from=version.in_force_from,
            made_at=version.made_at,
            replaced=version.replaced,
            needs_approval=version.needs_approval,
            approved_at=version.approved_at,
            policy=PolicyBody.of(version.content),
        )


class SchemeBody(BaseModel):
    """A scheme, and the versions of its policy, the one that begins last first."""

    id: UUID
    name: str
    kind: SchemeKind
    opened_on: date
    closed_on: date | None
    version: int
    policies: list[PolicyVersionBody]

    @classmethod
    def of(cls, view: SchemeView, versions: list[Dated[SchemePolicy]]) -> "SchemeBody":
        """From the room's own values."""
        return cls(
            id=view.id,
            name=view.name,
            kind=view.kind,
            opened_on=view.opened_on,
            closed_on=view.closed_on,
            version=view.version,
            policies=[PolicyVersionBody.of(version) for version in versions],
        )
