"""What hours do on a schedule."""

from datetime import datetime
from typing import Any

from timebank.access.guard import Call
from timebank.core import clock
from timebank.hours import service
from timebank.hours.holds import service as holds


async def apply_house_policies(call: Call, slot: datetime) -> dict[str, Any]:
    """Give accounts the limits of the house policy in force on the slot's day; run it after midnight.

    Running it again changes nothing.
    """
    day = clock.day_of(slot)
    changed = 0
    for community_id in sorted(call.actor.communities):
        changed += await service.apply_house_policy(call, community_id=community_id, on=day)
    return {"accounts": changed}


async def expire_holds(call: Call, slot: datetime) -> dict[str, Any]:
    """Let go of holds whose time is over by the database's clock; run it after midnight, when they end."""
    lapsed = 0
    for community_id in sorted(call.actor.communities):
        lapsed += await holds.expire_holds(call, community_id=community_id)
    return {"lapsed": lapsed}
