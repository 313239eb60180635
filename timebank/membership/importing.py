"""Applying a roster: one transaction, and beside it a connection that says how far it is."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from timebank.access.guard import Call
from timebank.core.logs import mishap
from timebank.core.long_work import unless_long
from timebank.membership import service, steps
from timebank.membership.model import ImportView, Stage

# Shorter rosters are in before anybody could look.
TOLD_FROM_ROWS = 1_000
_EVERY_SECONDS = 0.5


@dataclass
class _Far:
    """How far the transaction says it is; `written` once others can see that."""

    stage: str = Stage.CHECKING
    done: int = 0
    total: int = 0
    written: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, stage: str, done: int, total: int) -> None:
        """Take down how far it is; called from the thread that checks, too."""
        self.stage, self.done, self.total = stage, done, total


async def bring_in(call: Call, *, community_id: UUID, import_id: UUID, digest: str) -> ImportView:
    """Apply what was previewed under `digest`, all or nothing. Raises what `service.apply_roster` raises.

    Killed in the middle it leaves nothing but how far it was, and can be begun again.
    """
    return await _bring_in(call, community_id, import_id, digest, _Far())


async def begin(call: Call, *, community_id: UUID, import_id: UUID, digest: str) -> ImportView | None:
    """The same for somebody at a page; None: it is long, goes on by itself, and tells how far it is."""
    far = _Far()
    return await unless_long(
        _bring_in(call, community_id, import_id, digest, far), far.written, failed="an import failed"
    )


async def _bring_in(call: Call, community_id: UUID, import_id: UUID, digest: str, far: _Far) -> ImportView:
    telling = asyncio.create_task(_tell(call, community_id, import_id, far))
    try:
        return await service.apply_roster(
            call.telling(far.tell), community_id=community_id, import_id=import_id, digest=digest
        )
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _tell(call: Call, community_id: UUID, import_id: UUID, far: _Far) -> None:
    told = None
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        now = (far.stage, far.done, far.total)
        if far.total < TOLD_FROM_ROWS or now == told:
            continue
        try:
            # Nobody can see into the transaction of the import itself before it ends.
            async with call.database.begin({community_id}) as db:
                stage, done, total = now
                await steps.note_progress(
                    db, community_id, import_id, stage=stage, done=done, total=total, by=call.actor.name
                )
        except Exception as error:  # noqa: BLE001 - the import itself is not to fail for it
            mishap("telling how far an import is failed", error)
        told = now
        far.written.set()
