"""What forms and API bodies of sign-in look like."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from timebank.access.model import Level
from timebank.core.errors import N_
from timebank.web.bodies import Schema
from timebank.web.problems import FieldProblem


def _digits(value: str) -> str:
    plain = "".join(str(int(c)) if c.isdigit() else c for c in value if not c.isspace() and c != "-")
    if not plain.isdigit():
        raise FieldProblem(N_("只填数字"))
    return plain


Digits = Annotated[str, AfterValidator(_digits)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
UserName = Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9._@-]+$")]
Password = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9.-]+$")]


class SignInStaff(BaseModel):
    """Name and password."""

    user_name: Annotated[str, Field(min_length=1, max_length=60)]
    password: Password


class SignInCard(BaseModel):
    """The card's number and PIN, or its QR secret and PIN."""

    number: Annotated[Digits | None, Field(max_length=30)] = None
    secret: Annotated[str | None, Field(max_length=100)] = None
    pin: Annotated[Digits, Field(min_length=1, max_length=12)]

    @model_validator(mode="after")
    def _one_of(self) -> "SignInCard":
        if not self.number and not self.secret:
            raise FieldProblem(N_("请填写卡号，或用手机扫卡上的二维码"))
        return self


class NewLogin(Schema):
    """An API sign-in: staff by `user_name` and `password`, members by `number` and `pin`."""

    user_name: Annotated[str | None, Field(max_length=60)] = None
    password: Annotated[str | None, Field(max_length=200)] = None
    number: Annotated[Digits | None, Field(max_length=30)] = None
    pin: Annotated[Digits | None, Field(max_length=12)] = None

    @model_validator(mode="after")
    def _one_way(self) -> "NewLogin":
        staff, card = (self.user_name, self.password), (self.number, self.pin)
        if all(staff) == all(card):
            raise FieldProblem(N_("请给出登录名和密码，或卡号和密码"))
        return self


class LoginView(BaseModel):
    """A fresh token, to be sent as `Authorization: Bearer …`."""

    token: str
    home: str


class FirstRun(BaseModel):
    """The first district, community and coordinator."""

    district: Name
    town: Name
    community: Name
    name: Name
    user_name: UserName
    password: Password


class Office(BaseModel):
    """A role in a unit."""

    role: Literal["coordinator", "auditor", "administrator"]
    unit_id: UUID


class NewStaff(Office):
    """A staff member and their first office."""

    name: Name
    user_name: UserName
    password: Password


class NewPassword(BaseModel):
    """A password that an administrator sets for somebody else."""

    password: Password


class NewUnit(BaseModel):
    """A unit below another; without a code it gets the next free one."""

    parent_id: UUID
    name: Name
    code: Code | None = None


class UnitChange(BaseModel):
    """A unit's name and code, with those that were on the screen."""

    name: Name
    code: Code
    seen_name: Name
    seen_code: Code


class OfficeBody(Schema, Office):
    """The same from a program."""


class NewStaffBody(Schema, NewStaff):
    """The same from a program."""


class NewPasswordBody(Schema, NewPassword):
    """The same from a program."""


class ActiveBody(Schema):
    """Shut out (false) or let in again."""

    active: bool


class NewUnitBody(Schema, NewUnit):
    """The same from a program."""


class UnitChangeBody(Schema, UnitChange):
    """The same from a program."""


class UnitOut(BaseModel):
    """A unit: a district, a town or a community."""

    id: UUID
    parent_id: UUID | None
    level: Level
    name: str
    code: str


class OfficeOut(BaseModel):
    """A role that somebody holds in a unit."""

    role: str
    unit_id: UUID
    unit: str


class StaffOut(BaseModel):
    """A staff member with their offices; `memberships` are the members they are themselves."""

    id: UUID
    name: str
    user_name: str
    active: bool
    offices: list[OfficeOut]
    memberships: list[UUID]


class Made(BaseModel):
    """The id of what was made."""

    id: UUID


class PasswordChange(BaseModel):
    """The present password and the next."""

    old: Password
    new: Password


class WorkIn(BaseModel):
    """Where to go once another community is worked in."""

    back: Annotated[str, Field(max_length=500)] = "/"


class Preferences(BaseModel):
    """Language and text size of this browser."""

    lang: Literal["zh", "en"] | None = None
    size: Literal["normal", "large", "largest"] | None = None
    back: Annotated[str, Field(max_length=500)] = "/"
