"""Reading delegates with their names, and what they did."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.delegates import queries
from timebank.access.delegates.model import Delegation, Purpose
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.core.tables import Act
from timebank.people import queries as people
from timebank.people.delegates.model import Delegates, DelegateShown, DoneFor, Principal

DONE_SHOWN = 20


async def delegates(db: AsyncSession, member_id: UUID, today: date) -> Delegates:
    """Who acts for a member, and what was done for them. Raises `NotFound`."""
    member = (await people.briefs(db, [member_id])).get(member_id)
    if member is None:
        raise NotFound
    found = await queries.delegates_of(db, member_id)
    done = await _done(db, member.community_id, member_id)
    seen = await people.briefs(
        db,
        {one.delegate.member_id for one in found if one.delegate.member_id} | {row.actor_id for row in done},
    )
    places = {node.id: node.name for node in await access.communities(db)}
    staff = await access.staff_names(db, {one.recorded_by for one in found})

    def told(one: Delegation) -> DelegateShown:
        brief = seen.get(one.delegate.member_id) if one.delegate.member_id else None
        elsewhere = one.delegate.community_id not in (None, member.community_id)
        return DelegateShown(
            delegation=one,
            name=brief.name if brief else one.delegate.name,
            community=places.get(one.delegate.community_id)
            if elsewhere and one.delegate.community_id
            else None,
            here=brief.id if brief and not elsewhere else None,
            recorded_by=staff.get(one.recorded_by),
        )

    did = [
        DoneFor(row.operation, seen[row.actor_id].name if row.actor_id in seen else None, row.at)
        for row in done
    ]
    return Delegates(member, today, [told(one) for one in found], did)


async def principals(db: AsyncSession, own: Collection[UUID], today: date) -> list[Principal]:
    """Whom a member acts for today."""
    acting = await queries.acting_for(db, own, today)
    members = await people.briefs(db, {one.member_id for one in acting})
    found: dict[UUID, dict[Purpose, date]] = {}
    for one in acting:
        until = found.setdefault(one.member_id, {})
        until[one.purpose] = max(one.agreed.until_on, until.get(one.purpose, one.agreed.until_on))
    return [Principal(members[who], until) for who, until in found.items() if who in members]


async def _done(db: AsyncSession, community_id: UUID, member_id: UUID) -> Collection[Act]:
    mine = (Act.community_id == community_id, Act.beneficiary_id == member_id, Act.role == Role.DELEGATE)
    return (await db.scalars(select(Act).where(*mine).order_by(Act.id.desc()).limit(DONE_SHOWN))).all()
