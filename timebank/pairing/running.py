"""Running a round: read in one transaction, solve in a thread outside any, write in another."""

import asyncio
from uuid import UUID

from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.ids import derived_id, new_id
from timebank.pairing import service
from timebank.pairing.model import RoundView
from timebank.pairing.solving import solve


async def run_round(call: Call, *, community_id: UUID, scheme_id: UUID | None = None) -> RoundView:
    """Decide a round over the requests of one scheme, or of all; nobody is asked yet (`service.send_round`).

    The same call with the same key gives the same round. Raises `NothingWaiting`, `PlanWrong`, `NotFound`.
    """
    round_id = derived_id(call.actor.id, "round", call.key) if call.key else new_id()
    plain = call.with_key(None)
    made = await service.made_round(plain, community_id=community_id, round_id=round_id)
    if made is not None:
        return made
    await service.close_due(plain, community_id=community_id)
    posed = await service.pose(plain, community_id=community_id, scheme_id=scheme_id)
    began = clock.stopwatch()
    solved = await asyncio.to_thread(solve, posed.problem, posed.kinds, posed.volunteers)
    return await service.record_round(
        plain,
        community_id=community_id,
        round_id=round_id,
        scheme_id=scheme_id,
        posed=posed,
        solved=solved,
        milliseconds=clock.stopwatch() - began,
    )
