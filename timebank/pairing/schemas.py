"""What forms and API bodies of pairing look like, and what programs read back."""

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from timebank.core.errors import N_
from timebank.core.provenance import Provenance
from timebank.pairing.model import Answer, PairStatus, ProposalStatus, Side
from timebank.pairing.round_schemas import ReportOut, SteerBody
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Version
from timebank.web.problems import FieldProblem

REQUESTS_MAX = 5_000


def _line(value: str) -> str:
    if not value.isprintable():
        raise FieldProblem(N_("有看不见的控制字符；请重新输入"))
    return value.strip()


Words = Annotated[str, Field(max_length=200), AfterValidator(_line)]
# A job's or a member's own provenance is never typed in.
Told = Literal["phone", "desk", "paper"]


class RunForm(BaseModel):
    """Run a round for one scheme, or for all."""

    scheme_id: UUID | None = None


class SendForm(BaseModel):
    """Ask the pairs that are ticked."""

    request_ids: Annotated[list[UUID], Field(max_length=REQUESTS_MAX)] = []

    @model_validator(mode="after")
    def _some(self) -> "SendForm":
        if not self.request_ids:
            raise FieldProblem(N_("请至少勾选一对"))
        return self


def minute_of(at: time) -> int:
    """A time of the day in minutes since midnight."""
    return at.hour * 60 + at.minute


class AnswerForm(BaseModel):
    """One side's answer, told to the desk."""

    side: Side
    answer: Answer
    provenance: Told = "phone"

    @property
    def how(self) -> Provenance:
        """How the answer reached us."""
        return Provenance(self.provenance)


class MyAnswerForm(BaseModel):
    """A member's own answer."""

    answer: Answer


class AskForm(BaseModel):
    """Ask one helper by hand; a day and a time where none suits both, a reason where a rule is bent."""

    request_id: UUID
    helper_id: UUID
    on: date | None = None
    at: time | None = None
    reason: Words | None = None

    @model_validator(mode="after")
    def _both(self) -> "AskForm":
        if (self.on is None) != (self.at is None):
            raise FieldProblem(N_("日期和时间要一起填"))
        return self

    @property
    def from_minute(self) -> int | None:
        """The time in minutes since midnight."""
        return None if self.at is None else minute_of(self.at)


class AskQuery(BaseModel):
    """Whom to look at for which request."""

    request_id: UUID
    q: Annotated[str, Field(max_length=60)] | None = None


class PairForm(BaseModel):
    """What is done to a pair, as it was seen."""

    version: Version
    reason: Words | None = None


class EndForm(PairForm):
    """End a pair; `again`: look for somebody else."""

    reason: Words
    again: Literal["yes", "no"] = "no"


class SeenRequest(BaseModel):
    """Which version of the request was on the screen."""

    version: Version


class SkipDate(SeenRequest):
    """One date that falls away."""

    on_day: Day


class MoveDate(SkipDate):
    """One date that comes on another day."""

    to_day: Day
    at: time


class AddDate(SeenRequest):
    """One date more."""

    to_day: Day
    at: time


class UndoDate(SeenRequest):
    """A changed date as the rule has it again."""

    change_id: UUID


class ProposalFilter(BaseModel):
    """Which proposals to list."""

    status: ProposalStatus = ProposalStatus.OPEN
    after: Annotated[str, Field(max_length=300)] | None = None


class PairFilter(BaseModel):
    """Which pairs to list; without a status those that have not ended."""

    status: PairStatus | None = None
    after: Annotated[str, Field(max_length=300)] | None = None


class ListFilter(BaseModel):
    """Where a list goes on."""

    after: Annotated[str, Field(max_length=300)] | None = None


class RunBody(SteerBody):
    """Run a round for one scheme, or for all."""

    scheme_id: UUID | None = None


class SendBody(Schema):
    """Send a round: all of it, or the pairs of these requests."""

    request_ids: Annotated[list[UUID], Field(max_length=REQUESTS_MAX)] | None = None


class AnswerBody(Schema):
    """One side's answer; a member answers for their own side."""

    side: Side
    answer: Answer
    provenance: Told = "phone"


class AskBody(Schema, AskForm):
    """Ask one helper by hand."""


class PairBody(Schema, PairForm):
    """What is done to a pair."""


class EndBody(Schema):
    """End a pair."""

    version: Version
    reason: Words
    look_again: bool = False


class Made(BaseModel):
    """The id of what was made."""

    id: UUID


class OccasionOut(BaseModel):
    """The (first) day, minutes since midnight, the length; once, or by its RFC 5545 rule."""

    on: date
    from_minute: int
    minutes: int
    weekly: bool
    rrule: str | None


class RoundOut(BaseModel):
    """A round; `waiting` requests got nobody. Rounds of old have no report."""

    id: UUID
    scheme_id: UUID | None
    on_day: date
    status: str
    helpers: int
    served: int
    waiting: int
    milliseconds: int
    made_at: datetime
    sent_at: datetime | None
    report: ReportOut | None


class RoundList(BaseModel):
    """A page of rounds."""

    rows: list[RoundOut]
    after: str | None


class PlannedPair(BaseModel):
    """A pair of a plan: its points by term, its reasons in words, and what became of it."""

    request_id: UUID
    recipient_id: UUID
    helper_id: UUID
    occasion: OccasionOut
    score: int
    points: dict[str, int]
    metres: int | None
    why: list[str]
    runner_up: str | None
    proposal_id: UUID | None
    dropped: list[str]


class UnmatchedOut(BaseModel):
    """A request that nobody got: helpers by the first reason that refuses, in numbers and in words."""

    request_id: UUID
    recipient_id: UUID
    helpers: int
    eligible: int
    counts: dict[str, int]
    why: str
    would_help: list[str]


class RoundFull(BaseModel):
    """A whole round."""

    round: RoundOut
    input_digest: str
    plan_digest: str
    unmatched: list[UnmatchedOut]
    lapsed: list[UUID]
    pairs: list[PlannedPair]


class DroppedOut(BaseModel):
    """A pair that was not asked after all, and why."""

    request_id: UUID
    helper_id: UUID
    because: list[str]


class SentOut(BaseModel):
    """What came of sending a round."""

    made: list[UUID]
    dropped: list[DroppedOut]


class ReplayOut(BaseModel):
    """Did the same ids give the same plan; who or what has changed since."""

    same: bool
    changed: list[UUID]


class AnsweredOut(BaseModel):
    """An answer, and how it reached us."""

    answer: str
    at: datetime
    provenance: str


class ProposalOut(BaseModel):
    """A proposal with both answers."""

    id: UUID
    round_id: UUID | None
    request_id: UUID
    helper_id: UUID
    recipient_id: UUID
    seat: int
    category: str
    occasion: OccasionOut
    status: str
    helper_answer: AnsweredOut | None
    recipient_answer: AnsweredOut | None
    deadline: datetime
    made_at: datetime
    closed_at: datetime | None


class ProposalList(BaseModel):
    """A page of proposals."""

    rows: list[ProposalOut]
    after: str | None


class PairOut(BaseModel):
    """A standing pair."""

    id: UUID
    request_id: UUID
    proposal_id: UUID
    helper_id: UUID
    recipient_id: UUID
    category: str
    occasion: OccasionOut
    status: str
    trial_until: date
    confirmed_on: date | None
    paused_on: date | None
    ended_on: date | None
    version: int


class PairList(BaseModel):
    """A page of pairs."""

    rows: list[PairOut]
    after: str | None
