"""What requests do at night: those whose last day is over end."""

from datetime import datetime
from typing import Any

from timebank.access.guard import Call
from timebank.requests import service


async def expire(call: Call, slot: datetime) -> dict[str, Any]:
    """End what is past its last day, in every community of the call."""
    expired = 0
    for community_id in sorted(call.actor.communities):
        expired += await service.expire_due(call, community_id=community_id)
    return {"expired": expired}
