"""Use cases of certificates: one's, everybody's, and what is open before a community may end. All of them read."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.membership.certificates import queries
from timebank.membership.certificates.model import Certificate, Certificates, StillOpen
from timebank.people.whose import home

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@reading(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def certificate(
    db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None
) -> Certificate:
    """A member's certificate as of today. Raises `NotFound` without an account."""
    found = await queries.one(db, member_id, act.today)
    if found is None:
        raise NotFound
    return found


@use_case(who=DESK, where="community_id")
async def certificates(
    db: AsyncSession, act: Act, *, community_id: UUID, after: str | None = None
) -> Certificates:
    """A page of everybody's as of today; written down, since they leave the house."""
    return await queries.everybody(db, community_id, act.today, after)


@reading(who=DESK, where="community_id")
async def still_open(db: AsyncSession, act: Act, *, community_id: UUID) -> StillOpen:
    """What is still in progress in a community, and what its people have."""
    return await queries.still_open(db, community_id, act.today)
