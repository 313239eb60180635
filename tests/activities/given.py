"""An activity to test with."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.given import NOW, World
from timebank.access.guard import Call
from timebank.activities import service
from timebank.activities.model import ActivityKind, Part, Planned, Standing
from timebank.core import clock
from timebank.core.provenance import Provenance

TODAY = clock.day_of(NOW)
TALK = Planned(
    kind=ActivityKind.TALK,
    title="榕树下的声音",
    place="榕树广场",
    held_on=TODAY + timedelta(days=3),
    from_minute=540,
    to_minute=630,
    seats=2,
)


async def planned(world: World, **changes: Any) -> UUID:
    """The talk, put down by the coordinator with some of it different."""
    return await service.plan(await world.call(), community_id=world.here, plan=replace(TALK, **changes))


async def enrol(
    world: World, activity: UUID, member: UUID, *, or_wait: bool = False, call: Call | None = None
) -> Standing:
    """By phone at the desk, unless somebody else calls."""
    return await service.enrol(
        call or await world.call(),
        community_id=world.here,
        activity_id=activity,
        member_id=member,
        or_wait=or_wait,
        provenance=Provenance.PHONE,
    )


async def staff(world: World, activity: UUID, member: UUID, part: Part = Part.HELPER) -> Standing:
    """Noted at the desk as speaker or helper."""
    return await service.staff(
        await world.call(),
        community_id=world.here,
        activity_id=activity,
        member_id=member,
        part=part,
        provenance=Provenance.DESK,
    )
