"""Writing visits. Every change of status goes through `MOVES`; `settling.py` posts them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.errors import NotFound, Stale
from timebank.core.provenance import Provenance
from timebank.visits.errors import VisitMoved
from timebank.visits.model import MOVES, Move, PlannedVisit, Status, VisitView
from timebank.visits.rules import status_text
from timebank.visits.tables import Visit
from timebank.visits.views import visit_view


async def plan(
    db: AsyncSession,
    planned: Sequence[PlannedVisit],
    *,
    provenance: Provenance,
    created_by: UUID,
    now: datetime,
) -> list[UUID]:
    """Plan visits; the ids of those that are new.

    One that is planned already (same id, same pair and start, or same proposal and start) is left as it is.
    """
    made: list[UUID] = []
    for each in sorted(planned, key=lambda one: one.id):
        row = await db.scalar(
            upsert(Visit)
            .values(
                id=each.id,
                community_id=each.community_id,
                scheme_id=each.scheme_id,
                category=each.category,
                request_id=each.request_id,
                pair_id=each.pair_id,
                proposal_id=each.proposal_id,
                helper_id=each.helper_id,
                recipient_id=each.recipient_id,
                planned_from=each.planned_from,
                planned_until=each.planned_until,
                served_on=clock.day_of(each.planned_from),
                place=each.place,
                status=Status.PLANNED,
                revision=0,
                note=each.note,
                provenance=provenance,
                created_by=created_by,
                created_at=now,
                changed_at=now,
                version=1,
            )
            .on_conflict_do_nothing()
            .returning(Visit.id)
        )
        if row is not None:
            made.append(row)
    return made


async def locked(
    db: AsyncSession, community_id: UUID, visit_id: UUID, *, version: int | None = None
) -> VisitView:
    """The visit, held until the transaction ends; `NotFound`, or `Stale` if it is not the version seen."""
    row = await db.scalar(
        select(Visit)
        .where(Visit.id == visit_id, Visit.community_id == community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Stale
    return visit_view(row)


async def move(
    db: AsyncSession, visit: VisitView, what: Move, *, now: datetime, **values: object
) -> VisitView:
    """Move a locked visit and write `values` beside it; `VisitMoved` if it stands elsewhere."""
    before, after = MOVES[what]
    if visit.status not in before:
        raise VisitMoved(status=status_text(visit.status))
    row = (
        await db.scalars(
            update(Visit)
            .where(Visit.id == visit.id, Visit.version == visit.version)
            .values(status=after, version=visit.version + 1, changed_at=now, **values)
            .returning(Visit)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if row is None:
        raise Stale
    return visit_view(row)
