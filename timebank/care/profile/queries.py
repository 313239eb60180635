"""Reading entitlements and referrals."""

from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.care.contacts.queries import member_here
from timebank.care.profile.model import Due, Entitlement, EntitlementView, Profile, ReferralView
from timebank.care.tables import EntitlementRow, ReferralRow
from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX
from timebank.people import queries as people


async def profile(db: AsyncSession, community_id: UUID, member_id: UUID) -> Profile:
    """One member's entitlements and referrals. Raises `NotFound`."""
    member = await member_here(db, community_id, member_id)
    held = select(EntitlementRow).where(EntitlementRow.member_id == member_id)
    sent = select(ReferralRow).where(ReferralRow.member_id == member_id)
    return Profile(
        member,
        await _entitlements(
            db, held.order_by(EntitlementRow.ended_on.desc().nulls_first(), EntitlementRow.due_on)
        ),
        await _referrals(db, sent.order_by(ReferralRow.closed_on.desc().nulls_first(), ReferralRow.ask_on)),
    )


async def due(db: AsyncSession, community_id: UUID, by: date) -> Due:
    """What is to be seen to by a day, the longest overdue first."""
    to_renew = select(EntitlementRow).where(
        EntitlementRow.community_id == community_id,
        EntitlementRow.ended_on.is_(None),
        EntitlementRow.due_on <= by,
    )
    to_ask = select(ReferralRow).where(
        ReferralRow.community_id == community_id, ReferralRow.closed_on.is_(None), ReferralRow.ask_on <= by
    )
    entitlements = await _entitlements(db, to_renew.order_by(EntitlementRow.due_on, EntitlementRow.id))
    referrals = await _referrals(db, to_ask.order_by(ReferralRow.ask_on, ReferralRow.id))
    named = {held.member_id for held in entitlements} | {sent.member_id for sent in referrals}
    known = await people.briefs(db, named)
    living = {one.id: one for one in known.values() if one.status not in people.GONE}
    return Due(
        [(held, living[held.member_id]) for held in entitlements if held.member_id in living],
        [(sent, living[sent.member_id]) for sent in referrals if sent.member_id in living],
    )


async def entitlement(db: AsyncSession, entitlement_id: UUID) -> EntitlementView:
    """One entitlement; raises `NotFound`."""
    found = await _entitlements(db, select(EntitlementRow).where(EntitlementRow.id == entitlement_id))
    if not found:
        raise NotFound
    return found[0]


async def referral(db: AsyncSession, referral_id: UUID) -> ReferralView:
    """One referral; raises `NotFound`."""
    found = await _referrals(db, select(ReferralRow).where(ReferralRow.id == referral_id))
    if not found:
        raise NotFound
    return found[0]


async def _entitlements(db: AsyncSession, wanted: Select[EntitlementRow]) -> list[EntitlementView]:
    rows = await db.scalars(wanted.limit(PAGE_ROWS_MAX).execution_options(populate_existing=True))
    return [
        EntitlementView(
            id=row.id,
            member_id=row.member_id,
            entitlement=Entitlement(title=row.title, due_on=row.due_on, note=row.note),
            ended_on=row.ended_on,
            ended_because=row.ended_because,
            version=row.version,
        )
        for row in rows
    ]


async def _referrals(db: AsyncSession, wanted: Select[ReferralRow]) -> list[ReferralView]:
    rows = await db.scalars(wanted.limit(PAGE_ROWS_MAX).execution_options(populate_existing=True))
    return [
        ReferralView(
            id=row.id,
            member_id=row.member_id,
            to_whom=row.to_whom,
            what_for=row.what_for,
            referred_on=row.referred_on,
            ask_on=row.ask_on,
            outcome=row.outcome,
            closed_on=row.closed_on,
            version=row.version,
        )
        for row in rows
    ]
