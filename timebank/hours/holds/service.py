"""Use cases of what is set aside: look at it, let go of what has lapsed."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.access.delegates.model import Purpose
from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.hours.holds import queries
from timebank.hours.holds.model import HeldLine

READERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR})


@reading(
    who=READERS | {Role.MEMBER},
    where="community_id",
    on_behalf="member_id",
    purposes={Purpose.BALANCE},
)
async def held(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> list[HeldLine]:
    """What is set aside of a member's minutes, the soonest to lapse first."""
    return await queries.held_lines(db, community_id, member_id)


@reading(who=READERS, where="community_id")
async def held_of(db: AsyncSession, act: Act, *, community_id: UUID, account_id: UUID) -> list[HeldLine]:
    """What is set aside of any account."""
    return await queries.held_lines(db, community_id, account_id)


@use_case(who={Role.SYSTEM}, where="community_id")
async def expire_holds(db: AsyncSession, act: Act, *, community_id: UUID) -> int:
    """Let go of what has lapsed by the database's clock; how many."""
    lapsed = 0
    while ended := await ledger.expire_holds(db, community_id):
        lapsed += len(ended)
    return lapsed
