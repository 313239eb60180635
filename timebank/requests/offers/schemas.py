"""What forms and API bodies of offers look like."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.core.provenance import Provenance
from timebank.people.model import Category
from timebank.requests.model import PREFERRED_MAX
from timebank.requests.offers.model import Offer, OfferView
from timebank.requests.schemas import PARTS, Note, clock_of, minute_of
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Version

Wanted = Annotated[list[Category], Field(max_length=10)]
Weekdays = Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(max_length=7)]


class DeskOffer(BaseModel):
    """What a coordinator fills in for somebody who would gladly do something."""

    member_id: UUID
    category: Category
    weekdays: Weekdays = []
    from_time: time = time(8)
    until_time: time = time(18)
    until_on: Day
    wants: Wanted = []
    prefers: Annotated[str, Field(max_length=300)] = ""
    note: Note | None = None
    provenance: Provenance = Provenance.PHONE
    version: Version | None = None

    def offer(self, prefers: Sequence[UUID] = ()) -> Offer:
        """The value; `prefers`: whom its numbers mean."""
        return Offer(
            category=self.category,
            weekdays=tuple(sorted(set(self.weekdays))),
            from_minute=minute_of(self.from_time),
            to_minute=minute_of(self.until_time, end=True),
            until_on=self.until_on,
            note=self.note,
            wants=tuple(dict.fromkeys(str(code) for code in self.wants)),
            prefers=tuple(prefers),
        )


class MemberOffer(BaseModel):
    """A member's few big choices; `days` is how long the offer stands."""

    category: Category
    weekdays: Weekdays = []
    part: Literal["morning", "afternoon", "any"] = "any"
    days: Annotated[int, Field(ge=1, le=366)] = 90
    note: Note | None = None

    def offer(self, *, today: date) -> Offer:
        """The value."""
        begin, end = PARTS[self.part]
        return Offer(
            category=self.category,
            weekdays=tuple(sorted(set(self.weekdays))),
            from_minute=begin,
            to_minute=end,
            until_on=today + timedelta(days=self.days),
            note=self.note,
        )


class OfferFilters(BaseModel):
    """What the list is narrowed to."""

    category: Category | None = None
    which: Literal["standing", "ended"] = "standing"
    after: Annotated[str, Field(max_length=300)] | None = None


class OfferFields(Schema):
    """What an offer says; without `weekdays` any day is meant."""

    category: Category
    weekdays: Weekdays = Field(default_factory=list)
    from_minute: Annotated[int, Field(ge=0, le=1439)] = 480
    to_minute: Annotated[int, Field(ge=1, le=1440)] = 1080
    until_on: Day
    wants: Wanted = Field(default_factory=list)
    prefers: Annotated[list[UUID], Field(max_length=PREFERRED_MAX)] = Field(default_factory=list)
    note: Note | None = None

    @property
    def offer(self) -> Offer:
        """The value."""
        return Offer(
            category=self.category,
            weekdays=tuple(sorted(set(self.weekdays))),
            from_minute=self.from_minute,
            to_minute=self.to_minute,
            until_on=self.until_on,
            note=self.note,
            wants=tuple(dict.fromkeys(str(code) for code in self.wants)),
            prefers=tuple(self.prefers),
        )


class NewOffer(OfferFields):
    """An offer of a member."""

    member_id: UUID
    provenance: Provenance = Provenance.DESK


class ChangedOffer(OfferFields):
    """Another offer in its place, as it was seen."""

    version: Version


class OfferBody(BaseModel):
    """An offer as the API shows it; `stands` today."""

    id: UUID
    member_id: UUID
    category: str
    weekdays: list[int]
    from_minute: int
    to_minute: int
    until_on: date
    wants: list[str]
    prefers: list[UUID]
    note: str | None
    stands: bool
    created_at: datetime
    version: int


class OfferList(BaseModel):
    """A page of offers."""

    rows: list[OfferBody]
    after: str | None


def body_of(view: OfferView, today: date) -> OfferBody:
    """An offer for a program."""
    offer = view.offer
    return OfferBody(
        id=view.id,
        member_id=view.member_id,
        category=offer.category,
        weekdays=list(offer.weekdays),
        from_minute=offer.from_minute,
        to_minute=offer.to_minute,
        until_on=offer.until_on,
        wants=list(offer.wants),
        prefers=list(offer.prefers),
        note=offer.note,
        stands=view.stands(today),
        created_at=view.created_at,
        version=view.version,
    )


def form_of(view: OfferView, numbers: Mapping[UUID, str]) -> dict[str, object]:
    """What the desk's form holds for an offer as it stands; `numbers` are of those whom it prefers."""
    offer = view.offer
    return {
        "member_id": view.member_id,
        "category": offer.category,
        "weekdays": list(offer.weekdays),
        "from_time": clock_of(offer.from_minute),
        "until_time": clock_of(offer.to_minute),
        "until_on": offer.until_on,
        "wants": list(offer.wants),
        "prefers": " ".join(numbers.get(one, "") for one in offer.prefers),
        "note": offer.note,
        "provenance": view.provenance,
        "version": view.version,
    }
