"""Writing visits: planned, held, moved along `MOVES`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.errors import NotFound, Stale
from timebank.core.provenance import Provenance
from timebank.core.rows import update_all
from timebank.visits.errors import VisitMoved
from timebank.visits.model import (
    ENDS,
    MOVES,
    Move,
    PlannedVisit,
    Status,
    VisitView,
)
from timebank.visits.rules import status_text
from timebank.visits.steps.holding import reserve
from timebank.visits.tables import Visit
from timebank.visits.views import visit_view

# One statement for any number of them: a list in the text would be another text for each length.
_HELD = (
    select(Visit.__table__)
    .where(
        Visit.id == any_(bindparam("ids", type_=ARRAY(Uuid))), Visit.community_id == bindparam("community")
    )
    .order_by(Visit.id)
    .with_for_update()
)


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID) -> list[VisitView]:
    """Visits that are not over are another member's from now on; what was settled or cancelled stays as it was.

    What is set aside for them is to follow (`handed_over`).
    """
    changed: list[VisitView] = []
    for side in ("helper_id", "recipient_id"):
        rows = await db.scalars(
            update(Visit)
            .where(getattr(Visit, side) == from_id, Visit.status.not_in(ENDS))
            .values({side: to_id, "version": Visit.version + 1})
            .returning(Visit)
            .execution_options(populate_existing=True)
        )
        changed += [visit_view(row) for row in rows]
    return changed


async def call_off_all(
    db: AsyncSession, community_id: UUID, member_id: UUID, *, reason: str, now: datetime
) -> list[VisitView]:
    """Every planned visit of a member is off; what is set aside for them is to be released (`let_go`)."""
    before, after = MOVES[Move.CANCEL]
    assert Status.PLANNED in before
    rows = await db.scalars(
        update(Visit)
        .where(
            Visit.community_id == community_id,
            (Visit.helper_id == member_id) | (Visit.recipient_id == member_id),
            Visit.status == Status.PLANNED,
        )
        .values(status=after, status_reason=reason, changed_at=now, version=Visit.version + 1)
        .returning(Visit)
        .execution_options(populate_existing=True)
    )
    return [visit_view(row) for row in rows]


async def plan(
    db: AsyncSession,
    planned: Sequence[PlannedVisit],
    *,
    provenance: Provenance,
    created_by: UUID,
    now: datetime,
    beside: Sequence[VisitView] = (),
) -> list[UUID]:
    """Plan visits of one community; the ids of those that are new.

    One that is planned already (same id, same pair and start, or same proposal and start) is left as it is.
    What is set aside follows, also of visits moved `beside` in the same transaction: so it comes last, and
    raises as `reserve` does.
    """
    made: list[UUID] = []
    # Asked first: a row that is there already would else use up a number each time it is planned again.
    known = set(await db.scalars(select(Visit.id).where(Visit.id.in_([each.id for each in planned]))))
    for each in sorted(planned, key=lambda one: one.id):
        if each.id in known:
            continue
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
    if made or beside:
        community_id = planned[0].community_id if planned else beside[0].community_id
        visits = [*beside, *await held(db, community_id, made)]
        await reserve(db, community_id, visits, by=created_by, now=now)
    return made


async def locked(
    db: AsyncSession, community_id: UUID, visit_id: UUID, *, version: int | None = None
) -> VisitView:
    """The visit, held until the transaction ends; `NotFound`, or `Stale` if it is not the version seen."""
    found = await held(db, community_id, [visit_id])
    if not found:
        raise NotFound
    if version is not None and found[0].version != version:
        raise Stale(found[0].version)
    return found[0]


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


async def move_all(
    db: AsyncSession,
    visits: Sequence[VisitView],
    what: Move,
    *,
    now: datetime,
    values: Sequence[Mapping[str, object]],
) -> list[VisitView]:
    """Move locked visits together, each with its own `values` beside it (the same columns for all).

    Raises `VisitMoved` if one of them stands elsewhere, `Stale` if one is not as it was seen.
    """
    before, after = MOVES[what]
    for visit in visits:
        if visit.status not in before:
            raise VisitMoved(status=status_text(visit.status))
    if not visits:
        return []
    rows = [
        {"id": visit.id, "version": visit.version + 1, "status": after, "changed_at": now, **beside}
        for visit, beside in zip(visits, values, strict=True)
    ]
    moved = {row.id: visit_view(row) for row in await update_all(db, Visit, rows)}
    if len(moved) != len(visits):
        raise Stale
    return [moved[visit.id] for visit in visits]


async def locked_all(db: AsyncSession, community_id: UUID, visit_ids: Collection[UUID]) -> list[VisitView]:
    """Visits in id order, held until the transaction ends; raises `NotFound` if one is missing."""
    found = await held(db, community_id, visit_ids)
    if len(found) != len(set(visit_ids)):
        raise NotFound
    return found


async def held(db: AsyncSession, community_id: UUID, visit_ids: Collection[UUID]) -> list[VisitView]:
    """Those of them that are here, held until the transaction ends."""
    # In id order, so that two desks with overlapping lists wait for each other and never in a ring.
    rows = await db.execute(_HELD, {"ids": list(visit_ids), "community": community_id})
    return [visit_view(row) for row in rows]
