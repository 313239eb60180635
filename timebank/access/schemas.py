"""What forms and API bodies of sign-in look like."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from timebank.core.errors import N_
from timebank.web.problems import FieldProblem


def _digits(value: str) -> str:
    plain = "".join(str(int(c)) if c.isdigit() else c for c in value if not c.isspace() and c != "-")
    if not plain.isdigit():
        raise FieldProblem(N_("只填数字"))
    return plain


Digits = Annotated[str, AfterValidator(_digits)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
UserName = Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9._@-]+$")]
Password = Annotated[str, Field(min_length=1, max_length=200)]


class Schema(BaseModel):
    """Unknown fields of an API body are refused by name."""

    model_config = ConfigDict(extra="forbid")


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


class NewStaff(BaseModel):
    """A staff member and their first role."""

    name: Name
    user_name: UserName
    password: Password
    role: Literal["coordinator", "auditor", "administrator"]
    unit_id: UUID


class PasswordChange(BaseModel):
    """The present password and the next."""

    old: Password
    new: Password


class Preferences(BaseModel):
    """Language and text size of this browser."""

    lang: Literal["zh", "en"] | None = None
    size: Literal["normal", "large", "largest"] | None = None
    back: Annotated[str, Field(max_length=500)] = "/"
