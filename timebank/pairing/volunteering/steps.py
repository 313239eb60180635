"""Writing who volunteered. Saying it twice changes nothing; taken back, it can be said again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from timebank.core.provenance import Provenance
from timebank.pairing.tables import Volunteer


async def say(
    db: AsyncSession,
    community_id: UUID,
    request_id: UUID,
    member_id: UUID,
    *,
    volunteering_id: UUID,
    provenance: Provenance,
    by: UUID,
    now: datetime,
    since: datetime,
) -> None:
    """Write down that they would go; a word that counts already (said `since` then) stays as it is."""
    said = {"provenance": provenance, "said_by": by, "said_at": now}
    await db.execute(
        insert(Volunteer)
        .values(
            id=volunteering_id, community_id=community_id, request_id=request_id, member_id=member_id, **said
        )
        .on_conflict_do_update(
            constraint="volunteer_once",
            set_=said | {"withdrawn_at": None},
            where=or_(Volunteer.withdrawn_at.is_not(None), Volunteer.said_at < since),
        )
    )


async def take_back(db: AsyncSession, request_id: UUID, member_id: UUID, *, now: datetime) -> None:
    """They would not go, or not any more; nothing where they never said so."""
    await db.execute(
        update(Volunteer)
        .where(
            Volunteer.request_id == request_id,
            Volunteer.member_id == member_id,
            Volunteer.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )


async def take_all_back(db: AsyncSession, member_id: UUID, *, now: datetime) -> None:
    """A member volunteers for nothing any more."""
    live = (Volunteer.member_id == member_id, Volunteer.withdrawn_at.is_(None))
    await db.execute(update(Volunteer).where(*live).values(withdrawn_at=now))


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID, now: datetime) -> None:
    """What one member volunteered for is another's from now on; where both said something, what was said last."""
    theirs = aliased(Volunteer)
    await db.execute(
        update(Volunteer)
        .where(
            Volunteer.member_id == to_id,
            theirs.member_id == from_id,
            theirs.request_id == Volunteer.request_id,
            theirs.withdrawn_at.is_(None),
            func.coalesce(Volunteer.withdrawn_at, Volunteer.said_at) < theirs.said_at,
        )
        .values(
            provenance=theirs.provenance,
            said_by=theirs.said_by,
            said_at=theirs.said_at,
            withdrawn_at=None,
        )
        .execution_options(synchronize_session=False)
    )
    live = (Volunteer.member_id == from_id, Volunteer.withdrawn_at.is_(None))
    too = select(Volunteer.request_id).where(Volunteer.member_id == to_id).scalar_subquery()
    await db.execute(update(Volunteer).where(*live, Volunteer.request_id.in_(too)).values(withdrawn_at=now))
    await db.execute(update(Volunteer).where(*live).values(member_id=to_id))
