"""Writing entitlements and referrals."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.care.profile import queries
from timebank.care.profile.model import Entitlement, EntitlementView, Followed, Referral, ReferralView
from timebank.care.tables import EntitlementRow, ReferralRow
from timebank.core import clock
from timebank.core.errors import NotFound, Stale


async def entitle(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    entitlement: Entitlement,
    *,
    entitlement_id: UUID,
    by: UUID,
    now: datetime,
) -> None:
    """Write down what somebody is entitled to."""
    await db.execute(
        insert(EntitlementRow).values(
            id=entitlement_id,
            community_id=community_id,
            member_id=member_id,
            title=entitlement.title,
            due_on=entitlement.due_on,
            note=entitlement.note,
            noted_by=by,
            noted_at=now,
            version=1,
        )
    )


async def hold_entitlement(
    db: AsyncSession, community_id: UUID, entitlement_id: UUID, *, version: int
) -> EntitlementView:
    """Lock one to the end of the transaction, and read it. Raises `NotFound`, `Stale`."""
    here = (EntitlementRow.id == entitlement_id) & (EntitlementRow.community_id == community_id)
    _compare(await db.scalar(select(EntitlementRow.version).where(here).with_for_update()), version)
    return await queries.entitlement(db, entitlement_id)


async def renew(db: AsyncSession, view: EntitlementView, due_on: date | None) -> None:
    """It is due on a later day, or never again."""
    await db.execute(
        update(EntitlementRow)
        .where(EntitlementRow.id == view.id)
        .values(due_on=due_on, version=view.version + 1)
    )


async def end(db: AsyncSession, view: EntitlementView, *, reason: str, now: datetime) -> None:
    """They are entitled to it no more."""
    ended = {"ended_on": clock.day_of(now), "ended_because": reason, "version": view.version + 1}
    await db.execute(update(EntitlementRow).where(EntitlementRow.id == view.id).values(ended))


async def refer(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    referral: Referral,
    *,
    referral_id: UUID,
    by: UUID,
    now: datetime,
) -> None:
    """Write down to whom somebody was sent."""
    await db.execute(
        insert(ReferralRow).values(
            id=referral_id,
            community_id=community_id,
            member_id=member_id,
            to_whom=referral.to_whom,
            what_for=referral.what_for,
            referred_on=referral.referred_on,
            ask_on=referral.ask_on,
            noted_by=by,
            noted_on=clock.day_of(now),
            noted_at=now,
            version=1,
        )
    )


async def hold_referral(
    db: AsyncSession, community_id: UUID, referral_id: UUID, *, version: int
) -> ReferralView:
    """Lock one to the end of the transaction, and read it. Raises `NotFound`, `Stale`."""
    here = (ReferralRow.id == referral_id) & (ReferralRow.community_id == community_id)
    _compare(await db.scalar(select(ReferralRow.version).where(here).with_for_update()), version)
    return await queries.referral(db, referral_id)


async def follow(db: AsyncSession, view: ReferralView, followed: Followed, *, now: datetime) -> None:
    """Write down what came of it: closed, unless there is a day on which to ask again."""
    values = {
        "outcome": followed.outcome,
        "ask_on": followed.ask_on,
        "closed_on": None if followed.ask_on else clock.day_of(now),
        "version": view.version + 1,
    }
    await db.execute(update(ReferralRow).where(ReferralRow.id == view.id).values(values))


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID) -> None:
    """One person's profile is the other's."""
    for table in (EntitlementRow, ReferralRow):
        await db.execute(update(table).where(table.member_id == from_id).values(member_id=to_id))


async def forget(db: AsyncSession, member_id: UUID) -> None:
    """Nothing of it is kept of who is erased."""
    for table in (EntitlementRow, ReferralRow):
        await db.execute(delete(table).where(table.member_id == member_id))


def _compare(found: int | None, seen: int) -> None:
    if found is None:
        raise NotFound
    if found != seen:
        raise Stale(found)
