"""Writing who acts for whom."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates.model import Agreement, DelegateIs, Purpose
from timebank.access.tables import Delegate
from timebank.core.errors import Stale
from timebank.core.ids import derived_id


async def appoint(
    db: AsyncSession,
    *,
    root: UUID,
    community_id: UUID,
    member_id: UUID,
    purposes: Collection[Purpose],
    delegate: DelegateIs,
    agreed: Agreement,
    by: UUID,
    now: datetime,
) -> None:
    """One row for each purpose, so that each can be revoked by itself."""
    rows = [
        {
            "id": derived_id(root, "delegate", purpose),
            "community_id": community_id,
            "member_id": member_id,
            "purpose": purpose,
            "delegate_community_id": delegate.community_id,
            "delegate_member_id": delegate.member_id,
            "name": delegate.name,
            "phone": delegate.phone,
            "until_on": agreed.until_on,
            "consent": agreed.consent,
            "consent_by": agreed.consent_by,
            "consent_on": agreed.consent_on,
            "recorded_by": by,
            "recorded_at": now,
        }
        for purpose in purposes
    ]
    await db.execute(insert(Delegate), rows)


async def revoke_all(db: AsyncSession, member_id: UUID, *, by: UUID, now: datetime) -> None:
    """Nobody acts for a member any more, nor the member for anybody."""
    theirs = (Delegate.member_id == member_id) | (Delegate.delegate_member_id == member_id)
    await db.execute(
        update(Delegate)
        .where(theirs, Delegate.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=by, version=Delegate.version + 1)
    )


async def revoke(db: AsyncSession, delegation_id: UUID, *, version: int, by: UUID, now: datetime) -> None:
    """Not any more, from this moment. Raises `Stale`."""
    standing = (Delegate.id == delegation_id, Delegate.version == version, Delegate.revoked_at.is_(None))
    ended = {"revoked_at": now, "revoked_by": by, "version": version + 1}
    if await db.scalar(update(Delegate).where(*standing).values(**ended).returning(Delegate.id)) is None:
        raise Stale
