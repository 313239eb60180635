"""Writing when trainings were held and until when they hold."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import Stale
from timebank.people.tables import Member, TrainingDates
from timebank.people.trainings.errors import EndsBeforeItBegan, TrainedLater
from timebank.people.trainings.model import Dates
from timebank.people.trainings.rules import training_done_later, training_ends_before_it_began


async def date_training(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    training: str,
    dates: Dates,
    *,
    version: int,
    by: UUID,
    today: date,
    now: datetime,
) -> int:
    """A member, read at `version`, has this training until a day; the record's new version.

    Raises `Stale`, `EndsBeforeItBegan`, `TrainedLater`.
    """
    if training_ends_before_it_began(dates):
        raise EndsBeforeItBegan
    if training_done_later(dates, today):
        raise TrainedLater
    known = Member.trainings.contains([training])
    changed = await _another_version(
        db,
        member_id,
        version,
        {"trainings": func.array_append(func.array_remove(Member.trainings, training), training)}
        if not await db.scalar(select(known).where(Member.id == member_id))
        else {},
    )
    said = {
        "done_on": dates.done_on,
        "valid_until": dates.valid_until,
        "seen": dates.seen,
        "noted_by": by,
        "noted_on": today,
        "noted_at": now,
    }
    await db.execute(
        upsert(TrainingDates)
        .values(member_id=member_id, community_id=community_id, training=training, **said)
        .on_conflict_do_update(index_elements=["member_id", "training"], set_=said)
    )
    return changed


async def undate_training(db: AsyncSession, member_id: UUID, training: str, *, version: int) -> int:
    """The training does not end; the record's new version. Raises `Stale`."""
    changed = await _another_version(db, member_id, version, {})
    await db.execute(
        delete(TrainingDates).where(TrainingDates.member_id == member_id, TrainingDates.training == training)
    )
    return changed


async def hand_over_trainings(db: AsyncSession, *, from_id: UUID, to_id: UUID) -> None:
    """Where a record ends in another, its dates go there; of two for one training the later counts."""
    columns = [column.key for column in TrainingDates.__table__.columns if column.key != "member_id"]
    theirs = select(*(getattr(TrainingDates, name) for name in columns)).where(
        TrainingDates.member_id == from_id
    )
    for row in (await db.execute(theirs)).mappings().all():
        sent = upsert(TrainingDates).values(member_id=to_id, **row)
        later = {name: sent.excluded[name] for name in columns if name not in ("community_id", "training")}
        await db.execute(
            sent.on_conflict_do_update(
                index_elements=["member_id", "training"],
                set_=later,
                where=TrainingDates.valid_until < sent.excluded.valid_until,
            )
        )
    await db.execute(delete(TrainingDates).where(TrainingDates.member_id == from_id))


async def _another_version(db: AsyncSession, member_id: UUID, version: int, values: dict[str, object]) -> int:
    changed = await db.scalar(
        update(Member)
        .where(Member.id == member_id, Member.version == version)
        .values(version=version + 1, **values)
        .returning(Member.version)
    )
    if changed is None:
        raise Stale(await db.scalar(select(Member.version).where(Member.id == member_id)))
    return int(changed)
