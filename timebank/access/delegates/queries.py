"""Reading delegates: who acts for somebody, and for whom somebody acts."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates.model import Agreement, Consent, DelegateIs, Delegation, Purpose
from timebank.access.tables import Delegate
from timebank.core.errors import NotFound


async def delegates_of(db: AsyncSession, member_id: UUID) -> list[Delegation]:
    """Everybody who acts, or acted, for a member; the latest first."""
    return await _views(db, Delegate.member_id == member_id)


async def delegation(db: AsyncSession, delegation_id: UUID, *, member_id: UUID) -> Delegation:
    """One of a member's. Raises `NotFound`."""
    found = await _views(db, (Delegate.id == delegation_id) & (Delegate.member_id == member_id))
    if not found:
        raise NotFound
    return found[0]


async def acting_for(
    db: AsyncSession, own: Collection[UUID], today: date, *, purposes: Collection[Purpose] = tuple(Purpose)
) -> list[Delegation]:
    """For whom one of these members may act today, for any of these purposes."""
    mine = Delegate.delegate_member_id.in_(own) & Delegate.purpose.in_([str(one) for one in purposes])
    return [one for one in await _views(db, mine & Delegate.revoked_at.is_(None)) if one.counts(today)]


async def acts_for_in(db: AsyncSession, member_id: UUID, today: date) -> frozenset[UUID]:
    """In which communities a member acts for somebody; asked before any of them is visible."""
    asked = text("SELECT timebank.acts_for_in(:member, :today)")
    return frozenset((await db.scalars(asked, {"member": member_id, "today": today})).all())


async def _views(db: AsyncSession, which: ColumnElement[bool]) -> list[Delegation]:
    rows = await db.scalars(
        select(Delegate)
        .where(which)
        .order_by(
            Delegate.recorded_at.desc(),
            Delegate.delegate_member_id,
            Delegate.name,
            Delegate.purpose,
            Delegate.id,
        )
        .execution_options(populate_existing=True)
    )
    return [_view(row) for row in rows]


def _view(row: Delegate) -> Delegation:
    return Delegation(
        id=row.id,
        community_id=row.community_id,
        member_id=row.member_id,
        purpose=Purpose(row.purpose),
        delegate=DelegateIs(
            community_id=row.delegate_community_id,
            member_id=row.delegate_member_id,
            name=row.name,
            phone=row.phone,
        ),
        agreed=Agreement(
            until_on=row.until_on,
            consent=Consent(row.consent),
            consent_by=row.consent_by,
            consent_on=row.consent_on,
        ),
        recorded_by=row.recorded_by,
        revoked_at=row.revoked_at,
        version=row.version,
    )
