"""Writing retirement checklists."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from timebank.core.errors import Stale
from timebank.membership.retirement.errors import DoneByNobody, ItemBeforeItsDay, NotRetiring
from timebank.membership.retirement.model import Done, Item
from timebank.membership.retirement.rules import (
    retirement_item_before_its_day,
    retirement_item_done_by_nobody,
)
from timebank.membership.tables import RetirementItem, RetirementList


async def begin(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    *,
    retired_on: date,
    retired_from: str | None,
    version: int,
    by: UUID,
    now: datetime,
) -> int:
    """Begin a checklist (`version` 0), or say another day or workplace; the new version. Raises `Stale`."""
    said = {"retired_on": retired_on, "retired_from": retired_from}
    if version > 0:
        await _lock(db, member_id, version)
        return await _another_version(db, member_id, said)
    made = await db.scalar(
        upsert(RetirementList)
        .values(member_id=member_id, community_id=community_id, begun_by=by, begun_at=now, version=1, **said)
        .on_conflict_do_nothing()
        .returning(RetirementList.version)
    )
    if made is None:
        raise Stale
    return int(made)


async def tick(
    db: AsyncSession,
    member_id: UUID,
    item: Item,
    done: Done,
    *,
    version: int,
    today: date,
    by: UUID,
    now: datetime,
) -> int:
    """Note that an item was done, or correct how; the new version.

    Raises `NotRetiring`, `Stale`, `ItemBeforeItsDay`, `DoneByNobody`.
    """
    if retirement_item_before_its_day(done_on=done.done_on, today=today):
        raise ItemBeforeItsDay
    if retirement_item_done_by_nobody(done.who):
        raise DoneByNobody
    community_id = await _lock(db, member_id, version)
    said = {
        "done_on": done.done_on,
        "who": done.who,
        "note": done.note,
        "by": by,
        "at": now,
        "noted_on": today,
    }
    await db.execute(
        upsert(RetirementItem)
        .values(member_id=member_id, community_id=community_id, item=item, **said)
        .on_conflict_do_update(index_elements=["member_id", "item"], set_=said)
    )
    return await _another_version(db, member_id, {})


async def untick(db: AsyncSession, member_id: UUID, item: Item, *, version: int) -> int:
    """It was not done after all; the new version. Raises `NotRetiring`, `Stale`."""
    await _lock(db, member_id, version)
    await db.execute(
        delete(RetirementItem).where(RetirementItem.member_id == member_id, RetirementItem.item == item)
    )
    return await _another_version(db, member_id, {})


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID) -> None:
    """Where a record ends in another, its checklist goes there; what both have, the kept one knows best."""
    kept, ended = await db.get(RetirementList, to_id), await db.get(RetirementList, from_id)
    if ended is None:
        return
    if kept is None:
        values = {column.key: getattr(ended, column.key) for column in RetirementList.__table__.columns} | {
            "member_id": to_id
        }
        await db.execute(insert(RetirementList).values(**values))
    other = aliased(RetirementItem)
    there = exists().where(other.member_id == to_id, other.item == RetirementItem.item)
    await db.execute(
        update(RetirementItem).where(RetirementItem.member_id == from_id, ~there).values(member_id=to_id)
    )
    await db.execute(delete(RetirementItem).where(RetirementItem.member_id == from_id))
    await db.execute(delete(RetirementList).where(RetirementList.member_id == from_id))


async def _lock(db: AsyncSession, member_id: UUID, version: int) -> UUID:
    wanted = select(RetirementList.community_id, RetirementList.version).where(
        RetirementList.member_id == member_id
    )
    row = (await db.execute(wanted.with_for_update())).one_or_none()
    if row is None:
        raise NotRetiring
    if row.version != version:
        raise Stale(row.version)
    community_id: UUID = row.community_id
    return community_id


async def _another_version(db: AsyncSession, member_id: UUID, values: Mapping[str, object]) -> int:
    changed = await db.scalar(
        update(RetirementList)
        .where(RetirementList.member_id == member_id)
        .values(version=RetirementList.version + 1, **values)
        .returning(RetirementList.version)
    )
    assert changed is not None
    return int(changed)
