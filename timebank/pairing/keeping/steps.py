"""Writing what was done for a pair."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.pairing.keeping.model import NoteKind
from timebank.pairing.model import PairView
from timebank.pairing.tables import PairNote


async def note(
    db: AsyncSession,
    pair: PairView,
    *,
    note_id: UUID,
    kind: NoteKind,
    on: date,
    word: str,
    next_on: date | None,
    by: UUID,
    now: datetime,
) -> None:
    """Write it down, for good."""
    await db.execute(
        insert(PairNote).values(
            id=note_id,
            community_id=pair.community_id,
            pair_id=pair.id,
            kind=kind,
            on_day=on,
            word=word,
            next_on=next_on,
            by=by,
            at=now,
        )
    )
