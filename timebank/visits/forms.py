"""What the desk's forms about visits look like."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from timebank.core import clock
from timebank.core.provenance import Provenance
from timebank.people.model import Category
from timebank.visits.model import MINUTES_MAX, SHEET_ROWS_MAX, PaidBy, SheetRow, Side, Status
from timebank.web.forms import Day, Form, Version

Reason = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=200)]
Note = Annotated[str, Field(max_length=500)]
Person = Annotated[str, Field(max_length=60)]
Place = Annotated[str, Field(max_length=60)]
Number = Annotated[int, Field(ge=1, le=2**53)]
Told = Literal[Provenance.PHONE, Provenance.PAPER, Provenance.DESK]
NOTHING = "nothing"
OTHER = "other"


class Filters(BaseModel):
    """What the list of visits is narrowed to. `who` is typed; `member_id` is who was meant by it."""

    status: Status | None = None
    who: Annotated[str, Field(max_length=60)] | None = None
    member_id: UUID | None = None
    request_id: UUID | None = None
    pair_id: UUID | None = None
    from_on: Day | None = None
    until_on: Day | None = None
    after: Annotated[str, Field(max_length=300)] | None = None

    @property
    def statuses(self) -> list[Status]:
        """The status as a list to ask with."""
        return [self.status] if self.status else []

    def link(self, path: str = "/visits", **changes: object) -> str:
        """The same list with something changed, from its first page."""
        asked: Mapping[str, object] = {**self.model_dump(exclude={"after"}), **changes}
        given = {name: str(value) for name, value in asked.items() if value not in (None, "")}
        return f"{path}?{urlencode(given)}" if given else path


class Seen(BaseModel):
    """A button: which version was on the screen."""

    version: Version


class Amount(BaseModel):
    """A length in hours and minutes; either may be left empty, and 90 minutes are taken too."""

    hours: Annotated[int, Field(ge=0, le=MINUTES_MAX // 60)] | None = None
    minutes: Annotated[int, Field(ge=0, le=MINUTES_MAX)] | None = None

    @property
    def total(self) -> int | None:
        """In minutes; None if nothing was typed."""
        if self.hours is None and self.minutes is None:
            return None
        return (self.hours or 0) * 60 + (self.minutes or 0)


class Heard(Seen):
    """A button, and how the word for it reached the desk."""

    provenance: Told = Provenance.PHONE


class ClaimForm(Heard, Amount):
    """How long the helper says it took, and on which day."""

    served_on: Day | None = None
    note: Note | None = None


class ConfirmForm(Heard, Amount):
    """The recipient says it is right, or nearly."""

    words: Words | None = None


class DisputeForm(Heard, Amount):
    """The recipient says it is not right; `nothing`: it never took place."""

    nothing: bool = False
    words: Words | None = None

    @property
    def said(self) -> int | None:
        """What they say it was; 0 for nothing."""
        return 0 if self.nothing else self.total


class OutcomeForm(Seen, Amount):
    """How long it counts in the end: a figure that one side named, another, or nothing at all."""

    outcome: Annotated[str, Field(pattern=rf"^({NOTHING}|{OTHER}|[0-9]{{1,4}})$")]
    reason: Reason
    forced: bool = False

    @property
    def decided(self) -> int | None:
        """In minutes; None: nothing took place."""
        match self.outcome:
            case "nothing":
                return None
            case "other":
                return self.total or 0
            case minutes:
                return int(minutes)


class AmendForm(Seen, Amount):
    """A way out of a refusal: fewer minutes, or another payer."""

    paid_by: PaidBy | None = None
    reason: Reason


class PutOffForm(Seen):
    """Another time."""

    on: Day
    from_time: time
    until_time: time
    anyway: bool = False
    reason: Words | None = None


class CancelForm(Seen):
    """Why it is called off; `ask_again`: the request looks for somebody else."""

    reason: Reason
    ask_again: bool = False


class NoShowForm(Seen):
    """Who did not come."""

    absent: Side
    reason: Words | None = None
    ask_again: bool = False


class People(BaseModel):
    """Both people by words; `…_pick` is the number of the one chosen among several."""

    helper: Person = ""
    helper_pick: Person | None = None
    recipient: Person = ""
    recipient_pick: Person | None = None


P = TypeVar("P", bound=People)


def picked(form: Form[P]) -> Form[P]:
    """The same form where somebody chosen among several is meant by their number from now on."""
    raw = dict(form.raw)
    for side in Side:
        if number := raw.pop(f"{side}_pick", ""):
            raw[side.value] = number
    return replace(form, raw=raw)


class PlanForm(People):
    """A visit to come."""

    request_id: UUID | None = None
    scheme_id: UUID
    category: Category
    on: Day
    from_time: time
    until_time: time
    place: Place | None = None
    note: Note | None = None
    provenance: Told = Provenance.PHONE
    anyway: bool = False
    reason: Words | None = None


class LateForm(People, Amount):
    """A visit that has happened."""

    scheme_id: UUID
    category: Category
    served_on: Day
    begin: time | None = None
    end: time | None = None
    number: Number | None = None
    place: Place | None = None
    note: Note | None = None
    provenance: Told = Provenance.PHONE
    signed: bool = False
    anyway: bool = False
    reason: Words | None = None

    @property
    def row(self) -> SheetRow:
        """The same as one line of a sheet."""
        return SheetRow(
            helper=self.helper_pick or self.helper,
            recipient=self.recipient_pick or self.recipient,
            category=self.category,
            served_on=self.served_on,
            begin=self.begin,
            end=self.end,
            minutes=self.total,
            number=self.number,
        )


class BlankForm(BaseModel):
    """How many blank lines to print, for which scheme."""

    count: Annotated[int, Field(ge=1, le=SHEET_ROWS_MAX)] = 10
    scheme_id: UUID
    on: Day | None = None
    title: Annotated[str, Field(max_length=40)] | None = None

    def printed(self, first: int) -> str:
        """Where the sheet with these numbers is, to be printed and printed again."""
        given = self.model_dump(mode="json", exclude_none=True)
        return f"/visits/sheet/{first}?{urlencode(given)}"


class SheetForm(BaseModel):
    """What holds for a whole sheet that is typed back in; a line of its own says otherwise."""

    rows: Annotated[int, Field(ge=1, le=SHEET_ROWS_MAX)]
    scheme_id: UUID | None = None
    on: Day | None = None
    kind: Category | None = None
    provenance: Told = Provenance.PAPER
    signed: bool = False
    anyway: bool = False
    do: Literal["check", "more", "apply"] = "check"


def _as_clock(typed: object) -> object:
    """“9”, “930”, “0930” and “9：30” are times too: they are what one types from paper."""
    if not isinstance(typed, str):
        return typed
    plain = typed.strip().replace("：", ":").replace(".", ":")
    if plain.isdecimal() and len(plain) <= 4:
        plain = f"{plain}00" if len(plain) <= 2 else plain
        plain = f"{plain[:-2]}:{plain[-2:]}"
    hour, colon, minute = plain.partition(":")
    return f"{hour:0>2}:{minute}" if colon else plain


TypedTime = Annotated[time, BeforeValidator(_as_clock)]


class RowForm(People):
    """One line of it."""

    number: Number | None = None
    category: Category | None = None
    served_on: Day | None = None
    begin: TypedTime | None = None
    end: TypedTime | None = None
    minutes: Annotated[int, Field(ge=1, le=MINUTES_MAX)] | None = None

    def line(self, sheet: SheetForm) -> SheetRow:
        """The line, with the sheet's own day and kind unless it says otherwise."""
        return SheetRow(
            helper=self.helper_pick or self.helper,
            recipient=self.recipient_pick or self.recipient,
            category=self.category or sheet.kind,
            served_on=self.served_on or sheet.on,
            begin=self.begin,
            end=self.end,
            minutes=self.minutes,
            number=self.number,
        )


def instant(day: date, at: time) -> datetime:
    """A time of day where the time bank is."""
    return datetime.combine(day, at.replace(tzinfo=None), tzinfo=clock.zone())
