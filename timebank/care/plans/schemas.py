"""What forms and API bodies of care plans look like."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.care.plans import rules
from timebank.care.plans.model import (
    GOAL_LENGTH_MAX,
    GOALS_MAX,
    PART_LENGTH_MAX,
    REQUESTS_MAX,
    TEAM_MAX,
    WORD_LENGTH_MAX,
    How,
    Plan,
    PlanLine,
    PlanPage,
    Seat,
    SeatShown,
    Version,
)
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line
from timebank.web.forms import Version as Seen

Goal = Annotated[Line, Field(max_length=GOAL_LENGTH_MAX)]
Part = Annotated[Line, Field(max_length=PART_LENGTH_MAX)]
Word = Annotated[str, Field(max_length=WORD_LENGTH_MAX)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]
Lines = Annotated[str, Field(max_length=10_000)]


class PlanForm(BaseModel):
    """A plan as it is typed: a line for each goal, and for each who helps, such as `何姑 送午饭`."""

    goals: Lines
    team: Lines | None = None
    request_ids: Annotated[list[UUID], Field(max_length=REQUESTS_MAX)] = Field(default_factory=list)
    review_on: Day
    word: Word | None = None
    version: Seen | None = None

    def plan(self, team: tuple[Seat, ...]) -> Plan:
        """The value, once it is known who is meant."""
        goals = [" ".join(line.split()) for line in self.goals.splitlines()]
        return Plan(
            goals=tuple(goal for goal in goals if goal),
            team=team,
            request_ids=tuple(self.request_ids),
            review_on=self.review_on,
            word=self.word,
        )


class ReviewForm(BaseModel):
    """What a review found, and when the next is."""

    word: Annotated[Word, Field(min_length=1)]
    review_on: Day
    version: Seen


class EndForm(BaseModel):
    """Why it is over."""

    reason: Reason
    version: Seen


class SeatBody(Schema):
    """Somebody's part: a member, or somebody of the staff."""

    part: Part
    member_id: UUID | None = None
    staff_id: UUID | None = None


class PlanFields(Schema):
    """What is planned."""

    goals: Annotated[list[Goal], Field(min_length=1, max_length=GOALS_MAX)]
    team: Annotated[list[SeatBody], Field(max_length=TEAM_MAX)] = Field(default_factory=list)
    request_ids: Annotated[list[UUID], Field(max_length=REQUESTS_MAX)] = Field(default_factory=list)
    review_on: Day
    word: Word | None = None

    @property
    def plan(self) -> Plan:
        """The value."""
        return Plan(
            goals=tuple(self.goals),
            team=tuple(Seat(one.part, one.member_id, one.staff_id) for one in self.team),
            request_ids=tuple(self.request_ids),
            review_on=self.review_on,
            word=self.word,
        )


class ChangedPlan(PlanFields):
    """Another in its place, as it was seen."""

    version: Seen


class ReviewBody(Schema):
    """What a review found, and when the next is."""

    word: Annotated[Word, Field(min_length=1)]
    review_on: Day
    version: Seen


class EndBody(Schema):
    """Why it is over."""

    reason: Reason
    version: Seen


class SeatShownBody(BaseModel):
    """Who is in the team, and their part."""

    part: str
    name: str
    member_id: UUID | None
    staff_id: UUID | None


class PlanBody(BaseModel):
    """A plan as it stands."""

    id: UUID
    member_id: UUID
    name: str
    begun_on: date
    ended_on: date | None
    ended_because: str | None
    goals: list[str]
    team: list[SeatShownBody]
    request_ids: list[UUID]
    review_on: date
    word: str | None
    version: int


class PlanLineBody(BaseModel):
    """A plan in a list."""

    id: UUID
    member_id: UUID
    name: str
    begun_on: date
    review_on: date
    ended_on: date | None


class PlanList(BaseModel):
    """A page of plans."""

    rows: list[PlanLineBody]
    after: str | None


class VersionBody(BaseModel):
    """A plan as it stood from one writing to the next."""

    number: int
    how: How
    goals: list[str]
    request_ids: list[UUID]
    review_on: date
    word: str | None
    written_at: datetime


def plan_of(page: PlanPage) -> PlanBody:
    """A plan for a program."""
    view, plan = page.view, page.view.latest.plan
    return PlanBody(
        id=view.id,
        member_id=view.member_id,
        name=page.member.name,
        begun_on=view.begun_on,
        ended_on=view.ended.on if view.ended else None,
        ended_because=view.ended.because if view.ended else None,
        goals=list(plan.goals),
        team=[_seat_of(one) for one in page.team],
        request_ids=list(plan.request_ids),
        review_on=plan.review_on,
        word=plan.word,
        version=view.version,
    )


def line_of(line: PlanLine) -> PlanLineBody:
    """A plan in a list, for a program."""
    view = line.view
    return PlanLineBody(
        id=view.id,
        member_id=view.member_id,
        name=line.member.name,
        begun_on=view.begun_on,
        review_on=view.latest.plan.review_on,
        ended_on=view.ended.on if view.ended else None,
    )


def version_of(version: Version) -> VersionBody:
    """A version for a program."""
    plan = version.plan
    return VersionBody(
        number=version.number,
        how=version.how,
        goals=list(plan.goals),
        request_ids=list(plan.request_ids),
        review_on=plan.review_on,
        word=plan.word,
        written_at=version.written_at,
    )


def form_of(page: PlanPage) -> dict[str, object]:
    """What the desk's form holds for a plan as it stands."""
    plan = page.view.latest.plan
    return {
        "goals": "\n".join(plan.goals),
        "team": "\n".join(_line_of(one) for one in page.team),
        "request_ids": [str(one) for one in plan.request_ids],
        "review_on": plan.review_on,
        "word": plan.word,
        "version": page.view.version,
    }


def _line_of(one: SeatShown) -> str:
    return f"{one.name}（{one.number or rules.STAFF}） {one.seat.part}"


def _seat_of(one: SeatShown) -> SeatShownBody:
    seat = one.seat
    return SeatShownBody(part=seat.part, name=one.name, member_id=seat.member_id, staff_id=seat.staff_id)
