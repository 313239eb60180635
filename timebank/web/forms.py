"""Forms: read into a schema, and shown again with what is wrong beside each field."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar, get_origin
from uuid import UUID

from fastapi import Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints, ValidationError
from starlette.datastructures import FormData, UploadFile

from timebank.core.errors import N_, FieldError, Forbidden, Invalid, NotFound, Text, TimebankError
from timebank.web.problems import FieldProblem, as_invalid, field_errors

S = TypeVar("S", bound=BaseModel)


def _in_reach(day: date) -> date:
    if not 2000 <= day.year <= 2199:
        raise FieldProblem(N_("日期要在 2000 年到 2199 年之间"))
    return day


# A day that people may mean; one beyond would overflow somewhere.
Day = Annotated[date, AfterValidator(_in_reach)]


def _instant_in_reach(instant: datetime) -> datetime:
    _in_reach(instant.date())
    return instant


# An instant with its zone, on such a day.
Instant = Annotated[AwareDatetime, AfterValidator(_instant_in_reach)]


def _one_line(words: str) -> str:
    line = " ".join(words.split())
    if not line.isprintable():
        raise FieldProblem(N_("有看不见的控制字符；请重新输入"))
    return line


# Words that somebody typed, on one line; never empty.
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_one_line)]


# A record's version as it was seen; a larger number is none that the database could hold.
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


@dataclass
class Form(Generic[S]):
    """What was typed, the value it makes (None if it makes none), and what is wrong; `about` what else to look at.

    `stands`: where somebody else changed the record meanwhile, what stands there now.
    """

    raw: Mapping[str, Any] = field(default_factory=dict)
    value: S | None = None
    errors: list[FieldError] = field(default_factory=list)
    problem: Text | None = None
    about: UUID | None = None
    stands: Mapping[str, Any] = field(default_factory=dict)

    def refused(self, error: TimebankError) -> "Form[S]":
        """The same form with a refusal of the use case shown on it.

        Who may not do it at all, or not to this, is not shown the form again: that refusal goes on as it is.
        """
        if isinstance(error, Forbidden | NotFound):
            raise error
        fields = list(error.fields) if isinstance(error, Invalid) else []
        return Form(self.raw, None, fields, error.text, error.about)

    def against(self, current: Mapping[str, Any]) -> "Form[S]":
        """The same form beside what stands in the record now: it is about that version from here on.

        What was typed stays; `stands` has the values that differ from it.
        """
        stands = {k: v for k, v in current.items() if k in self.raw and _alike(v) != _alike(self.raw[k])}
        newest = {"version": current["version"]} if "version" in current else {}
        stands.pop("version", None)
        return replace(self, raw={**self.raw, **newest}, stands=stands)

    def text(self, name: str) -> str:
        """What was typed in a field."""
        value = self.raw.get(name, "")
        return "" if value is None else str(value)

    def has(self, name: str, value: object) -> bool:
        """True if an option or box with this value was chosen."""
        chosen = self.raw.get(name)
        return (
            str(value) in [str(v) for v in chosen] if isinstance(chosen, list) else str(value) == str(chosen)
        )

    def error(self, name: str) -> Text | None:
        """What is wrong with a field."""
        return next((found.text for found in self.errors if found.field.split(".")[0] == name), None)


def _alike(value: object) -> object:
    if isinstance(value, list | tuple):
        return sorted(map(str, value))
    return "" if value is None else str(value)


async def read(request: Request, schema: type[S]) -> Form[S]:
    """The posted form as `schema`. An empty field counts as not given."""
    return parse(await request.form(), schema)


def parse(data: FormData, schema: type[S]) -> Form[S]:
    """Form data as `schema`; repeated names where the schema has a list."""
    raw: dict[str, Any] = {}
    for name, info in schema.model_fields.items():
        key = info.alias or name
        if get_origin(info.annotation) in (list, tuple, set, frozenset):
            raw[key] = [str(value).strip() for value in data.getlist(key) if str(value).strip()]
        elif key in data and not isinstance(data[key], UploadFile):
            raw[key] = str(data[key]).strip()
    given = {key: value for key, value in raw.items() if value != ""}
    blotted = [key for key, value in raw.items() if value != _without_nul(value)]
    if blotted:
        # No text column takes it, nor does a page that is shown again.
        return Form({key: _without_nul(value) for key, value in raw.items()}, None, _unreadable(blotted))
    try:
        return Form(raw, schema.model_validate(given))
    except ValidationError as error:
        return Form(raw, None, field_errors(error.errors(include_url=False)))


def _without_nul(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    return value.replace("\x00", "")


def _unreadable(names: list[str]) -> list[FieldError]:
    return [FieldError(name, Text(N_("有看不见的控制字符；请重新输入"))) for name in names]


def asked_for(request: Request, schema: type[S]) -> S:
    """What stands in the address after the question mark, as `schema`; raises `Invalid`."""
    given = {name: value for name, value in request.query_params.items() if value}
    try:
        return schema.model_validate(given)
    except ValidationError as error:
        raise as_invalid(error) from error


def filled(value: BaseModel) -> Form[Any]:
    """A form that starts with what is known."""
    return Form(value.model_dump(mode="json"))
