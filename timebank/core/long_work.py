"""Work that somebody at a page waits for, unless it takes long: then it goes on by itself, and tells how far it is."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from timebank.core.errors import TimebankError
from timebank.core.logs import mishap

T = TypeVar("T")
# The event loop itself holds tasks weakly.
_under_way: set[asyncio.Task[Any]] = set()


async def unless_long(work: Coroutine[Any, Any, T], written: asyncio.Event, *, failed: str) -> T | None:
    """What the work comes to; None once `written` says that others can see how far it is.

    Raises what it raises until then. What it raises later is told where it is seen how far it is, and is logged as
    `failed` unless it is an error of ours.
    """
    task = asyncio.create_task(work)
    seen = asyncio.create_task(written.wait())
    await asyncio.wait({task, seen}, return_when=asyncio.FIRST_COMPLETED)
    seen.cancel()
    if task.done():
        return task.result()

    def end(task: asyncio.Task[T]) -> None:
        _under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, TimebankError):
            mishap(failed, error)

    _under_way.add(task)
    task.add_done_callback(end)
    return None
