"""Reading what is set aside; the ledger says what has become of it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.hours.holds import rules
from timebank.hours.holds.model import HeldLine, Hold, Occasion
from timebank.hours.queries import names
from timebank.hours.tables import Reservation


async def holds_about(
    db: AsyncSession, community_id: UUID, subject_ids: Collection[UUID]
) -> dict[UUID, Hold]:
    """What is set aside for each of these, or was last; for what nothing ever was is missing."""
    occasions = await _occasions(db, community_id, Reservation.subject_id == func.any(list(subject_ids)))
    found = await ledger.holds(db, community_id, ids=list(occasions)) if occasions else []
    # The open one is the last: another is made only with its end.
    found.sort(key=lambda hold: (hold.ended is None, hold.created_at))
    return {occasions[hold.id].subject_id: rules.hold_of(hold, occasions[hold.id]) for hold in found}


async def held_lines(db: AsyncSession, community_id: UUID, account_id: UUID) -> list[HeldLine]:
    """What is held of an account, the soonest to lapse first; at most a page of it."""
    found = await ledger.holds(db, community_id, account_id=account_id)
    if not found:
        return []
    occasions = await _occasions(
        db, community_id, Reservation.hold_id == func.any([hold.id for hold in found])
    )
    parties = {who for of in occasions.values() for who in (of.helper_id, of.recipient_id)}
    name, _ = await names(db, community_id, parties)
    held = [rules.hold_of(hold, occasions[hold.id]) for hold in found if hold.id in occasions]
    return [
        HeldLine(
            hold_id=hold.id,
            subject_id=hold.occasion.subject_id,
            served_on=hold.occasion.served_on,
            minutes=hold.minutes,
            until_on=rules.last_day(hold),
            words=rules.words_of(hold, community_id=community_id, name=name),
        )
        for hold in held
    ]


async def _occasions(
    db: AsyncSession, community_id: UUID, which: ColumnElement[bool]
) -> dict[UUID, Occasion]:
    rows = await db.scalars(select(Reservation).where(Reservation.community_id == community_id, which))
    return {
        row.hold_id: Occasion(
            subject_id=row.subject_id,
            served_on=row.served_on,
            category=row.category,
            helper_id=row.helper_id,
            recipient_id=row.recipient_id,
        )
        for row in rows
    }
