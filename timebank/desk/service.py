"""Use cases of the desk: all of them read."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading
from timebank.core import tables
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.core.lists import Page
from timebank.desk import queries
from timebank.desk.model import Home, PersonPage, Today

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@reading(who=DESK, where="community_id")
async def today(db: AsyncSession, act: Act, *, community_id: UUID) -> Today:
    """What to do first, and what happens today."""
    return await queries.today(db, community_id, act.now)


@reading(who=DESK, where="community_id")
async def person(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> PersonPage:
    """One person on one page. Raises `NotFound` for a member of another community."""
    found = await queries.person(db, member_id, act.now)
    if found.member.community_id != community_id:
        raise NotFound
    return found


@reading(who={Role.MEMBER}, where="community_id", on_behalf="member_id")
async def home(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> Home:
    """A member's own first page."""
    return await queries.home(db, member_id, act.now)


@reading(who=DESK | {Role.AUDITOR}, where="community_id")
async def acts(
    db: AsyncSession, act: Act, *, community_id: UUID, about: UUID | None = None, after: str | None = None
) -> Page[tables.Act]:
    """What was done in a community, by whom, for whom and why."""
    return await queries.acts(db, community_id, about=about, after=after)
