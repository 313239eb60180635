"""What forms and API bodies of volunteering look like, and what programs read back."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.core.provenance import Provenance
from timebank.pairing.schemas import Told
from timebank.pairing.views import NearbyPage
from timebank.pairing.volunteering.model import Glimpse, Nearby, Volunteered, Volunteering
from timebank.requests.recurrence.rules import rrule_text
from timebank.web.bodies import Schema

After = Annotated[str, Field(max_length=300)]


class NearbyFilter(BaseModel):
    """Where the list goes on."""

    after: After | None = None


class DeskForm(BaseModel):
    """What a helper told the desk, and which page it was told on."""

    provenance: Told = "phone"
    to: Literal["nearby", "ask"] = "nearby"

    @property
    def how(self) -> Provenance:
        """How it reached us."""
        return Provenance(self.provenance)


class VolunteerBody(Schema):
    """How a word reached the desk; a member's own is theirs."""

    provenance: Told = "phone"


class WindowOut(BaseModel):
    """A time at which help would be welcome: of a day, or of a weekday (0 = Monday)."""

    on_day: date | None
    weekday: int | None
    from_minute: int
    to_minute: int


class GlimpseOut(BaseModel):
    """All that a helper may see of a request before they are asked."""

    request_id: UUID
    category: str
    skills: list[str]
    circumstances: list[str]
    rrule: str | None
    windows: list[WindowOut]
    minutes: int
    wanted: int


class NearbyOut(BaseModel):
    """A request that waits for somebody; `near` is as coarse as it is told."""

    request: GlimpseOut
    near: str
    waiting_days: int


class VolunteeredOut(BaseModel):
    """What somebody volunteered for, and what came of it."""

    request: GlimpseOut
    outcome: str
    said_at: datetime
    proposal_id: UUID | None


class NearbyList(BaseModel):
    """What somebody volunteered for lately, and a page of what they could volunteer for."""

    volunteered: list[VolunteeredOut]
    rows: list[NearbyOut]
    after: str | None


class VolunteerOut(BaseModel):
    """Somebody who would go."""

    member_id: UUID
    provenance: str
    said_by: UUID
    said_at: datetime


def nearby_list(found: NearbyPage) -> NearbyList:
    """A page for a program."""
    return NearbyList(
        volunteered=[_volunteered(one) for one in found.said],
        rows=[_nearby(one) for one in found.page.rows],
        after=found.page.after,
    )


def volunteer_out(said: Volunteering) -> VolunteerOut:
    """A word for a program."""
    return VolunteerOut(
        member_id=said.member_id, provenance=said.provenance, said_by=said.said_by, said_at=said.said_at
    )


def _volunteered(one: Volunteered) -> VolunteeredOut:
    return VolunteeredOut(
        request=_glimpse(one.glimpse),
        outcome=one.outcome,
        said_at=one.said_at,
        proposal_id=one.proposal_id,
    )


def _nearby(one: Nearby) -> NearbyOut:
    return NearbyOut(
        request=_glimpse(one.glimpse),
        near=one.near.name.lower(),
        waiting_days=one.waiting_days,
    )


def _glimpse(one: Glimpse) -> GlimpseOut:
    weekdays = [window.weekday for window in one.windows if window.weekday is not None]
    return GlimpseOut(
        request_id=one.request_id,
        category=one.category,
        skills=list(one.skills),
        circumstances=list(one.circumstances),
        rrule=rrule_text(one.recurrence, weekdays[0]) if one.weekly and weekdays else None,
        windows=[
            WindowOut(**{name: getattr(each, name) for name in WindowOut.model_fields})
            for each in one.windows
        ],
        minutes=one.minutes,
        wanted=one.wanted,
    )
