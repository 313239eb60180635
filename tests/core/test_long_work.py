"""Work that takes long goes on by itself: its faults are logged, and a service that stops waits for it."""

import asyncio
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from tests.given import SEAL
from tests.postgres import Database as Prepared
from timebank.app import create_app
from timebank.core.database import Database
from timebank.core.errors import Conflict
from timebank.core.long_work import end_long_work, unless_long


async def _fails(when: asyncio.Event, error: Exception) -> None:
    await when.wait()
    raise error


async def _logged(error: Exception, *, leave: bool) -> list[str]:
    """What is in the log once long work has failed that nobody waits for: it told how far it is, or they left."""
    go, written = asyncio.Event(), asyncio.Event()
    with capture_logs() as logs:
        waiting = asyncio.create_task(unless_long(_fails(go, error), written, failed="a thing failed"))
        await asyncio.sleep(0)
        if leave:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        else:
            written.set()
            assert await waiting is None
        go.set()
        await end_long_work()
    return [line["event"] for line in logs]


@pytest.mark.parametrize("leave", [False, True], ids=["told", "left"])
async def test_a_fault_of_work_that_nobody_waits_for_is_logged_and_a_refusal_is_not(leave: bool) -> None:
    assert await _logged(ZeroDivisionError(), leave=leave) == ["a thing failed"]
    assert await _logged(Conflict(), leave=leave) == []


async def test_what_work_raises_while_somebody_waits_is_theirs() -> None:
    go = asyncio.Event()
    go.set()
    with capture_logs() as logs, pytest.raises(ZeroDivisionError):
        await unless_long(_fails(go, ZeroDivisionError()), asyncio.Event(), failed="a thing failed")
    assert logs == []


async def test_a_service_that_stops_waits_for_long_work_before_it_lets_the_database_go(
    fresh_database: Prepared,
) -> None:
    database, go, written = Database(fresh_database.service_url), asyncio.Event(), asyncio.Event()
    written.set()
    kept: list[int] = []

    async def keep(numbers: Sequence[int]) -> list[int | Exception]:
        async with database.begin(()):
            kept.extend(numbers)
        return list(numbers)

    async def work() -> None:
        await go.wait()
        await database.gather.run("line", 7, keep)

    app = create_app(database, SEAL)
    async with app.router.lifespan_context(app):
        assert await unless_long(work(), written, failed="a thing failed") is None
        asyncio.get_running_loop().call_later(0.05, go.set)
    assert kept == [7]


async def test_what_does_not_end_in_time_is_cut_short() -> None:
    written = asyncio.Event()
    written.set()
    cut = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    assert await unless_long(work(), written, failed="a thing failed") is None
    with capture_logs() as logs:
        await end_long_work(patience=0)
    assert cut.is_set()
    assert [line["event"] for line in logs] == ["long work cut short"]
