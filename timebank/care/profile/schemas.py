"""What forms and API bodies of entitlements and referrals look like."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.care.profile.model import (
    NOTE_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    TO_WHOM_LENGTH_MAX,
    WHAT_FOR_LENGTH_MAX,
    Entitlement,
    EntitlementView,
    Followed,
    Profile,
    Referral,
    ReferralView,
)
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Line, Version

Title = Annotated[Line, Field(max_length=TITLE_LENGTH_MAX)]
ToWhom = Annotated[Line, Field(max_length=TO_WHOM_LENGTH_MAX)]
WhatFor = Annotated[Line, Field(max_length=WHAT_FOR_LENGTH_MAX)]
Note = Annotated[str, Field(max_length=NOTE_LENGTH_MAX)]
Outcome = Annotated[str, Field(min_length=1, max_length=NOTE_LENGTH_MAX)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]


class EntitlementForm(BaseModel):
    """What somebody is entitled to, as it is typed."""

    title: Title
    due_on: Day | None = None
    note: Note | None = None

    @property
    def entitlement(self) -> Entitlement:
        """The value."""
        return Entitlement(**self.model_dump())


class RenewForm(BaseModel):
    """When it is due next, if ever."""

    due_on: Day | None = None
    version: Version


class EndForm(BaseModel):
    """Why they are entitled to it no more."""

    reason: Reason
    version: Version


class ReferralForm(BaseModel):
    """To whom somebody was sent, as it is typed."""

    to_whom: ToWhom
    what_for: WhatFor
    referred_on: Day
    ask_on: Day

    @property
    def referral(self) -> Referral:
        """The value."""
        return Referral(**self.model_dump())


class FollowForm(BaseModel):
    """What came of it; with a day on which to ask again, unless it is closed."""

    outcome: Outcome
    ask_on: Day | None = None
    version: Version

    @property
    def followed(self) -> Followed:
        """The value."""
        return Followed(outcome=self.outcome, ask_on=self.ask_on)


class NewEntitlement(Schema):
    """What somebody is entitled to, and when it must be applied for again."""

    title: Title
    due_on: Day | None = None
    note: Note | None = None

    @property
    def entitlement(self) -> Entitlement:
        """The value."""
        return Entitlement(**self.model_dump())


class RenewBody(Schema):
    """When it is due next; null for never again."""

    due_on: Day | None
    version: Version


class EndEntitlement(Schema):
    """Why they are entitled to it no more."""

    reason: Reason
    version: Version


class NewReferral(Schema):
    """To whom somebody was sent, for what, and when to ask what came of it."""

    to_whom: ToWhom
    what_for: WhatFor
    referred_on: Day
    ask_on: Day

    @property
    def referral(self) -> Referral:
        """The value."""
        return Referral(**self.model_dump())


class FollowBody(Schema):
    """What came of it; closed, unless `ask_on` says when to ask again."""

    outcome: Outcome
    ask_on: Day | None = None
    version: Version

    @property
    def followed(self) -> Followed:
        """The value."""
        return Followed(outcome=self.outcome, ask_on=self.ask_on)


class EntitlementBody(BaseModel):
    """An entitlement as it stands."""

    id: UUID
    title: str
    due_on: date | None
    note: str | None
    ended_on: date | None
    ended_because: str | None
    version: int


class ReferralBody(BaseModel):
    """A referral as it stands; `ask_on` is null once it is closed."""

    id: UUID
    to_whom: str
    what_for: str
    referred_on: date
    ask_on: date | None
    outcome: str | None
    closed_on: date | None
    version: int


class ProfileBody(BaseModel):
    """One member's entitlements, those that stand first, and referrals, the open ones first."""

    entitlements: list[EntitlementBody]
    referrals: list[ReferralBody]


def profile_of(profile: Profile) -> ProfileBody:
    """A profile for a program."""
    return ProfileBody(
        entitlements=[_entitlement_of(view) for view in profile.entitlements],
        referrals=[_referral_of(view) for view in profile.referrals],
    )


def _entitlement_of(view: EntitlementView) -> EntitlementBody:
    said = view.entitlement
    return EntitlementBody(
        id=view.id,
        title=said.title,
        due_on=said.due_on,
        note=said.note,
        ended_on=view.ended_on,
        ended_because=view.ended_because,
        version=view.version,
    )


def _referral_of(view: ReferralView) -> ReferralBody:
    return ReferralBody(**{name: getattr(view, name) for name in ReferralBody.model_fields})
