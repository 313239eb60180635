"""Reading choices for afterwards, and deaths."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.core.provenance import Provenance
from timebank.hours import queries as hours
from timebank.membership.deaths import rules
from timebank.membership.deaths.model import Bequest, Death, Look, Said, To, Way
from timebank.membership.tables import BequestRow, DeathRow
from timebank.pairing import queries as pairing
from timebank.people import queries as people
from timebank.people.model import Brief
from timebank.schemes import queries as schemes
from timebank.visits import queries as visits
from timebank.visits.model import Status as VisitStatus

UNSETTLED = (VisitStatus.ATTENDED, VisitStatus.CLAIMED, VisitStatus.DISPUTED, VisitStatus.CONFIRMED)
WAITING_MAX = 50


async def bequest(db: AsyncSession, member_id: UUID) -> Bequest | None:
    """What a member chose last."""
    row = await db.scalar(
        select(BequestRow)
        .where(BequestRow.member_id == member_id)
        .order_by(BequestRow.number.desc())
        .limit(1)
    )
    if row is None:
        return None
    names = await access.staff_names(db, [row.recorded_by])
    return Bequest(
        said=Said(
            to=To(row.kind),
            heir_id=row.heir_id,
            source=Provenance(row.source),
            heard_by=row.heard_by,
            said_on=row.said_on,
        ),
        number=row.number,
        heir=await _as_of_now(db, row.heir_id) if row.heir_id else None,
        recorded_by=names.get(row.recorded_by, ""),
        recorded_at=row.recorded_at,
    )


async def death(db: AsyncSession, member_id: UUID) -> Death | None:
    """A member's death as it stands recorded, if it is."""
    rows = await db.scalars(
        select(DeathRow)
        .where(DeathRow.member_id == member_id, DeathRow.undone_at.is_(None))
        .execution_options(populate_existing=True)
    )
    found = await _views(db, list(rows))
    return found[0] if found else None


async def look(db: AsyncSession, member_id: UUID, today: date) -> Look:
    """What recording a member's death would do, or did. Raises `NotFound`."""
    member = await people.member(db, member_id)
    community_id = member.community_id
    chosen = await bequest(db, member_id)
    heir_id = chosen.heir.id if chosen and chosen.heir else None
    views = await hours.account_views(
        db, community_id, [one for one in (member_id, heir_id) if one is not None]
    )
    own, theirs = views.get(member_id), views.get(heir_id) if heir_id else None
    house = await schemes.house_policy(db, community_id, today)
    planned = await visits.list_visits(
        db, community_id, statuses=[VisitStatus.PLANNED], member_id=member_id, limit=100
    )
    unsettled = await visits.list_visits(db, community_id, statuses=UNSETTLED, member_id=member_id, limit=100)
    room = None
    if theirs is not None and theirs.ceiling_minutes is not None:
        room = theirs.ceiling_minutes - theirs.balance.posted
    return Look(
        member=member,
        bequest=chosen,
        destination=rules.destination(
            chosen,
            house.content,
            member_id=member_id,
            open_accounts={view.id for view in views.values() if not view.closed},
        ),
        minutes=own.balance.posted if own is not None and not own.closed else None,
        room_minutes=room,
        planned=len(planned.rows),
        unsettled=len(unsettled.rows),
        pairs=len(await pairing.living_pairs(db, community_id, member_id=member_id)),
        death=await death(db, member_id),
    )


async def waiting(db: AsyncSession, community_id: UUID) -> list[tuple[Brief, Death]]:
    """Deaths whose balance has not gone yet, the oldest first."""
    rows = await db.scalars(
        select(DeathRow)
        .where(
            DeathRow.community_id == community_id,
            DeathRow.undone_at.is_(None),
            DeathRow.settled_by.is_(None),
        )
        .order_by(DeathRow.recorded_at, DeathRow.id)
        .limit(WAITING_MAX)
    )
    found = await _views(db, list(rows))
    known = await people.briefs(db, [one.member_id for one in found])
    return [(known[one.member_id], one) for one in found if one.member_id in known]


async def _as_of_now(db: AsyncSession, heir_id: UUID) -> Brief | None:
    known = (await people.briefs(db, [heir_id])).get(heir_id)
    if known is not None and known.merged_into is not None:
        return (await people.briefs(db, [known.merged_into])).get(known.merged_into)
    return known


async def _views(db: AsyncSession, rows: Sequence[DeathRow]) -> list[Death]:
    names = await access.staff_names(db, {row.recorded_by for row in rows}) if rows else {}
    return [
        Death(
            id=row.id,
            member_id=row.member_id,
            died_on=row.died_on,
            told_by=row.told_by,
            recorded_by=row.recorded_by,
            recorded_by_name=names.get(row.recorded_by, ""),
            recorded_at=row.recorded_at,
            status_before=row.status_before,
            way=Way(row.way) if row.way else None,
            heir_id=row.heir_id,
            minutes=row.minutes,
            rest_minutes=row.rest_minutes,
            transfer_ids=tuple(row.transfer_ids),
            settled_by=row.settled_by,
            undone_because=row.undone_because,
            version=row.version,
        )
        for row in rows
    ]
