"""What the forms and API bodies of a member's family look like."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from timebank.access.kin.model import KinKind, Relative
from timebank.core.errors import N_
from timebank.people.kin.model import Relation
from timebank.people.model import Gender
from timebank.people.schemas import Name, Number, Phone
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line, Version
from timebank.web.problems import FieldProblem

SaidBy = Annotated[Line, Field(max_length=60)]


class KinForm(BaseModel):
    """What somebody is to a member: a member here (`other`), one elsewhere, or somebody with a name."""

    kind: KinKind
    other: Annotated[str, Field(max_length=60)] | None = None
    elsewhere: UUID | None = None
    elsewhere_number: Number | None = None
    elsewhere_name: Name | None = None
    name: Name | None = None
    phone: Phone | None = None
    gender: Gender | None = None
    staff_id: UUID | None = None
    said_by: SaidBy
    said_on: Day

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if sum(each is not None for each in (self.other, self.elsewhere, self.name)) != 1:
            raise FieldProblem(N_("请只填一样：本社区的会员、别的社区的会员，或不是会员的人"))
        if self.elsewhere and not (self.elsewhere_number and self.elsewhere_name):
            raise FieldProblem(N_("别的社区的会员，请把会员号和姓名都填上"))
        return self

    def outsider(self) -> Relative:
        """Somebody who is no member."""
        return Relative(name=self.name, phone=self.phone, gender=self.gender, staff_id=self.staff_id)


class Seen(BaseModel):
    """The tie as it was on the screen."""

    version: Version


class EndForm(Seen):
    """From which day on."""

    ended_on: Day


class NewKin(Schema):
    """A tie from a program: `member_id` of the other (and `community_id`, if it is not the same), or a name."""

    kind: KinKind
    other_member_id: UUID | None = None
    other_community_id: UUID | None = None
    name: Name | None = None
    phone: Phone | None = None
    gender: Gender | None = None
    staff_id: UUID | None = None
    said_by: SaidBy
    said_on: Day

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.other_member_id is None) == (self.name is None):
            raise FieldProblem(N_("请只填一样：会员，或不是会员的人"))
        return self

    def relative(self, *, here: UUID) -> Relative:
        """The other."""
        if self.other_member_id is not None:
            return Relative(community_id=self.other_community_id or here, member_id=self.other_member_id)
        return Relative(name=self.name, phone=self.phone, gender=self.gender, staff_id=self.staff_id)


class KinRow(BaseModel):
    """A tie. `name` null: a member of a community that the caller may not see."""

    id: UUID
    kind: KinKind
    name: str | None
    number: str | None
    community: str | None
    said_by: str
    said_on: date
    ended_on: date | None
    version: int

    @classmethod
    def of(cls, found: Relation) -> "KinRow":
        """From the room's own value."""
        tie = found.tie
        return cls(
            id=tie.id,
            kind=tie.kind,
            name=found.name,
            number=found.number,
            community=found.community,
            said_by=tie.said_by,
            said_on=tie.said_on,
            ended_on=tie.ended_on,
            version=tie.version,
        )
