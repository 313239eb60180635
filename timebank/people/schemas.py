"""What forms and API bodies about people look like."""

import unicodedata
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from timebank.core.errors import N_
from timebank.people import rules
from timebank.people.model import (
    AVOID_LABELS,
    DIALECT_LABELS,
    INTEREST_LABELS,
    NAME_LENGTH_MAX,
    NEED_LABELS,
    SKILL_LABELS,
    TRAINING_LABELS,
    AbsenceKind,
    Contact,
    Details,
    Gender,
    MemberView,
    Status,
    Window,
)
from timebank.people.readings import tidy
from timebank.web.bodies import Schema
from timebank.web.forms import Version
from timebank.web.problems import FieldProblem

CODE_LENGTH_MAX = 30
CODES_MAX = 30


def _line(value: str) -> str:
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co") and c not in "\r\n\t" for c in value):
        raise FieldProblem(N_("有看不见的控制字符；请重新输入"))
    return value


def _name(value: str) -> str:
    tidied = tidy(_line(value))
    if not any(c.isalnum() for c in tidied):
        raise FieldProblem(N_("请填写姓名"))
    return tidied


def _phone(value: str) -> str:
    tidied = rules.tidy_phone(value)
    if tidied is None:
        raise FieldProblem(N_("电话写法不对；例如 13800138000 或 0769-22223333"))
    return tidied


def _codes(values: list[str]) -> list[str]:
    tidied = [" ".join(_line(value).split()) for value in values]
    if any(len(value) > CODE_LENGTH_MAX for value in tidied):
        raise FieldProblem(N_("每一项最多 {most} 个字"), most=CODE_LENGTH_MAX)
    return list(dict.fromkeys(value for value in tidied if value))


def _avoids(values: list[str]) -> list[str]:
    unknown = next((value for value in values if value not in AVOID_LABELS), None)
    if unknown is not None:
        raise FieldProblem(N_("没有“{what}”这一项"), what=unknown)
    return sorted(set(values))


Line = Annotated[str, AfterValidator(_line)]
Name = Annotated[str, Field(max_length=NAME_LENGTH_MAX), AfterValidator(_name)]
Phone = Annotated[str, Field(max_length=30), AfterValidator(_phone)]
Codes = Annotated[list[str], Field(max_length=CODES_MAX), AfterValidator(_codes)]
Avoids = Annotated[list[str], Field(max_length=CODES_MAX), AfterValidator(_avoids)]
Number = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,30}$")]
IdText = Annotated[str, Field(max_length=40), AfterValidator(_line)]
Reason = Annotated[str, Field(min_length=2, max_length=200), AfterValidator(_line)]


class MemberFields(BaseModel):
    """What may be said of a person."""

    name: Name
    gender: Gender = Gender.UNKNOWN
    birth_on: date | None = None
    phone: Phone | None = None
    address: Annotated[Line, Field(max_length=200)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    branch_id: UUID | None = None
    skills: Codes = []
    dialects: Codes = []
    interests: Codes = []
    needs: Codes = []
    trainings: Codes = []
    avoids: Avoids = []
    is_helper: bool = False
    is_recipient: bool = False
    hardship_tier: Annotated[int, Field(ge=0, le=3)] = 0
    lives_alone: bool = False
    contact: Contact = Contact.PHONE
    joined_on: date | None = None
    emergency_name: Annotated[Line, Field(max_length=60)] | None = None
    emergency_phone: Phone | None = None
    note: Annotated[Line, Field(max_length=500)] | None = None

    @model_validator(mode="after")
    def _whole_home(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise FieldProblem(N_("经度和纬度要一起填，或都不填"))
        return self

    def details(self) -> Details:
        """The values for a use case."""
        values: dict[str, Any] = {name: getattr(self, name) for name in MemberFields.model_fields}
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return Details(**plain)


class NewMemberBody(MemberFields, Schema):
    """A person to take in; without a number the next free one is given. `served`: to be helped, and no member."""

    number: Number | None = None
    id_number: IdText | None = None
    status: Literal["applied", "active", "served"] = "active"
    via: Literal["phone", "paper", "desk"] = "desk"


class MemberBody(MemberFields, Schema):
    """A member's details as a whole, and the `version` they were read at."""

    version: Version
    number: Number | None = None
    id_number: IdText | None = None


_LABELS = {
    "skills": SKILL_LABELS,
    "dialects": DIALECT_LABELS,
    "interests": INTEREST_LABELS,
    "needs": NEED_LABELS,
    "trainings": TRAINING_LABELS,
}
Other = Annotated[Line, Field(max_length=200)]


class MemberForm(MemberFields):
    """The same as a form: boxes for the known codes, a line for others, boxes for yes or no."""

    number: Number | None = None
    id_number: IdText | None = None
    roles: list[Literal["helper", "recipient"]] = []
    living: list[Literal["alone"]] = []
    skills_other: Other = ""
    dialects_other: Other = ""
    interests_other: Other = ""
    needs_other: Other = ""
    trainings_other: Other = ""

    @model_validator(mode="after")
    def _together(self) -> Self:
        for name in _LABELS:
            other = rules.split_words(getattr(self, f"{name}_other"))
            setattr(self, name, _codes([*getattr(self, name), *other]))
        self.is_helper = "helper" in self.roles
        self.is_recipient = "recipient" in self.roles
        self.lives_alone = "alone" in self.living
        return self


class EditForm(MemberForm):
    """A member's form, with the version it was shown at and what stood in it then."""

    version: Version
    seen: Annotated[str, Field(max_length=20_000)] = "{}"


def form_of(member: MemberView) -> dict[str, Any]:
    """What stands in a member's form, by field, as JSON has it."""
    details = member.details
    shown = MemberFields.model_construct(**vars(details)).model_dump(mode="json", warnings=False)
    for name, labels in _LABELS.items():
        codes = getattr(details, name)
        shown[name] = sorted(code for code in codes if code in labels)
        shown[f"{name}_other"] = "、".join(code for code in codes if code not in labels)
    for absent in ("is_helper", "is_recipient", "lives_alone"):
        del shown[absent]
    roles = [("helper", details.is_helper), ("recipient", details.is_recipient)]
    shown["roles"] = [role for role, held in roles if held]
    shown["living"] = ["alone"] if details.lives_alone else []
    shown["number"] = member.number
    return {name: "" if value is None else value for name, value in shown.items()}


class WindowBody(Schema):
    """A weekly window: weekday 0 = Monday, half-open minutes of the day."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    from_minute: Annotated[int, Field(ge=0, le=1439)]
    to_minute: Annotated[int, Field(ge=1, le=1440)]

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.to_minute <= self.from_minute:
            raise FieldProblem(N_("结束要晚于开始"))
        return self

    def window(self) -> Window:
        """The value."""
        return Window(self.weekday, self.from_minute, self.to_minute)


class WeekBody(Schema):
    """A member's whole week; it replaces the one that was seen."""

    version: Version
    windows: Annotated[list[WindowBody], Field(max_length=70)]


class AvoidsForm(BaseModel):
    """What a helper cannot take, as it was seen."""

    version: Version
    avoids: Avoids = []


class WeekForm(BaseModel):
    """A line for each weekday, such as `9:00-11:00, 14-16:30`, and which week was on the screen."""

    version: Version
    day_0: Other = ""
    day_1: Other = ""
    day_2: Other = ""
    day_3: Other = ""
    day_4: Other = ""
    day_5: Other = ""
    day_6: Other = ""


class AbsenceForm(BaseModel):
    """Days away, both included."""

    from_on: date
    until_on: date
    kind: AbsenceKind
    note: Annotated[Line, Field(max_length=200)] | None = None

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.until_on < self.from_on:
            raise FieldProblem(N_("结束日期不能早于开始日期"))
        return self


class AbsenceBody(AbsenceForm, Schema):
    """The same from a program."""


class ApartForm(BaseModel):
    """Whom a member must not be paired with: their number or name, and why."""

    other: Annotated[Line, Field(min_length=1, max_length=60)]
    reason: Reason


class StaffLinkForm(BaseModel):
    """Which staff member somebody is."""

    staff_id: UUID


class ReasonForm(BaseModel):
    """Why something is asked for."""

    reason: Reason


class ReasonBody(ReasonForm, Schema):
    """The same from a program."""


class BranchForm(BaseModel):
    """A branch's name."""

    name: Name


class BranchBody(BranchForm, Schema):
    """The same from a program."""


class BranchChange(BranchForm):
    """Another name, and the one that was on the screen."""

    seen_name: Name


class BranchChangeBody(BranchChange, Schema):
    """The same from a program."""


class Filters(BaseModel):
    """What a list of members is narrowed to."""

    q: Annotated[Line, Field(max_length=100)] | None = None
    role: Literal["helper", "recipient"] | None = None
    status: Status | None = None
    branch_id: UUID | None = None
    away: Literal["today"] | None = None
    after: Annotated[str, Field(max_length=500)] | None = None
