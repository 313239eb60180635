"""The nightly reconciliation of every book."""

from datetime import datetime
from typing import Any

from timebank.access.guard import Call
from timebank.audit.reconciling import reconcile_now
from timebank.core.logs import mishap


async def reconcile(call: Call, slot: datetime) -> dict[str, Any]:
    """Reconcile each community once for this slot. One that fails does not keep the others waiting.

    Raises the failures together at the end, so that the slot is tried again; what was done stays done.
    """
    runs, failures = [], list[Exception]()
    for community_id in sorted(call.actor.communities):
        try:
            key = f"{slot.isoformat()}/{community_id}"
            runs.append(await reconcile_now(call.with_key(key), community_id=community_id))
        except Exception as error:  # noqa: BLE001 - raised below, once every book has had its turn
            mishap("reconciliation failed", error, community=str(community_id))
            failures.append(error)
    if failures:
        raise ExceptionGroup("reconciliation failed", failures)
    return {
        "communities": len(runs),
        "agreeing": sum(run.agrees for run in runs),
        "findings": sum(run.findings or 0 for run in runs),
        "unchecked": sum(run.unchecked or 0 for run in runs),
    }
