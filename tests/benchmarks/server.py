"""The server that is measured: the embedded one, as it serves, with fsync on."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from timebank.core import embedded, migrating
from timebank.core.embedded import Running


@asynccontextmanager
async def fresh(folder: Path) -> AsyncIterator[Running]:
    """A new server with an empty, migrated database, removed at the end."""
    remove(folder)
    running = embedded.start(folder)
    try:
        await migrating.upgrade(running.owner_url)
        yield running
    finally:
        running.stop()
        remove(folder)


def remove(folder: Path) -> None:
    """Stop the server of a folder, if one was left running, and remove all it wrote."""
    if not folder.exists():
        return
    embedded.stop(folder)
    made = embedded.locate(folder)
    shutil.rmtree(made.server, ignore_errors=True)
    shutil.rmtree(folder)


async def run_as_superuser(running: Running, *statements: str, database: str | None = None) -> None:
    """Run statements one by one, outside any transaction."""
    async with superuser(running, database) as connection:
        for statement in statements:
            await connection.execute(statement)


@asynccontextmanager
async def superuser(running: Running, database: str | None = None) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may do anything, in timebank's database or one beside it."""
    url = make_url(running.superuser_url).set(drivername="postgresql")
    url = url.set(database=database or url.database)
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        yield connection
    finally:
        await connection.close()
