"""What visits do at night: the ledger is asked again for what it refused."""

from datetime import datetime
from typing import Any

from timebank.access.guard import Call
from timebank.visits import service


async def retry_refused(call: Call, slot: datetime) -> dict[str, Any]:
    """Settle again what waits, in every community of the call."""
    posted = 0
    for community_id in sorted(call.actor.communities):
        posted += await service.retry_refused(call, community_id=community_id)
    return {"posted": posted}
