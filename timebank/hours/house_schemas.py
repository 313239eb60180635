"""What forms and API bodies of the house policy look like."""

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from timebank.core.errors import N_
from timebank.schemes.model import Dated, GiftTo, HousePolicy, OverflowTo, Unclaimed
from timebank.web.bodies import Schema
from timebank.web.forms import Day
from timebank.web.problems import FieldProblem


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
    kept_outside: bool = False
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
    approvals_to_join: Annotated[int, Field(ge=1, le=2)] = 1
    unclaimed: Unclaimed = Unclaimed.POOL

    @property
    def policy(self) -> HousePolicy:
        """What was typed, as a policy."""
        return HousePolicy(
            floor_minutes=-60 * self.overdraft_hours,
            ceiling_minutes=_minutes(self.ceiling_hours),
            kept_outside=self.kept_outside,
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
            approvals_to_join=self.approvals_to_join,
            unclaimed=self.unclaimed,
        )


def _minutes(hours: int | None) -> int | None:
    return None if hours is None else 60 * hours


class HousePolicyBody(Schema):
    """A house policy. `ceiling_minutes` null: no ceiling."""

    floor_minutes: Annotated[int, Field(ge=-600_000, le=0)] = 0
    ceiling_minutes: Annotated[int | None, Field(ge=60, le=10_000_000)] = 90_000
    kept_outside: bool = False
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
    approvals_to_join: Annotated[int, Field(ge=1, le=2)] = 1
    unclaimed: Unclaimed = Unclaimed.POOL


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
    needs_approval: bool
    approved_at: datetime | None
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
            needs_approval=version.needs_approval,
            approved_at=version.approved_at,
            policy=policy,
        )
