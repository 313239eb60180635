"""What forms and API bodies of activities look like."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.activities.model import (
    GUESTS_MAX,
    PLACE_LENGTH_MAX,
    SEATS_MAX,
    TITLE_LENGTH_MAX,
    ActivityKind,
    ActivityView,
    Earners,
    Invitation,
    Part,
    Planned,
    SignIn,
    Standing,
    Status,
    Taking,
)
from timebank.activities.queries import When
from timebank.core.amounts import MINUTES_VISIT_MAX
from timebank.core.provenance import Provenance
from timebank.requests.schemas import Note, Seen, clock_of, minute_of
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line, Version

Title = Annotated[Line, Field(max_length=TITLE_LENGTH_MAX)]
Place = Annotated[Line, Field(max_length=PLACE_LENGTH_MAX)]
Name = Annotated[Line, Field(max_length=60)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]
Seats = Annotated[int, Field(ge=1, le=SEATS_MAX)]
Guests = Annotated[int, Field(ge=0, le=GUESTS_MAX)]
Text = Annotated[str, Field(max_length=2000)]
Served = Annotated[int, Field(ge=1, le=MINUTES_VISIT_MAX)]
Told = Literal[Provenance.PHONE, Provenance.PAPER, Provenance.DESK]


class DeskPlan(BaseModel):
    """What a coordinator fills in for an activity."""

    kind: ActivityKind
    title: Title
    place: Place
    held_on: Day
    from_time: time
    until_time: time
    seats: Seats
    guest_speaker: Name | None = None
    note: Note | None = None
    scheme_id: UUID | None = None
    earners: Earners = Earners.NOBODY
    targets: Annotated[list[UUID], Field(max_length=100)] = Field(default_factory=list)
    version: Version | None = None

    @property
    def plan(self) -> Planned:
        """The value."""
        return Planned(
            kind=self.kind,
            title=self.title,
            place=self.place,
            held_on=self.held_on,
            from_minute=minute_of(self.from_time),
            to_minute=minute_of(self.until_time, end=True),
            seats=self.seats,
            guest_speaker=self.guest_speaker,
            note=self.note,
            scheme_id=self.scheme_id,
            earners=self.earners,
        )


class Filters(BaseModel):
    """What the list is narrowed to."""

    when: When = When.COMING
    kind: ActivityKind | None = None
    words: Annotated[str, Field(max_length=60)] | None = None
    after: Annotated[str, Field(max_length=300)] | None = None


class Entering(BaseModel):
    """Somebody who takes part, as typed at the desk: `member` is who was meant where the words may mean several."""

    who: Annotated[str, Field(max_length=60)] | None = None
    member: UUID | None = None
    part: Part = Part.PARTICIPANT
    provenance: Told = Provenance.PHONE
    or_wait: bool = False


class Leaving(BaseModel):
    """Somebody does not come, and why."""

    member: UUID
    reason: Reason


class SheetForm(Seen):
    """The sign-in sheet as it was copied; `walk_ins` a line for each who had not enrolled."""

    came: Annotated[list[UUID], Field(max_length=SEATS_MAX)] = Field(default_factory=list)
    walk_ins: Annotated[str, Field(max_length=20_000)] | None = None
    guests: Guests = 0


class ReportForm(Seen):
    """How it went."""

    notes: Text | None = None
    went_well: Text | None = None


class MemberReason(BaseModel):
    """Why a member does not come."""

    why: Annotated[str, Field(min_length=1, max_length=40)]
    words: Annotated[str, Field(max_length=160)] | None = None


class PlanFields(Schema):
    """What is planned; minutes count from midnight, half-open. `earners` earn under the scheme."""

    kind: ActivityKind
    title: Title
    place: Place
    held_on: Day
    from_minute: Annotated[int, Field(ge=0, le=1439)]
    to_minute: Annotated[int, Field(ge=1, le=1440)]
    seats: Seats
    guest_speaker: Name | None = None
    note: Note | None = None
    scheme_id: UUID | None = None
    earners: Earners = Earners.NOBODY

    @property
    def plan(self) -> Planned:
        """The value."""
        return Planned(**{name: getattr(self, name) for name in PlanFields.model_fields})


class ChangedPlan(PlanFields):
    """Another plan in its place, as it was seen."""

    version: Version


class NewActivity(PlanFields):
    """What is planned, and the targets of campaigns that it counts for."""

    target_ids: Annotated[list[UUID], Field(max_length=100)] = Field(default_factory=list)


class CountsFor(Schema):
    """The targets that an activity counts for, all of them."""

    target_ids: Annotated[list[UUID], Field(max_length=100)]
    version: Version


class CountsForForm(Seen):
    """The same as boxes."""

    targets: Annotated[list[UUID], Field(max_length=100)] = Field(default_factory=list)


class Because(Schema):
    """Which version was seen, and why it is called off."""

    version: Version
    reason: Reason


class WithdrawBody(Schema):
    """Why they do not come."""

    reason: Reason


class TakingPart(Schema):
    """In which part; `or_wait`: where every seat is taken they stand in the line."""

    part: Part = Part.PARTICIPANT
    or_wait: bool = False
    provenance: Provenance = Provenance.DESK


class ServedBody(Schema):
    """How long a speaker or helper served, where it is not as long as the activity."""

    member_id: UUID
    minutes: Served


class SignInBody(Schema):
    """The sign-in sheet: every member who came, whether they had enrolled or not."""

    came: Annotated[list[UUID], Field(max_length=SEATS_MAX)]
    guests: Guests = 0
    served: Annotated[list[ServedBody], Field(max_length=200)] = Field(default_factory=list)
    version: Version

    @property
    def sheet(self) -> SignIn:
        """The value."""
        served = tuple((one.member_id, one.minutes) for one in self.served)
        return SignIn(came=frozenset(self.came), guests=self.guests, served=served)


class ReportBody(Schema):
    """How it went."""

    notes: Text | None = None
    went_well: Text | None = None
    version: Version


class StandingBody(BaseModel):
    """How somebody now stands to an activity."""

    standing: Standing


class HeadsBody(BaseModel):
    """How many were there."""

    participants: int
    walked_in: int
    staffing: int
    guests: int
    total: int


class ActivityBody(BaseModel):
    """An activity as the API shows it, without anybody's name; `heads` and the report once it was held."""

    id: UUID
    kind: ActivityKind
    title: str
    place: str
    held_on: date
    from_minute: int
    to_minute: int
    seats: int
    seats_taken: int
    waiting: int
    guest_speaker: str | None
    note: str | None
    scheme_id: UUID | None
    earners: Earners
    status: Status
    status_reason: str | None
    heads: HeadsBody | None
    notes: str | None
    went_well: str | None
    reported_at: datetime | None
    version: int


class ActivityList(BaseModel):
    """A page of activities."""

    rows: list[ActivityBody]
    after: str | None


class TakingBody(BaseModel):
    """Somebody who takes part; `came` is null until the sheet was typed in.

    `posted_minutes` stand in the ledger; `refusal` is the code of why they do not.
    """

    member_id: UUID
    number: str
    name: str
    part: Part
    standing: Standing
    said_at: datetime
    moved_up_at: datetime | None
    withdrawn_because: str | None
    came: bool | None
    served_minutes: int | None
    posted_minutes: int | None
    refusal: str | None


class InvitationBody(BaseModel):
    """An activity as one member sees it; `ahead` wait before them."""

    activity: ActivityBody
    part: Part | None
    standing: Standing | None
    ahead: int


def body_of(view: ActivityView) -> ActivityBody:
    """An activity for a program."""
    plan, heads, report = view.plan, view.heads, view.report
    counted = HeadsBody(
        participants=heads.participants,
        walked_in=heads.walked_in,
        staffing=heads.staffing,
        guests=heads.guests,
        total=heads.total,
    )
    return ActivityBody(
        id=view.id,
        **{name: getattr(plan, name) for name in PlanFields.model_fields},
        seats_taken=view.seats_taken,
        waiting=view.waiting,
        status=view.status,
        status_reason=view.status_reason,
        heads=counted if view.status is Status.HELD else None,
        notes=report.notes if report else None,
        went_well=report.went_well if report else None,
        reported_at=report.at if report else None,
        version=view.version,
    )


def taking_of(taking: Taking, posted: Mapping[UUID, int]) -> TakingBody:
    """Somebody who takes part, for a program."""
    one, member = taking.participation, taking.member
    return TakingBody(
        member_id=member.id,
        number=member.number,
        name=member.name,
        part=one.part,
        standing=one.standing,
        said_at=one.said_at,
        moved_up_at=one.moved_up_at,
        withdrawn_because=one.withdrawn_because,
        came=one.came,
        served_minutes=one.served_minutes,
        posted_minutes=posted.get(one.id),
        refusal=one.refusal.code if one.refusal else None,
    )


def invitation_of(invitation: Invitation) -> InvitationBody:
    """An activity as one member sees it, for a program."""
    mine = invitation.mine
    return InvitationBody(
        activity=body_of(invitation.activity),
        part=mine.part if mine else None,
        standing=mine.standing if mine else None,
        ahead=invitation.ahead,
    )


def form_of(view: ActivityView) -> dict[str, object]:
    """What the desk's form holds for an activity as it stands."""
    plan = view.plan
    return {
        "kind": plan.kind,
        "title": plan.title,
        "place": plan.place,
        "held_on": plan.held_on,
        "from_time": clock_of(plan.from_minute),
        "until_time": clock_of(plan.to_minute),
        "seats": plan.seats,
        "guest_speaker": plan.guest_speaker,
        "note": plan.note,
        "scheme_id": plan.scheme_id,
        "earners": plan.earners,
        "version": view.version,
    }
