"""Use cases of the profile: entitlements noted, renewed, ended; referrals made and followed."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.care.contacts.queries import member_here
from timebank.care.profile import queries, rules, steps
from timebank.care.profile.model import Due, Entitlement, Followed, Profile, Referral
from timebank.core.actor import Role
from timebank.core.errors import FieldError, Invalid

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def _whose_entitlement(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    return [(await queries.entitlement(db, arguments["entitlement_id"])).member_id]


async def _whose_referral(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    return [(await queries.referral(db, arguments["referral_id"])).member_id]


@reading(who=DESK, where="community_id", on_behalf="member_id")
async def profile(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> Profile:
    """One member's entitlements and referrals. Raises `NotFound`."""
    return await queries.profile(db, community_id, member_id)


@reading(who=DESK, where="community_id")
async def due(db: AsyncSession, act: Act, *, community_id: UUID, by: date) -> Due:
    """What is to be seen to by a day: entitlements to renew, referrals to ask about."""
    return await queries.due(db, community_id, by)


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def entitle(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, entitlement: Entitlement
) -> UUID:
    """Note what somebody is entitled to; its id. Raises `Invalid`, `NotFound`."""
    await member_here(db, community_id, member_id)
    _refuse(rules.entitlement_problems(entitlement, today=act.today))
    entitlement_id = act.id_for("entitlement")
    await steps.entitle(
        db,
        community_id,
        member_id,
        entitlement,
        entitlement_id=entitlement_id,
        by=act.actor.id,
        now=act.now,
    )
    return entitlement_id


@use_case(who=DESK, where="community_id", on_behalf=_whose_entitlement)
async def renew_entitlement(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    entitlement_id: UUID,
    due_on: date | None,
    version: int,
) -> None:
    """It was applied for again: due on a later day, or never. Raises `Stale`, `EntitlementEnded`, `Invalid`."""
    view = await steps.hold_entitlement(db, community_id, entitlement_id, version=version)
    _refuse(rules.renewal_problems(view, due_on, today=act.today))
    await steps.renew(db, view, due_on)


@use_case(who=DESK, where="community_id", on_behalf=_whose_entitlement)
async def end_entitlement(
    db: AsyncSession, act: Act, *, community_id: UUID, entitlement_id: UUID, reason: str, version: int
) -> None:
    """They are entitled to it no more, and why. Raises `Stale`, `EntitlementEnded`."""
    view = await steps.hold_entitlement(db, community_id, entitlement_id, version=version)
    rules.refuse_ended(view)
    await steps.end(db, view, reason=reason, now=act.now)


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def refer(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, referral: Referral
) -> UUID:
    """Note to which outside service somebody was sent; its id. Raises `Invalid`, `NotFound`."""
    await member_here(db, community_id, member_id)
    _refuse(rules.referral_problems(referral, today=act.today))
    referral_id = act.id_for("referral")
    await steps.refer(
        db, community_id, member_id, referral, referral_id=referral_id, by=act.actor.id, now=act.now
    )
    return referral_id


@use_case(who=DESK, where="community_id", on_behalf=_whose_referral)
async def follow_referral(
    db: AsyncSession, act: Act, *, community_id: UUID, referral_id: UUID, followed: Followed, version: int
) -> None:
    """Note what came of a referral: closed, or to be asked about again. Raises `Stale`, `ReferralClosed`, `Invalid`."""
    view = await steps.hold_referral(db, community_id, referral_id, version=version)
    _refuse(rules.follow_problems(view, followed, today=act.today))
    await steps.follow(db, view, followed, now=act.now)


def _refuse(found: list[FieldError]) -> None:
    if found:
        raise Invalid(found)
