"""What entitlements and referrals must be. Pure."""

from datetime import date, timedelta

from timebank.care.profile.errors import EntitlementEnded, ReferralClosed
from timebank.care.profile.model import (
    DAYS_AHEAD_MAX,
    DAYS_BACK_MAX,
    Entitlement,
    EntitlementView,
    Followed,
    Referral,
    ReferralView,
)
from timebank.core.errors import N_, FieldError, Text


def referral_not_ahead(referred_on: date, noted_on: date) -> bool:
    """What is noted has been done."""
    return referred_on <= noted_on


def referral_open_or_closed(ask_on: date | None, closed_on: date | None) -> bool:
    """There is a day to ask, or an end; never both, so that nobody is sent somewhere and forgotten."""
    return (ask_on is None) != (closed_on is None)


def entitlement_problems(entitlement: Entitlement, *, today: date) -> list[FieldError]:
    """Everything wrong with a new entitlement; one that is overdue may be noted."""
    return _reach("due_on", entitlement.due_on, today - timedelta(days=DAYS_BACK_MAX), today)


def refuse_ended(view: EntitlementView) -> None:
    """Raises `EntitlementEnded` where nothing is due any more."""
    if view.ended_on is not None:
        raise EntitlementEnded(title=view.entitlement.title, day=view.ended_on, reason=view.ended_because)


def renewal_problems(view: EntitlementView, due_on: date | None, *, today: date) -> list[FieldError]:
    """Everything wrong with a renewal. Raises `EntitlementEnded`."""
    refuse_ended(view)
    before = view.entitlement.due_on
    if due_on is not None and before is not None and due_on <= before:
        return [FieldError("due_on", Text(N_("要比原来的 {day} 晚"), {"day": before}))]
    return _reach("due_on", due_on, today, today)


def referral_problems(referral: Referral, *, today: date) -> list[FieldError]:
    """Everything wrong with a new referral."""
    found = []
    if not referral_not_ahead(referral.referred_on, today):
        found.append(FieldError("referred_on", Text(N_("还没到那天；转介了再记"))))
    if referral.referred_on < today - timedelta(days=DAYS_BACK_MAX):
        found.append(FieldError("referred_on", Text(N_("最多可以补记一年以内的转介"))))
    return [*found, *_reach("ask_on", referral.ask_on, today, today)]


def follow_problems(view: ReferralView, followed: Followed, *, today: date) -> list[FieldError]:
    """Everything wrong with what came of a referral. Raises `ReferralClosed`."""
    if view.closed_on is not None:
        raise ReferralClosed(to=view.to_whom, day=view.closed_on)
    return _reach("ask_on", followed.ask_on, today + timedelta(days=1), today)


def _reach(field: str, day: date | None, first: date, today: date) -> list[FieldError]:
    last = today + timedelta(days=DAYS_AHEAD_MAX)
    if day is None or first <= day <= last:
        return []
    return [FieldError(field, Text(N_("要在 {first} 和 {last} 之间"), {"first": first, "last": last}))]
