"""What forms and API bodies of contacts look like."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.care.contacts.model import (
    NAME_LENGTH_MAX,
    RHYTHM_DAYS_MAX,
    WORD_LENGTH_MAX,
    Contact,
    ContactKind,
    ContactView,
    LastSeen,
    Rhythm,
    RhythmVersion,
    Seen,
    Watch,
    Watched,
)
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line

Name = Annotated[Line, Field(max_length=NAME_LENGTH_MAX)]
Word = Annotated[str, Field(max_length=WORD_LENGTH_MAX)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]
Days = Annotated[int, Field(ge=1, le=RHYTHM_DAYS_MAX)]


class ContactForm(BaseModel):
    """A call or a look-in as it is typed; `missed`: nobody answered, nobody was there."""

    kind: ContactKind
    happened_on: Day
    by_whom: Name
    missed: bool = False
    word: Word | None = None

    @property
    def contact(self) -> Contact:
        """The value."""
        return Contact(
            kind=self.kind,
            happened_on=self.happened_on,
            by_whom=self.by_whom,
            reached=not self.missed,
            word=self.word,
        )


class StrikeForm(BaseModel):
    """Why it does not count."""

    reason: Reason


class RhythmFields(Schema):
    """The days of each tier, and from when."""

    in_force_from: Day
    tier_1_days: Days
    tier_2_days: Days
    tier_3_days: Days

    @property
    def rhythm(self) -> Rhythm:
        """The value."""
        return Rhythm({1: self.tier_1_days, 2: self.tier_2_days, 3: self.tier_3_days})


class NewContact(Schema):
    """A call or a look-in; one that reached nobody is noted, and does not count as seen."""

    kind: ContactKind
    happened_on: Day
    by_whom: Name
    reached: bool = True
    word: Word | None = None

    @property
    def contact(self) -> Contact:
        """The value."""
        return Contact(**self.model_dump())


class StrikeBody(Schema):
    """Why it does not count."""

    reason: Reason


class LastSeenBody(BaseModel):
    """When somebody was last seen, and by what."""

    on: date
    by: Seen


class ContactBody(BaseModel):
    """A contact as it was noted; struck out where `struck_because` says why."""

    id: UUID
    kind: ContactKind
    happened_on: date
    by_whom: str
    reached: bool
    word: str | None
    noted_at: datetime
    struck_because: str | None


class InTouchBody(BaseModel):
    """A member's last contacts, the latest first."""

    last_seen: LastSeenBody | None
    contacts: list[ContactBody]


class WatchedBody(BaseModel):
    """Somebody in a hardship tier; `due_on` is the last day in time, null where nobody has seen them yet."""

    member_id: UUID
    number: str
    name: str
    hardship_tier: int
    last_seen: LastSeenBody | None
    gap_days: int | None
    allowed_days: int
    due_on: date | None
    is_unseen: bool


class WatchBody(BaseModel):
    """Everybody in a hardship tier, the most pressing first, and the figures of it."""

    day: date
    unseen: int
    never_seen: int
    longest_gap_days: int | None
    rows: list[WatchedBody]


class RhythmBody(BaseModel):
    """A rhythm and from when it holds."""

    in_force_from: date
    tier_1_days: int
    tier_2_days: int
    tier_3_days: int
    made_at: datetime


class RhythmsBody(BaseModel):
    """The days that hold today by tier, and every rhythm that was set, the latest first."""

    today: dict[int, int]
    versions: list[RhythmBody]


def watch_of(watch: Watch) -> WatchBody:
    """The watch for a program."""
    return WatchBody(
        day=watch.day,
        unseen=len(watch.unseen),
        never_seen=watch.never,
        longest_gap_days=watch.longest.gap_days if watch.longest else None,
        rows=[_watched_of(one) for one in watch.watched],
    )


def contact_of(view: ContactView) -> ContactBody:
    """A contact for a program."""
    said = view.contact
    return ContactBody(
        id=view.id,
        kind=said.kind,
        happened_on=said.happened_on,
        by_whom=said.by_whom,
        reached=said.reached,
        word=said.word,
        noted_at=view.noted_at,
        struck_because=view.struck_because,
    )


def rhythm_of(version: RhythmVersion) -> RhythmBody:
    """A rhythm for a program."""
    days = version.rhythm.days
    return RhythmBody(
        in_force_from=version.in_force_from,
        tier_1_days=days[1],
        tier_2_days=days[2],
        tier_3_days=days[3],
        made_at=version.made_at,
    )


def last_of(last: LastSeen | None) -> LastSeenBody | None:
    """When somebody was last seen, for a program."""
    return None if last is None else LastSeenBody(on=last.on, by=last.by)


def _watched_of(one: Watched) -> WatchedBody:
    return WatchedBody(
        member_id=one.member.id,
        number=one.member.number,
        name=one.member.name,
        hardship_tier=one.member.hardship_tier,
        last_seen=last_of(one.last),
        gap_days=one.gap_days,
        allowed_days=one.allowed_days,
        due_on=one.due_on,
        is_unseen=one.is_unseen,
    )
