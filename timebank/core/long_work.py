"""Work that somebody at a page waits for, unless it takes long: then it goes on by itself, and tells how far it is."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from timebank.core.errors import TimebankError
from timebank.core.logs import log, mishap

T = TypeVar("T")
# While the service stops, what is under way has so long to come to its end; then it is cut short, and keeps nothing.
LAST_SECONDS = 30.0
# The event loop itself holds tasks weakly.
_under_way: set[asyncio.Task[Any]] = set()


async def unless_long(work: Coroutine[Any, Any, T], written: asyncio.Event, *, failed: str) -> T | None:
    """What the work comes to; None once `written` says that others can see how far it is.

    Raises what it raises until then. Once nobody waits for it any more, because it takes long or because whoever
    waited has gone, what it raises is logged as `failed`, unless it is a refusal: that is told where it is seen how
    far it is.
    """
    task = asyncio.create_task(work)
    waited_for = True

    def end(task: asyncio.Task[T]) -> None:
        _under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not waited_for and not isinstance(error, TimebankError):
            mishap(failed, error)

    _under_way.add(task)
    task.add_done_callback(end)
    seen = asyncio.create_task(written.wait())
    try:
        await asyncio.wait({task, seen}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        seen.cancel()
        waited_for = False
    return task.result() if task.done() else None


async def end_long_work(patience: float = LAST_SECONDS) -> None:
    """Wait for all that is under way, before what it works with is taken away; past `patience` seconds cut it short."""
    if not _under_way:
        return
    _, left = await asyncio.wait(set(_under_way), timeout=patience)
    for task in left:
        log().warning("long work cut short")
        task.cancel()
    if left:
        await asyncio.wait(left)
