"""Reading how pairs are kept."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.pairing.keeping import rules
from timebank.pairing.keeping.model import Neglected, Note, NoteKind
from timebank.pairing.queries.pairs import living_pairs
from timebank.pairing.tables import PairNote
from timebank.visits import queries as visits


async def notes(db: AsyncSession, pair_ids: Collection[UUID]) -> dict[UUID, list[Note]]:
    """What was noted of pairs, the latest first; who has none is missing."""
    rows = (
        await db.scalars(
            select(PairNote)
            .where(PairNote.pair_id.in_(pair_ids))
            .order_by(PairNote.on_day.desc(), PairNote.at.desc(), PairNote.id.desc())
        )
    ).all()
    names = await access.staff_names(db, {row.by for row in rows})
    found: dict[UUID, list[Note]] = defaultdict(list)
    for row in rows:
        note = Note(
            id=row.id,
            pair_id=row.pair_id,
            kind=NoteKind(row.kind),
            on=row.on_day,
            word=row.word,
            next_on=row.next_on,
            by=row.by,
            by_name=names.get(row.by, ""),
            at=row.at,
        )
        found[row.pair_id].append(note)
    return dict(found)


async def neglected(db: AsyncSession, community_id: UUID, today: date) -> list[Neglected]:
    """Living pairs that fell silent or whose review is due, the longest waiting first."""
    pairs = await living_pairs(db, community_id)
    noted = await notes(db, [pair.id for pair in pairs])
    last = await visits.last_of_pairs(db, community_id, [pair.id for pair in pairs])
    found = []
    for pair in pairs:
        own = noted.get(pair.id, [])
        silent = rules.silent_since(pair, last.get(pair.id), today, own)
        review = rules.review_on(pair, own)
        due = review if review is not None and review <= today else None
        if silent or due:
            found.append(Neglected(pair=pair, silent_since=silent, review_on=due))
    return sorted(found, key=lambda one: (one.silent_since or one.review_on or today, one.pair.id))
