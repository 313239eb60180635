"""What forms and API bodies of gifts look like."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from timebank.core.amounts import MINUTES_TRANSFER_MAX
from timebank.core.errors import N_
from timebank.core.provenance import Provenance
from timebank.hours.gifts.model import GiftTarget, GiftView, Giving, Receiver
from timebank.hours.schemas import MoveForm, Reason, Say
from timebank.schemes.model import GiftTo
from timebank.web.bodies import Schema
from timebank.web.forms import Line
from timebank.web.problems import FieldProblem

Words = Annotated[Line, Field(max_length=40)]
POOL = "pool"
To = Literal["pool"] | UUID


class DeskGift(MoveForm):
    """A gift at a desk: `to` the pool, one of the family, or (`other`) whoever is meant by words."""

    to: Literal["pool", "other"] | UUID
    other: Words | None = None
    source: Provenance = Provenance.DESK

    @model_validator(mode="after")
    def _somebody(self) -> "DeskGift":
        if self.to == "other" and self.other is None:
            raise FieldProblem(N_("请填写转赠给哪位会员"))
        return self


class ToWhom(BaseModel):
    """Whom a member would give to: chosen, or to be found by a number."""

    to: To | None = None
    find: Words | None = None


class MemberGift(BaseModel):
    """A member's gift: one of a few amounts, or as many hours and minutes as they say."""

    to: To
    amount: Annotated[int, Field(ge=0, le=MINUTES_TRANSFER_MAX)] = 0
    hours: Annotated[int, Field(ge=0, le=MINUTES_TRANSFER_MAX // 60)] = 0
    minutes: Annotated[int, Field(ge=0, le=59)] = 0
    reason: Reason | None = None

    @model_validator(mode="after")
    def _something(self) -> "MemberGift":
        if self.total == 0:
            raise FieldProblem(N_("请选多少时间"))
        return self

    @property
    def total(self) -> int:
        """In minutes; what was typed counts before what was chosen."""
        return self.hours * 60 + self.minutes or self.amount

    @property
    def receiver_id(self) -> UUID | None:
        """None: the pool."""
        return None if isinstance(self.to, str) else self.to


class NewGift(Schema):
    """Minutes that a member gives to another, or to the pool where `receiver_id` is null."""

    receiver_id: UUID | None = None
    minutes: Annotated[int, Field(ge=1, le=MINUTES_TRANSFER_MAX)]
    reason: Reason | None = None


class TargetBody(BaseModel):
    """Somebody to give to; `name` is masked for who is not at a desk."""

    receiver: Receiver
    member_id: UUID | None
    name: str
    number: str
    here: bool

    @classmethod
    def of(cls, found: GiftTarget, say: Say) -> "TargetBody":
        """From the room's own value, in the reader's language."""
        return cls(
            receiver=found.receiver,
            member_id=found.member_id,
            name=say(found.name),
            number=found.number,
            here=found.here,
        )


class GiftBody(BaseModel):
    """A gift that was made."""

    transfer_id: UUID
    given_on: date
    other: str
    minutes: int
    reason: str | None
    incoming: bool
    corrected: bool

    @classmethod
    def of(cls, found: GiftView, say: Say) -> "GiftBody":
        """From the room's own value, in the reader's language."""
        return cls(
            transfer_id=found.transfer_id,
            given_on=found.given_on,
            other=say(found.other),
            minutes=found.minutes,
            reason=found.reason,
            incoming=found.incoming,
            corrected=found.corrected,
        )


class GivingBody(BaseModel):
    """What may be given today under which version of the house policy, and what was given and got."""

    available_minutes: int
    most_minutes: int
    given_this_year_minutes: int
    gift_to: GiftTo
    house_version_id: UUID | None
    family: list[TargetBody]
    gifts: list[GiftBody]

    @classmethod
    def of(cls, found: Giving, say: Say) -> "GivingBody":
        """From the room's own value, in the reader's language."""
        return cls(
            available_minutes=found.available_minutes,
            most_minutes=found.most_minutes,
            given_this_year_minutes=found.given_this_year,
            gift_to=found.house.content.gift_to,
            house_version_id=found.house.version_id,
            family=[TargetBody.of(one, say) for one in found.family],
            gifts=[GiftBody.of(one, say) for one in found.gifts],
        )
