"""Writing contacts and rhythms."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.care.contacts.errors import ContactStruck
from timebank.care.contacts.model import Contact, Rhythm
from timebank.care.tables import ContactRow, RhythmRow
from timebank.core import clock
from timebank.core.errors import NotFound


async def note(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    contact: Contact,
    *,
    contact_id: UUID,
    by: UUID,
    now: datetime,
) -> None:
    """Write down a call or a look-in."""
    await db.execute(
        insert(ContactRow).values(
            id=contact_id,
            community_id=community_id,
            member_id=member_id,
            kind=contact.kind,
            happened_on=contact.happened_on,
            by_whom=contact.by_whom,
            reached=contact.reached,
            word=contact.word,
            noted_by=by,
            noted_on=clock.day_of(now),
            noted_at=now,
        )
    )


async def strike(
    db: AsyncSession, community_id: UUID, contact_id: UUID, *, reason: str, by: UUID, now: datetime
) -> None:
    """It was noted wrongly: it stays, and no longer counts. Raises `NotFound`, `ContactStruck`."""
    row = await db.scalar(
        select(ContactRow)
        .where(ContactRow.id == contact_id, ContactRow.community_id == community_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound
    if row.struck_because is not None:
        raise ContactStruck(reason=row.struck_because)
    await db.execute(
        update(ContactRow)
        .where(ContactRow.id == contact_id)
        .values(struck_by=by, struck_at=now, struck_because=reason)
    )


async def set_rhythm(
    db: AsyncSession,
    community_id: UUID,
    rhythm: Rhythm,
    *,
    rhythm_id: UUID,
    in_force_from: date,
    by: UUID,
    now: datetime,
) -> None:
    """Write down a rhythm that holds from a day on."""
    await db.execute(
        insert(RhythmRow).values(
            id=rhythm_id,
            community_id=community_id,
            in_force_from=in_force_from,
            tier_1_days=rhythm.days[1],
            tier_2_days=rhythm.days[2],
            tier_3_days=rhythm.days[3],
            made_by=by,
            made_on=clock.day_of(now),
            made_at=now,
        )
    )


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID) -> None:
    """Whoever was asked after under one number was asked after under the other."""
    await db.execute(update(ContactRow).where(ContactRow.member_id == from_id).values(member_id=to_id))


async def forget(db: AsyncSession, member_id: UUID) -> None:
    """Nothing of it is kept of who is erased."""
    await db.execute(delete(ContactRow).where(ContactRow.member_id == member_id))
