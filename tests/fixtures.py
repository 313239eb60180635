"""What every test may ask for: a database, a connection to it, a session that is rolled back."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from tests import postgres
from tests.cli.terminal import Terminal
from tests.given import NOW, World, browser, service_over
from tests.one_connection import OneConnection, engine_for_savepoints
from tests.postgres import FOLDER, Database
from timebank.core import clock, embedded
from timebank.core.database import Database as RealDatabase


@pytest.fixture(scope="session")
async def template() -> Database:
    """The migrated database that the others are cloned from. Nobody connects to it."""
    return await postgres.server(Path(os.environ[FOLDER]))


@pytest.fixture(scope="session")
async def database(template: Database) -> AsyncIterator[Database]:
    """This worker's clone. Tests leave nothing in it."""
    async with postgres.clone(template) as made:
        yield made


@pytest.fixture
async def fresh_database(template: Database) -> AsyncIterator[Database]:
    """A clone for one test that commits, or that needs two connections."""
    async with postgres.clone(template) as made:
        yield made


@pytest.fixture(scope="session")
def database_url(database: Database) -> str:
    """This worker's database as the service's login."""
    return database.service_url


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on this worker's database, as the service's login."""
    made = engine_for_savepoints(database_url)
    yield made
    await made.dispose()


@pytest.fixture
async def db(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A session as the service's login, in a transaction that is rolled back after the test.

    No community is visible until `see(db, …)`. Deferred constraints never fire at a rollback, so they
    are checked after the test, unless its transaction has failed already.
    """
    async with engine.connect() as connection, connection.begin() as transaction:
        session = AsyncSession(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        try:
            yield session
            await session.flush()
            await _check_deferred(connection)
        finally:
            await session.close()
            await transaction.rollback()


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection as timebank_owner, whom row-level security doesn't bind, rolled back after the test."""
    made = create_async_engine(database.owner_url, poolclass=NullPool)
    async with made.connect() as connection, connection.begin() as transaction:
        await connection.execute(text("SET LOCAL ROLE timebank_owner"))
        yield connection
        await transaction.rollback()
    await made.dispose()


@pytest.fixture(scope="session")
async def settled(template: Database) -> AsyncIterator[tuple[World, AsyncEngine]]:
    """A small district with its staff in a clone of this worker's, and an engine on it. Tests leave nothing in it."""
    async with postgres.clone(template) as made:
        database = RealDatabase(made.service_url)
        with clock.set_to(NOW):
            first = await World(database).settle_in()
        await database.close()
        engine = engine_for_savepoints(made.service_url)
        yield first, engine
        await engine.dispose()


@pytest.fixture
async def world(settled: tuple[World, AsyncEngine]) -> AsyncIterator[World]:
    """That district, under a set clock; what a test does in it is rolled back after the test."""
    first, engine = settled
    async with engine.connect() as connection, connection.begin() as transaction:
        with clock.set_to(NOW):
            yield replace(first, database=OneConnection(connection))
        await transaction.rollback()


@pytest.fixture
async def two_desks(fresh_database: Database) -> AsyncIterator[World]:
    """Such a district in a database of its own, where calls commit and may race."""
    made = RealDatabase(fresh_database.service_url, checking=True)
    with clock.set_to(NOW):
        yield await World(made).settle_in()
    await made.close()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the service, over `world`."""
    async with browser(service_over(world.database)) as made:
        yield made


async def _check_deferred(connection: AsyncConnection) -> None:
    try:
        await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "25P02":  # in_failed_sql_transaction
            raise


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A shell with a data folder not made yet, in a path with a space."""
    folder = Path(tempfile.mkdtemp(prefix="timebank commands "))
    folder.chmod(0o711)
    yield Terminal(folder / "data")
    for data in folder.glob("data*"):
        embedded.stop(data)
    shutil.rmtree(folder)
