"""Values of a profile: entitlements (待遇) with the day on which each is due again, referrals (转介) with what came of them.

An entitlement: held → held   renewed, until a later day
                held → ended  with a reason
A referral: open → open       asked again later
            open → closed     with what came of it
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from timebank.people.model import Brief

TITLE_LENGTH_MAX = 60
NOTE_LENGTH_MAX = 500
TO_WHOM_LENGTH_MAX = 80
WHAT_FOR_LENGTH_MAX = 200
DAYS_BACK_MAX = 366
DAYS_AHEAD_MAX = 3_660


@dataclass(frozen=True, kw_only=True)
class Entitlement:
    """What somebody is entitled to; `due_on` is when it must be applied for again, if ever."""

    title: str
    due_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class EntitlementView:
    """An entitlement as it stands."""

    id: UUID
    member_id: UUID
    entitlement: Entitlement
    ended_on: date | None
    ended_because: str | None
    version: int


@dataclass(frozen=True, kw_only=True)
class Referral:
    """Somebody sent to an outside service: to whom, for what, since when, and when to ask what came of it."""

    to_whom: str
    what_for: str
    referred_on: date
    ask_on: date


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What came of a referral: closed with it, or to be asked about again on a day."""

    outcome: str
    ask_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ReferralView:
    """A referral as it stands; closed where `closed_on` says so, else `ask_on` is the day to ask."""

    id: UUID
    member_id: UUID
    to_whom: str
    what_for: str
    referred_on: date
    ask_on: date | None
    outcome: str | None
    closed_on: date | None
    version: int


@dataclass(frozen=True)
class Profile:
    """One member's entitlements, those that stand first, and referrals, the open ones first."""

    member: Brief
    entitlements: Sequence[EntitlementView]
    referrals: Sequence[ReferralView]


@dataclass(frozen=True)
class Due:
    """What of all members' profiles is to be seen to by a day, and whose it is."""

    entitlements: Sequence[tuple[EntitlementView, Brief]]
    referrals: Sequence[tuple[ReferralView, Brief]]
