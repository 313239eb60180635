"""Use cases of a round that is being worked out: how far it is, and stopping it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.pairing import queries
from timebank.pairing.errors import RoundClosed
from timebank.pairing.model import RoundRun
from timebank.pairing.steps import runs as steps

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@reading(who=DESK, where="community_id")
async def round_run(db: AsyncSession, act: Act, *, community_id: UUID) -> RoundRun | None:
    """The latest run of this community, if there was one."""
    return await queries.round_run(db, community_id)


@use_case(who=DESK, where="community_id")
async def stop_round(db: AsyncSession, act: Act, *, community_id: UUID, round_id: UUID) -> None:
    """Ask a run to stop; it keeps nothing, and says who stopped it. Raises `NotFound`, `RoundClosed` for one that is over."""
    run = await queries.round_run(db, community_id)
    if run is None or run.round_id != round_id:
        raise NotFound
    if not run.alive(act.now):
        raise RoundClosed
    await steps.ask_to_stop(db, community_id, round_id, by=act.actor.name)
