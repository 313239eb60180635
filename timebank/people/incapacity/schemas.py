"""What forms and API bodies of incapacity look like."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from timebank.access.delegates.model import DelegateIs, Purpose
from timebank.access.incapacity.model import Basis, Incapacity, Taken
from timebank.core.errors import N_
from timebank.people.schemas import Name, Phone, Reason
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line, Version
from timebank.web.problems import FieldProblem


class _Taken(BaseModel):
    from_on: Day
    until_on: Day
    basis: Basis
    paper: Annotated[Line, Field(max_length=100)]
    name: Name | None = None
    phone: Phone | None = None
    purposes: list[Purpose] = []
    version: Version

    def taken(self, delegate: DelegateIs) -> Taken:
        """As the room's own value."""
        return Taken(
            from_on=self.from_on,
            until_on=self.until_on,
            basis=self.basis,
            paper=self.paper,
            delegate=delegate,
            purposes=frozenset(self.purposes),
        )


class TakeOverForm(_Taken):
    """Who takes over: a member here (`other`), or somebody with a name and a phone."""

    other: Annotated[str, Field(max_length=60)] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.other is None) == (self.name is None):
            raise FieldProblem(N_("请只填一样：本社区的会员，或不是会员的人"))
        if self.name and not self.phone:
            raise FieldProblem(N_("不是会员的代办人，请填电话，好核对"))
        return self


class TakeOverBody(Schema, _Taken):
    """The same from a program; `version` of the member's record."""

    delegate_member_id: UUID | None = None

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


class GiveBackForm(BaseModel):
    """Why the member acts for themselves again; `version` of what was recorded."""

    reason: Reason
    version: Version


class GiveBackBody(GiveBackForm, Schema):
    """The same from a program."""


class IncapacityView(BaseModel):
    """Who acts for a member, on which paper, until when."""

    id: UUID
    from_on: date
    until_on: date
    basis: Basis
    paper: str
    delegate_member_id: UUID | None
    delegate_name: str | None
    purposes: list[Purpose]
    version: int

    @classmethod
    def of(cls, found: Incapacity) -> "IncapacityView":
        """From the room's own value."""
        taken = found.taken
        return cls(
            id=found.id,
            from_on=taken.from_on,
            until_on=taken.until_on,
            basis=taken.basis,
            paper=taken.paper,
            delegate_member_id=taken.delegate.member_id,
            delegate_name=taken.delegate.name,
            purposes=sorted(taken.purposes),
            version=found.version,
        )
