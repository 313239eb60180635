"""Use cases of joining at retirement: begin a checklist, tick it off, see what is left."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.membership.retirement import queries, steps
from timebank.membership.retirement.model import Done, Item, Retirement
from timebank.people import queries as people
from timebank.people.errors import MemberGone
from timebank.people.model import MemberView
from timebank.people.whose import home

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@reading(who=DESK, where=home)
async def retirement(
    db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None
) -> tuple[MemberView, Retirement | None]:
    """A member and their checklist, if one was begun."""
    return await people.member(db, member_id), await queries.retirement(db, member_id)


@reading(who=DESK, where="community_id")
async def unfinished(db: AsyncSession, act: Act, *, community_id: UUID) -> list[Retirement]:
    """Whose checklist has something left to do."""
    return await queries.unfinished(db, community_id)


@use_case(who=DESK, where=home, on_behalf="member_id")
async def begin_retirement(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    retired_on: date,
    version: int,
    retired_from: str | None = None,
    community_id: UUID | None = None,
) -> int:
    """Begin a checklist, or say another day or workplace; the new version. Raises `Stale`, `MemberGone`."""
    assert act.community_id is not None
    if (await people.member(db, member_id)).status in people.GONE:
        raise MemberGone
    return await steps.begin(
        db,
        act.community_id,
        member_id,
        retired_on=retired_on,
        retired_from=retired_from,
        version=version,
        by=act.actor.id,
        now=act.now,
    )


@use_case(who=DESK, where=home, on_behalf="member_id")
async def tick(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    item: Item,
    done: Done,
    version: int,
    community_id: UUID | None = None,
) -> int:
    """Note that an item was done; the new version. Raises `NotRetiring`, `Stale`, `ItemBeforeItsDay`, `DoneByNobody`."""
    return await steps.tick(
        db, member_id, item, done, version=version, today=act.today, by=act.actor.id, now=act.now
    )


@use_case(who=DESK, where=home, on_behalf="member_id")
async def untick(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    item: Item,
    version: int,
    community_id: UUID | None = None,
) -> int:
    """It was not done after all; the new version. Raises `NotRetiring`, `Stale`."""
    return await steps.untick(db, member_id, item, version=version)
