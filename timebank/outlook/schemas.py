"""What forms and API bodies of the outlook look like, and what programs read back."""

import re
import unicodedata
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from timebank.core.errors import N_
from timebank.outlook import rules
from timebank.outlook.model import Backing, CallList, Coaching, Figures, Standing
from timebank.outlook.projecting import Assumptions, Projection
from timebank.people.model import Category
from timebank.people.rules import mask_phone
from timebank.web.forms import Day, Line
from timebank.web.i18n import Language, say
from timebank.web.problems import FieldProblem

After = Annotated[str, Field(max_length=300)]
Months = Annotated[int, Field(ge=1, le=120)]
Days = Annotated[int, Field(ge=30, le=3_650)]
Word = Annotated[Line, Field(max_length=200)]
Percent = Annotated[int, Field(ge=0, le=300)]
MONTHS, DAYS = 3, 180


def _fen(typed: object) -> int:
    """1,234.50 yuan as it is typed, in fen."""
    match = _YUAN.fullmatch("".join(unicodedata.normalize("NFKC", str(typed)).replace(",", "").split()))
    if match is None:
        raise FieldProblem(N_("金额请写成 1234.50 这样，最多两位小数"))
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


_YUAN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")
Fen = Annotated[int, BeforeValidator(_fen)]


class Schema(BaseModel):
    """Unknown fields of an API body are refused by name."""

    model_config = ConfigDict(extra="forbid")


class Otherwise(BaseModel):
    """What is assumed otherwise than last year says; empty: as last year."""

    years: Annotated[int, Field(ge=1, le=30)] | None = None
    runs: Annotated[int, Field(ge=20, le=400)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    mortality_percent: Percent | None = None
    joining: Annotated[int, Field(ge=0, le=500)] | None = None
    joining_age: Annotated[int, Field(ge=18, le=100)] | None = None
    earn_percent: Percent | None = None
    help_until: Annotated[int, Field(ge=50, le=110)] | None = None
    first_ask_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    ask_hours: Annotated[int, Field(ge=0, le=1_000)] | None = None
    week_hours: Annotated[int, Field(ge=0, le=60)] | None = None

    def instead_of(self, usual: Assumptions) -> Assumptions:
        """The usual assumptions with these in their place."""
        given = self.model_dump(exclude_none=True)
        for name in ("ask", "week"):
            if f"{name}_hours" in given:
                given[f"{name}_minutes"] = given.pop(f"{name}_hours") * 60
        return Assumptions(**{**asdict(usual), **given})


class AskingFilter(BaseModel):
    """How old hours must be, in months, and where the list goes on."""

    months: Months = MONTHS
    after: After | None = None


class QuietFilter(BaseModel):
    """For how many days nothing was heard, and where the list goes on."""

    days: Days = DAYS
    after: After | None = None


class CallForm(BaseModel):
    """That somebody was spoken to; `to`: on which list it was noted."""

    happened_on: Day
    word: Word | None = None
    to: Literal["asking", "quiet"] = "quiet"


class BackingForm(BaseModel):
    """What stands behind the hours, in yuan."""

    from_on: Day
    fund: Fen
    hour: Fen
    note: Word | None = None


class NewBacking(Schema):
    """What stands behind the hours from a day on, in fen; `hour_fen`: what one hour is guaranteed."""

    from_on: Day
    fund_fen: Annotated[int, Field(ge=0, le=rules.FUND_FEN_MAX)]
    hour_fen: Annotated[int, Field(ge=1, le=rules.HOUR_FEN_MAX)]
    note: Word | None = None


class Made(BaseModel):
    """The id of what was made."""

    id: UUID


class BackingOut(BaseModel):
    """A backing, and who recorded it."""

    id: UUID
    from_on: date
    fund_fen: int
    hour_fen: int
    note: str | None
    recorded_by: str
    recorded_at: datetime


class AgeRow(BaseModel):
    """Minutes outstanding of owners of one age, by the age of the hours: below 3, 12, 24, 60 months, and older."""

    owners: str
    minutes: list[int]


class StandingOut(BaseModel):
    """How the hours stand; percentages and Gini's coefficient are None or 0 where nothing is outstanding."""

    on: date
    holders: int
    outstanding_minutes: int
    owed_minutes: int
    left_minutes: int
    never_asked: int
    never_asked_minutes: int
    earned_minutes: int
    spent_minutes: int
    velocity_percent: int | None
    top_holders: int
    top_minutes: int
    gini_permille: int
    by_age: list[AgeRow]
    helpers: int
    helpers_without_times: int
    capacity_week_minutes: int
    backing: BackingOut | None
    liability_fen: int | None
    covered_percent: int | None


class SpreadOut(BaseModel):
    """The 10th, 50th and 90th of a hundred outcomes, in minutes."""

    low: int
    middle: int
    high: int


class YearOut(BaseModel):
    """A year ahead; today (0) asks for nothing yet."""

    year: int
    outstanding: SpreadOut
    asked: SpreadOut | None
    capacity: SpreadOut | None
    stranded: SpreadOut


class AssumptionsOut(BaseModel):
    """What the projection takes for granted."""

    years: int
    runs: int
    seed: int
    mortality_percent: int
    joining: int
    joining_age: int
    earn_percent: int
    help_until: int
    first_ask_percent: int
    ask_minutes: int
    week_minutes: int


class ProjectionOut(BaseModel):
    """The years ahead. `runs`: how often it was played through, fewer than asked for where people are many."""

    runs: int
    short_from: int | None
    assumptions: AssumptionsOut
    years: list[YearOut]


class AdviceOut(BaseModel):
    """Somebody to be asked. `category` None: about a gift to their family."""

    member_id: UUID
    number: str
    name: str
    phone: str
    held_minutes: int
    facts: list[str]
    category: Category | None
    question: str
    because: list[str]


class AdvicePage(BaseModel):
    """Some of `total`; `barred` more may not spend yet."""

    rows: list[AdviceOut]
    total: int
    barred: int
    after: str | None


class QuietOut(BaseModel):
    """Somebody of whom nothing was heard `since`."""

    member_id: UUID
    number: str
    name: str
    phone: str
    since: date | None
    days: int | None
    held_minutes: int
    away_until: date | None


class QuietPage(BaseModel):
    """Some of `total`."""

    rows: list[QuietOut]
    total: int
    after: str | None


def backing_out(one: Backing) -> BackingOut:
    """A backing for a program."""
    return BackingOut(**asdict(one))


def standing_out(found: Standing) -> StandingOut:
    """The figures for a program."""
    figures: Figures = found.figures
    plain = {name: getattr(figures, name) for name in StandingOut.model_fields if hasattr(figures, name)}
    owners = ["-59", "60-69", "70-79", "80-89", "90-", "unknown"]
    table = [
        AgeRow(owners=label, minutes=list(row)) for label, row in zip(owners, figures.by_age, strict=True)
    ]
    owed, backing = figures.outstanding_minutes, found.backing
    return StandingOut(
        **{
            **plain,
            "by_age": table,
            "helpers": found.capacity.helpers,
            "helpers_without_times": found.capacity.without_times,
            "capacity_week_minutes": found.capacity.week_minutes,
            "backing": backing_out(backing) if backing else None,
            "liability_fen": rules.liability_fen(owed, backing) if backing else None,
            "covered_percent": rules.covered_percent(owed, backing) if backing else None,
        }
    )


def projection_out(found: Projection, given: Assumptions) -> ProjectionOut:
    """The years ahead for a program."""
    years = [YearOut.model_validate(asdict(one)) for one in found.years]
    assumptions = AssumptionsOut(**asdict(given))
    return ProjectionOut(runs=found.runs, short_from=found.short_from, assumptions=assumptions, years=years)


def advice_page(found: Coaching, language: Language) -> AdvicePage:
    """Whom to ask for a program; phones are masked, as in every list."""
    rows = [
        AdviceOut(
            member_id=one.member.id,
            number=one.member.number,
            name=one.member.name,
            phone=mask_phone(one.member.details.phone),
            held_minutes=one.held_minutes,
            facts=[say(text, language) for text in one.facts],
            category=one.category,
            question=say(one.question, language),
            because=[say(text, language) for text in one.because],
        )
        for one in found.page.rows
    ]
    return AdvicePage(rows=rows, total=found.total, barred=found.barred, after=found.page.after)


def quiet_page(found: CallList) -> QuietPage:
    """Whom to call for a program; phones are masked, as in every list."""
    rows = [
        QuietOut(
            member_id=one.member.id,
            number=one.member.number,
            name=one.member.name,
            phone=mask_phone(one.member.details.phone),
            since=one.since,
            days=one.days,
            held_minutes=one.held_minutes,
            away_until=one.away_until,
        )
        for one in found.page.rows
    ]
    return QuietPage(rows=rows, total=found.total, after=found.page.after)
