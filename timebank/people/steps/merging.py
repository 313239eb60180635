"""Ending a record of somebody who has another one."""

from datetime import date
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from timebank.core.errors import Stale
from timebank.people.model import Status
from timebank.people.steps.trainings import hand_over_trainings
from timebank.people.tables import Absence, Availability, DoNotPair, Member


async def lock(db: AsyncSession, seen: dict[UUID, int]) -> None:
    """Hold these members' records, as they were read at these versions. Raises `Stale`."""
    rows = await db.execute(
        select(Member.id, Member.version).where(Member.id.in_(seen)).order_by(Member.id).with_for_update()
    )
    found = {row.id: row.version for row in rows}
    for member_id, version in seen.items():
        if found.get(member_id) != version:
            raise Stale(found.get(member_id))


async def end_record(db: AsyncSession, ended_id: UUID, *, into: UUID, today: date) -> None:
    """Let a record end in another of the same person: its ID number goes (`into` may have it), its week where
    the other has none, its absences, and whom it is kept apart from.
    """
    gone = {"id_sealed": None, "id_index": None, "id_mask": None}
    await db.execute(
        update(Member)
        .where(Member.id == ended_id)
        .values(status=Status.LEFT, merged_into=into, version=Member.version + 1, **gone)
    )
    # Who was merged into the ended one before is in the kept one now.
    await db.execute(update(Member).where(Member.merged_into == ended_id).values(merged_into=into))
    has_week = exists().where(Availability.member_id == into)
    await db.execute(
        update(Availability).where(Availability.member_id == ended_id, ~has_week).values(member_id=into)
    )
    await hand_over_trainings(db, from_id=ended_id, to_id=into)
    await _move_absences(db, ended_id, into, today)
    await _move_apart(db, ended_id, into)


async def _move_absences(db: AsyncSession, ended_id: UUID, into: UUID, today: date) -> None:
    other = aliased(Absence)
    overlapping = exists().where(
        other.member_id == into, other.from_on <= Absence.until_on, other.until_on >= Absence.from_on
    )
    await db.execute(
        update(Absence)
        .where(Absence.member_id == ended_id, Absence.until_on >= today, ~overlapping)
        .values(member_id=into)
    )


async def _move_apart(db: AsyncSession, ended_id: UUID, into: UUID) -> None:
    mine = (DoNotPair.first_id == ended_id) | (DoNotPair.second_id == ended_id)
    rows = (
        await db.execute(
            delete(DoNotPair)
            .where(mine)
            .returning(
                DoNotPair.community_id,
                DoNotPair.first_id,
                DoNotPair.second_id,
                DoNotPair.reason,
                DoNotPair.created_at,
            )
        )
    ).all()
    for row in rows:
        other = row.second_id if row.first_id == ended_id else row.first_id
        if other == into:
            continue
        first, second = sorted((into, other))
        await db.execute(
            upsert(DoNotPair)
            .values(
                community_id=row.community_id,
                first_id=first,
                second_id=second,
                reason=row.reason,
                created_at=row.created_at,
            )
            .on_conflict_do_nothing()
        )
