"""Running a round, or trying one: read in one transaction, solve in a thread outside any, write in another."""

import asyncio
from uuid import UUID

from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import Text
from timebank.core.ids import derived_id, new_id
from timebank.pairing import service
from timebank.pairing.errors import CannotPin
from timebank.pairing.model import RoundView, Steering
from timebank.pairing.solving import Compared, compared, solve
from timebank.pairing.views import WhatIfPage


async def run_round(
    call: Call, *, community_id: UUID, scheme_id: UUID | None = None, steering: Steering | None = None
) -> RoundView:
    """Decide a round over the requests of one scheme, or of all; nobody is asked yet (`service.send_round`).

    The same call with the same key gives the same round. Raises `NothingWaiting`, `CannotPin`, `PlanWrong`,
    `NotFound`.
    """
    round_id = derived_id(call.actor.id, "round", call.key) if call.key else new_id()
    plain = call.with_key(None)
    made = await service.made_round(plain, community_id=community_id, round_id=round_id)
    if made is not None:
        return made
    await service.close_due(plain, community_id=community_id)
    posed = await service.pose(
        plain, community_id=community_id, scheme_id=scheme_id, steering=steering or Steering()
    )
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


async def what_if_round(call: Call, *, community_id: UUID, round_id: UUID, steering: Steering) -> WhatIfPage:
    """What an unsent round would be if it were run now, as it is and steered so; nothing is kept.

    Raises `NotFound`, `RoundClosed`.
    """
    posed = await service.pose_what_if(call, community_id=community_id, round_id=round_id, steering=steering)
    found: Compared | None = None
    problem: Text | None = None
    try:
        found = await asyncio.to_thread(compared, posed.before, posed.after)
    except CannotPin as refused:
        problem = refused.text
    return await service.what_if_page(
        call, community_id=community_id, round_id=round_id, steering=steering, found=found, problem=problem
    )
