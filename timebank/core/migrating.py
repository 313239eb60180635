"""Bringing a database to the shape this version of timebank needs."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from timebank.core.errors import N_, Unavailable

VERSION_SCHEMA = "timebank"


class LaterVersion(Unavailable):
    """The database has the shape of a later version of timebank, or of another branch of it."""

    code = "database-of-later-version"
    message = N_(
        "数据库是更新的版本升级过的（{revision}），这个版本读不懂它。请装更新的 timebank，或恢复升级前的备份。"
    )


def scripts() -> Path:
    """The folder of the migrations: inside the package when installed from a wheel, else in the repository."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "migrations"
    return packed if packed.is_dir() else package.parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without an ini file; the migrations run on the connection given."""
    made = Config()
    made.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def newest() -> str:
    """The revision this version of timebank needs."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    if head is None:
        raise LookupError(f"no migrations in {scripts()}")
    return head


def known() -> set[str]:
    """Every revision this version of timebank has."""
    return {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}


async def upgrade(owner_url: str, *, to: str = "head") -> None:
    """Migrate up in one transaction, alone: a second caller waits, then finds nothing to do.

    `owner_url` is a login that may SET ROLE timebank_owner.
    """
    await _run(owner_url, lambda connection: command.upgrade(config(connection), to))


async def downgrade(owner_url: str, *, to: str = "base") -> None:
    """Migrate down in one transaction. What the dropped tables held is gone."""
    await _run(owner_url, lambda connection: command.downgrade(config(connection), to))


async def current(url: str) -> str | None:
    """The revision the database is at; None when it was never migrated. Any login of timebank may ask."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as db:
            return await db.run_sync(_current)
    finally:
        await engine.dispose()


async def pending(url: str) -> list[str]:
    """The revisions the database still lacks, oldest first. Raises LaterVersion."""
    at = await current(url)
    if at is not None and at not in known():
        raise LaterVersion(revision=at)
    walk = ScriptDirectory.from_config(config()).iterate_revisions("head", at or "base")
    return [script.revision for script in walk][::-1]


async def lacking(db: AsyncSession) -> list[str]:
    """The same of the database at hand, quickly. One that is newer than this version lacks nothing."""
    at = await (await db.connection()).run_sync(_current)
    order = _order()
    if at is not None and at not in order:
        return []
    return list(order[order.index(at) + 1 :]) if at else list(order)


@cache
def _order() -> tuple[str, ...]:
    walk = ScriptDirectory.from_config(config()).iterate_revisions("head", "base")
    return tuple(script.revision for script in walk)[::-1]


def _current(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": VERSION_SCHEMA})
    return context.get_current_revision()


async def _run(owner_url: str, work: Callable[[Connection], None]) -> None:
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.begin() as db:
            await db.execute(text("SELECT pg_advisory_xact_lock(hashtext('timebank.migrating'))"))
            await db.run_sync(work)
    finally:
        await engine.dispose()
