"""A reconciliation from beginning to end: claim it, compare in one snapshot, record what came of it.

Three transactions, so that what is read is of one moment and what is written does not touch it. A run whose
process died is begun again under the same key and goes on as the same run.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from timebank.access.guard import Call
from timebank.audit import service
from timebank.audit.checks import CHECKS
from timebank.audit.model import Check
from timebank.audit.views import RunView
from timebank.core import clock


async def reconcile_now(call: Call, *, community_id: UUID, checks: Sequence[Check] = CHECKS) -> RunView:
    """Reconcile one community's book now. With a key, a second call gives the first one's run.

    Raises `Forbidden` for anybody but a coordinator, auditor or administrator of the community, and the
    scheduler.
    """
    run_id = await service.claim_run(call, community_id=community_id)
    unkeyed = call.with_key(None)
    claimed = await service.run(unkeyed, community_id=community_id, run_id=run_id)
    if claimed.finished_at is not None:
        return claimed
    comparison = await service.compare(
        unkeyed, community_id=community_id, run_id=run_id, cut_off_at=clock.now(), checks=checks
    )
    finished = replace(unkeyed, now=clock.now())
    return await service.record_run(finished, community_id=community_id, run_id=run_id, comparison=comparison)
