"""What pairing does at night: old proposals end, standing pairs plan their next weeks."""

from datetime import datetime
from typing import Any

from timebank.access.guard import Call
from timebank.pairing import service


async def close_proposals(call: Call, slot: datetime) -> dict[str, Any]:
    """End proposals past their deadline, in every community of the call."""
    closed = 0
    for community_id in sorted(call.actor.communities):
        closed += await service.close_due(call, community_id=community_id)
    return {"closed": closed}


async def plan_pairs(call: Call, slot: datetime) -> dict[str, Any]:
    """Plan the visits of standing pairs some weeks ahead, in every community of the call."""
    planned, short = 0, 0
    for community_id in sorted(call.actor.communities):
        ahead = await service.plan_pairs(call, community_id=community_id)
        planned, short = planned + ahead.planned, short + ahead.short
    return {"planned": planned} | ({"short": short} if short else {})
