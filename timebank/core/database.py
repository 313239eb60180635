"""The engine, and `begin()`: the only place where a transaction starts and ends."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from socket import gaierror
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

# Serialisation failure and deadlock: the whole use case may be run again.
_RETRYABLE = {"40001", "40P01"}
# admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout; and all of class 08.
_AWAY = {"57P01", "57P02", "57P03", "57P05"}


class Database:
    """The database as the service's login, which owns nothing."""

    def __init__(self, url: str, *, pool_size: int = 10, checking: bool = False) -> None:
        """Connect lazily to `url` (`postgresql+asyncpg://…`).

        `checking` makes every transaction end with its deferred constraints checked at once,
        which tests need, since those never fire in a transaction that is rolled back.
        """
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_recycle=1800,
            hide_parameters=True,  # an error's text may reach the log, and parameters are people's data
        )
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
        """Give every connection back to the server."""
        await self.engine.dispose()


async def see(db: AsyncSession, communities: Collection[UUID]) -> None:
    """Let the rest of this transaction see the rows of `communities` (row-level security)."""
    joined = ",".join(sorted(str(community) for community in communities))
    await db.execute(text("SELECT set_config('timebank.communities', :joined, true)"), {"joined": joined})


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
