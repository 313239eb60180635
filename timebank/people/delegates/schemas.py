"""What the forms and API bodies of delegates look like."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from timebank.access.delegates.model import Agreement, Consent, DelegateIs, Purpose
from timebank.core.errors import N_
from timebank.people.delegates.model import DelegateShown
from timebank.people.schemas import Name, Phone
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line, Version
from timebank.web.problems import FieldProblem

ConsentBy = Annotated[Line, Field(max_length=60)]


class _Agreed(BaseModel):
    until_on: Day
    consent: Consent
    consent_by: ConsentBy
    consent_on: Day

    @property
    def agreed(self) -> Agreement:
        """How it was agreed."""
        return Agreement(
            until_on=self.until_on,
            consent=self.consent,
            consent_by=self.consent_by,
            consent_on=self.consent_on,
        )


class DelegateForm(_Agreed):
    """Somebody who acts for a member: a member here (`other`), or somebody with a name and a phone."""

    other: Annotated[str, Field(max_length=60)] | None = None
    name: Name | None = None
    phone: Phone | None = None
    purposes: list[Purpose] = []

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.other is None) == (self.name is None):
            raise FieldProblem(N_("请只填一样：本社区的会员，或不是会员的人"))
        if self.name and not self.phone:
            raise FieldProblem(N_("不是会员的代办人，请填电话，好核对"))
        return self


class SeenDelegate(BaseModel):
    """The delegation as it was on the screen."""

    version: Version


class NewDelegate(Schema, _Agreed):
    """A delegate from a program: a member, or a name and a phone."""

    delegate_member_id: UUID | None = None
    name: Name | None = None
    phone: Phone | None = None
    purposes: Annotated[list[Purpose], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.delegate_member_id is None) == (self.name is None):
            raise FieldProblem(N_("请只填一样：会员，或不是会员的人"))
        return self

    def delegate(self, *, here: UUID) -> DelegateIs:
        """Who it is."""
        if self.delegate_member_id is not None:
            return DelegateIs(community_id=here, member_id=self.delegate_member_id)
        return DelegateIs(name=self.name, phone=self.phone)


class DelegateRow(BaseModel):
    """A delegation; `counts` while the delegate may."""

    id: UUID
    name: str | None
    delegate_member_id: UUID | None
    purpose: Purpose
    until_on: date
    consent: Consent
    consent_by: str
    consent_on: date
    counts: bool
    version: int

    @classmethod
    def of(cls, found: DelegateShown, today: date) -> "DelegateRow":
        """From the room's own value."""
        one = found.delegation
        return cls(
            id=one.id,
            name=found.name,
            delegate_member_id=one.delegate.member_id,
            purpose=one.purpose,
            until_on=one.agreed.until_on,
            consent=one.agreed.consent,
            consent_by=one.agreed.consent_by,
            consent_on=one.agreed.consent_on,
            counts=one.counts(today),
            version=one.version,
        )
