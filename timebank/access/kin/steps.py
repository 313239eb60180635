"""Writing who is whose kin."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.errors import KinAlready, NotOnesOwnKin
from timebank.access.kin.model import KinKind, Relative
from timebank.access.tables import Kin
from timebank.core.errors import Stale


async def record(
    db: AsyncSession,
    *,
    tie_id: UUID,
    community_id: UUID,
    member_id: UUID,
    kind: KinKind,
    other: Relative,
    said_by: str,
    said_on: date,
    by: UUID,
    now: datetime,
) -> UUID:
    """Write a tie down; its id. Raises `NotOnesOwnKin`, `KinAlready` where the two have one that stands."""
    if other.member_id == member_id:
        raise NotOnesOwnKin
    if other.member_id is not None:
        both = (member_id, other.member_id)
        stands = select(Kin.id).where(
            Kin.member_id.in_(both),
            Kin.other_member_id.in_(both),
            Kin.ended_on.is_(None),
            Kin.retracted_at.is_(None),
        )
        if await db.scalar(stands):
            raise KinAlready
    await db.execute(
        insert(Kin).values(
            id=tie_id,
            community_id=community_id,
            member_id=member_id,
            kind=kind,
            other_community_id=other.community_id,
            other_member_id=other.member_id,
            other_name=other.name,
            other_phone=other.phone,
            other_gender=other.gender,
            staff_id=other.staff_id,
            said_by=said_by,
            said_on=said_on,
            recorded_by=by,
            recorded_at=now,
        )
    )
    return tie_id


async def end(db: AsyncSession, tie_id: UUID, *, version: int, on: date | None) -> None:
    """They are kin until the day before `on`; None: they are still. Raises `Stale`."""
    await _update(db, tie_id, version, {"ended_on": on})


async def retract(db: AsyncSession, tie_id: UUID, *, version: int, now: datetime) -> None:
    """It was never so. Raises `Stale`."""
    await _update(db, tie_id, version, {"retracted_at": now})


async def _update(db: AsyncSession, tie_id: UUID, version: int, values: dict[str, object]) -> None:
    standing = (Kin.id == tie_id, Kin.version == version, Kin.retracted_at.is_(None))
    written = await db.scalar(
        update(Kin).where(*standing).values(version=version + 1, **values).returning(Kin.id)
    )
    if written is None:
        raise Stale
