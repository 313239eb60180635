"""The engine, and `begin()`: the only place where a transaction starts and ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from socket import gaierror
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from timebank.core.errors import Unavailable
from timebank.core.gather import WAITING_MAX, Gather

T = TypeVar("T")
_ATTEMPTS = 5
# On each connection: all that the service asks. SQLAlchemy keeps 100, as many as two or three pages ask, so that a
# desk that looks at one page after the other would have nearly everything prepared and planned anew each time.
STATEMENTS_KEPT = 1_000
# While a server restarts, a caller waits this long in all before it is told to come back later.
_PAUSES_SECONDS = (0, 0.2, 0.5, 1, 2, 4)
# Serialisation failure and deadlock: the whole use case may be run again.
_RETRYABLE = {"40001", "40P01"}
# admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout; and all of class 08.
_AWAY = {"57P01", "57P02", "57P03", "57P05"}


class Database:
    """The database as the service's login, which owns nothing."""

    def __init__(
        self, url: str, *, pool_size: int = 10, waiting_max: int = WAITING_MAX, checking: bool = False
    ) -> None:
        """Connect lazily to `url` (`postgresql+asyncpg://…`); `waiting_max` may wait in each line of `gather`.

        `checking` makes every transaction end with its deferred constraints checked at once,
        which tests need, since those never fire in a transaction that is rolled back.
        """
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_recycle=1800,
            connect_args={"prepared_statement_cache_size": STATEMENTS_KEPT},
            hide_parameters=True,  # an error's text may reach the log, and parameters are people's data
        )
        self.gather = Gather(waiting_max=waiting_max)
        self._checking = checking

    @asynccontextmanager
    async def begin(self, communities: Collection[UUID]) -> AsyncIterator[AsyncSession]:
        """One transaction that sees `communities` and no others; commits unless the block raises."""
        async with AsyncSession(self.engine, expire_on_commit=False) as db, db.begin():
            await see(db, communities)
            yield db
            if self._checking:
                await db.flush()
                await db.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

    @asynccontextmanager
    async def snapshot(self, communities: Collection[UUID]) -> AsyncIterator[AsyncSession]:
        """One REPEATABLE READ READ ONLY transaction: everything in it is read as of one moment."""
        async with AsyncSession(self.engine, expire_on_commit=False) as db, db.begin():
            await db.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            await see(db, communities)
            yield db

    async def close(self) -> None:
        """Answer whoever waits in line, and give every connection back to the server."""
        await self.gather.close()
        await self.engine.dispose()


async def see(db: AsyncSession, communities: Collection[UUID]) -> None:
    """Let the rest of this transaction see the rows of `communities` (row-level security)."""
    joined = ",".join(sorted(str(community) for community in communities))
    # Every transaction begins with it; through text() it would cost the client twice as much.
    await (await db.connection()).exec_driver_sql(
        "SELECT set_config('timebank.communities', $1, true)", (joined,)
    )


async def run_again(work: Callable[[], Awaitable[T]]) -> T:
    """What a transaction of one's own comes to: begun anew after a deadlock, or when the server went away.

    Raises `Unavailable` where the server stays away.
    """
    for pause in _PAUSES_SECONDS:
        await asyncio.sleep(pause)
        try:
            return await _past_deadlocks(work)
        except Exception as error:
            if not connection_lost(error):
                raise
            lost = error
    raise Unavailable from lost


async def _past_deadlocks(work: Callable[[], Awaitable[T]]) -> T:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return await work()
        except Exception as error:
            if not may_run_again(error) or attempt == _ATTEMPTS:
                raise
            await asyncio.sleep(0.01 * 2**attempt)
    raise AssertionError("unreachable")


def may_run_again(error: BaseException) -> bool:
    """True for a deadlock or a serialisation failure, after which the same work may simply be redone."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _RETRYABLE


def connection_lost(error: BaseException) -> bool:
    """True where the server went away, or isn't there yet."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None) or ""
    # A name with several addresses that all refuse is told as a bare OSError.
    refused = isinstance(cause, ConnectionError | TimeoutError | gaierror) or type(cause) is OSError
    return refused or state in _AWAY or state.startswith("08")
