"""One connection on which all of a test happens, each transaction of the program's a savepoint on it."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from timebank.core.database import STATEMENTS_KEPT, Database, see
from timebank.core.gather import Gather

# In one statement, since there is one in every transaction.
_CHECK = "DO $$ BEGIN SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; END $$"
Deed = Callable[[Connection, str], None]


class OneConnection(Database):
    """A database whose transactions are savepoints on one connection, so that a test can roll all back."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.gather = Gather()

    @asynccontextmanager
    async def begin(self, communities: Collection[UUID]) -> AsyncIterator[AsyncSession]:
        async with (
            AsyncSession(
                self._connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
            ) as db,
            db.begin(),
        ):
            await see(db, communities)
            yield db
            await db.flush()
            await (await db.connection()).exec_driver_sql(_CHECK)

    @asynccontextmanager
    async def snapshot(self, communities: Collection[UUID]) -> AsyncIterator[AsyncSession]:
        async with self.begin(communities) as db:
            yield db

    async def close(self) -> None:
        """The test closes the connection."""


def engine_for_savepoints(url: str, **options: Any) -> AsyncEngine:
    """An engine that sends what begins and ends a savepoint as it is.

    Each savepoint has a name of its own: prepared, it would cost the server twice, and push a statement
    that comes again out of those that are kept.
    """
    engine = create_async_engine(
        url, connect_args={"prepared_statement_cache_size": STATEMENTS_KEPT}, **options
    )
    dialect = engine.dialect
    dialect.do_savepoint = _sent("SAVEPOINT", dialect.do_savepoint)
    dialect.do_release_savepoint = _sent("RELEASE SAVEPOINT", dialect.do_release_savepoint)
    dialect.do_rollback_to_savepoint = _sent("ROLLBACK TO SAVEPOINT", dialect.do_rollback_to_savepoint)
    return engine


def _sent(words: str, ordinary: Deed) -> Deed:
    async def send(driver: asyncpg.Connection, name: str) -> bool:
        if not driver.is_in_transaction():  # SQLAlchemy begins it with the first statement
            return False
        try:
            await driver.execute(f"{words} {name}")
        except asyncpg.PostgresError:  # said again, and then by SQLAlchemy's errors
            return False
        return True

    def deed(connection: Connection, name: str) -> None:
        if not connection.connection.run_async(lambda driver: send(driver, name)):
            ordinary(connection, name)

    return deed
