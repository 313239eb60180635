"""The helper says how long it took; the recipient may say that it is not right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates.model import Purpose
from timebank.access.guard import Act, use_case
from timebank.core.errors import Invalid
from timebank.core.provenance import Provenance
from timebank.core.rows import insert_all
from timebank.visits import rules, steps
from timebank.visits.errors import NotYourPart
from timebank.visits.model import Move, Side, VisitView
from timebank.visits.service.parties import (
    ANYBODY,
    both,
    only,
    side,
    source,
    speaker,
)
from timebank.visits.tables import Dispute


@use_case(who=ANYBODY, where="community_id", on_behalf=both)
async def claim(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    minutes: int,
    served_on: date | None = None,
    note: str | None = None,
    provenance: Provenance = Provenance.DESK,
) -> VisitView:
    """Say how long it took, on which day if it was not the planned one; again while nobody confirmed it.

    Raises `Invalid` for a day to come or too long ago, `NotYourPart` for the recipient.
    """
    visit = await steps.locked(db, community_id, visit_id, version=version)
    only(act, visit, Side.HELPER)
    day = served_on or visit.served_on
    found = rules.minutes_problems(minutes) + rules.day_problems(day, today=act.today)
    if found:
        raise Invalid(found)
    return await steps.move(
        db,
        visit,
        Move.CLAIM,
        now=act.now,
        served_on=day,
        claimed_minutes=minutes,
        claimed_by=speaker(act, visit),
        claimed_at=act.now,
        claimed_source=source(act, provenance),
        said_minutes=None,
        note=note or visit.note,
    )


@use_case(who=ANYBODY, where="community_id", on_behalf=both, purposes={Purpose.CONFIRM})
async def dispute(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    minutes: int | None = None,
    words: str | None = None,
    provenance: Provenance = Provenance.PHONE,
) -> VisitView:
    """Say that the claim is not right; `minutes` 0: it did not take place. The desk hears both sides."""
    visit = await steps.locked(db, community_id, visit_id, version=version)
    if side(act, visit) is Side.HELPER:
        raise NotYourPart
    if minutes:
        found = rules.minutes_problems(minutes)
        if found:
            raise Invalid(found)
    said = Objection(minutes, words, provenance)
    return (await raise_disputes(db, [(act, visit, said)]))[0]


@dataclass(frozen=True)
class Objection:
    """What a recipient says it was, if anything, and how that reached us."""

    minutes: int | None
    words: str | None
    provenance: Provenance


async def raise_disputes(
    db: AsyncSession, raised: Sequence[tuple[Act, VisitView, Objection]]
) -> list[VisitView]:
    """Move locked visits to a desk's list of disputes, with what was said; as they now stand, in order."""
    visits = [visit for _, visit, _ in raised]
    now = max((act.now for act, _, _ in raised), default=None)
    if now is None:
        return []
    values = [{"said_minutes": said.minutes} for _, _, said in raised]
    moved = await steps.move_all(db, visits, Move.DISPUTE, now=now, values=values)
    rows = [
        {
            "id": act.id_for("dispute", visit.id, visit.version),
            "community_id": visit.community_id,
            "visit_id": visit.id,
            "claimed_minutes": visit.claimed.minutes if visit.claimed else 0,
            "said_minutes": said.minutes,
            "words": said.words,
            "raised_by": speaker(act, visit),
            "raised_at": act.now,
            "raised_source": source(act, said.provenance),
        }
        for act, visit, said in raised
    ]
    await insert_all(db, Dispute, rows)
    return moved
