"""Use cases of dated trainings: see what somebody holds, date it, and who must come again soon."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.people import queries as people
from timebank.people import steps
from timebank.people.model import MemberView
from timebank.people.trainings import queries
from timebank.people.trainings.model import Dates, Ending, Held
from timebank.people.whose import home

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@reading(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def held(
    db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None
) -> tuple[MemberView, list[Held]]:
    """A member, and every training and check they hold."""
    member = await people.member(db, member_id)
    return member, await queries.held(db, member)


@reading(who=DESK, where="community_id")
async def ending(db: AsyncSession, act: Act, *, community_id: UUID) -> list[Ending]:
    """What ends within 60 days or has ended, the first to end first."""
    return await queries.ending(db, community_id, act.today)


@use_case(who=DESK, where=home, on_behalf="member_id")
async def date_training(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    training: str,
    dates: Dates,
    version: int,
    community_id: UUID | None = None,
) -> int:
    """A member, read at `version`, holds a training until a day; the new version. Raises `Stale`, `Invalid`."""
    assert act.community_id is not None
    return await steps.date_training(
        db,
        act.community_id,
        member_id,
        training,
        dates,
        version=version,
        by=act.actor.id,
        today=act.today,
        now=act.now,
    )


@use_case(who=DESK, where=home, on_behalf="member_id")
async def undate_training(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    training: str,
    version: int,
    community_id: UUID | None = None,
) -> int:
    """The training does not end after all; the new version. Raises `Stale`."""
    return await steps.undate_training(db, member_id, training, version=version)
