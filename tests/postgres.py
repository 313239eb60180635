"""The PostgreSQL of a test run: one server for all workers, a migrated template, and clones of it."""

import asyncio
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from timebank.core import embedded, migrating
from timebank.core.embedded.locks import Lock

FOLDER = "TIMEBANK_TEST_FOLDER"
PREFIX = "timebank-tests-"
TEMPLATE = "timebank"
MEMORY = Path("/dev/shm")
# A whole run has up to 2 GB lying about; the rest is for the programs.
ROOM_BYTES = 6 * 2**30


@dataclass(frozen=True)
class Database:
    """One database of the test server, as each of its logins."""

    service_url: str
    owner_url: str
    superuser_url: str


def make_folder(place: Path | None = None) -> Path:
    """A folder for one test run, which the server's user may enter even when we are root."""
    for each in (Path(tempfile.gettempdir()), MEMORY):
        sweep(each)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))
    folder.chmod(0o711)
    return folder


def memory() -> Path | None:
    """Where files are kept in memory, if there is room and programs may be run from there.

    A database is a thousand files, and some file systems take half a second to copy those.
    """
    try:
        place, told = os.statvfs(MEMORY), Path("/proc/meminfo").read_text(encoding="ascii")
    except FileNotFoundError:  # not Linux
        return None
    available = next(int(line.split()[1]) * 1024 for line in told.splitlines() if "MemAvailable" in line)
    may_be_used = os.access(MEMORY, os.W_OK) and not place.f_flag & os.ST_NOEXEC
    room = min(place.f_bavail * place.f_frsize, available)
    return MEMORY if may_be_used and room >= ROOM_BYTES else None


def sweep(place: Path) -> None:
    """Stop the servers that killed test runs left behind, and remove their folders."""
    for folder in place.glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            remove_folder(folder)
        except (PermissionError, ValueError):
            continue


def remove_folder(folder: Path) -> None:
    """Stop the server of a test run and remove all it wrote."""
    while _kept_running:
        _kept_running.pop().stop()
    if (folder / "database.json").exists():
        embedded.stop(folder / "data")
    shutil.rmtree(folder, ignore_errors=True)


async def server(folder: Path) -> Database:
    """The run's server with its migrated template; the first worker to come makes both."""
    known = folder / "database.json"
    lock = Lock(folder / "lock")
    try:
        # In a thread, so that the loop of a waiting worker stays free.
        assert await asyncio.to_thread(lock.exclusive, seconds=120)
        if not known.exists():
            # Never stopped by the worker: its siblings use it, and the controller removes it at the end.
            running = embedded.start(folder / "data", fsync=False)
            await migrating.upgrade(running.owner_url)
            made = Database(running.service_url, running.owner_url, running.superuser_url)
            known.write_text(json.dumps(asdict(made)), encoding="utf-8")
            _kept_running.append(running)
    finally:
        lock.close()
    return Database(**json.loads(known.read_text(encoding="utf-8")))


_kept_running: list[embedded.Running] = []


@asynccontextmanager
async def clone(template: Database, *, of: str = TEMPLATE) -> AsyncIterator[Database]:
    """A database of one's own, as the template is after the migrations; dropped at the end.

    `of="template0"` gives an empty one.
    """
    name = f"test_{uuid.uuid4().hex}"
    made = await copied(template, name=name, of=of)
    try:
        yield made
    finally:
        async with _admin(template) as connection:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def copied(template: Database, *, name: str, of: str = TEMPLATE) -> Database:
    """A copy that stays until the server's folder is removed."""
    async with _admin(template) as connection:
        await connection.execute(
            f"CREATE DATABASE {name} TEMPLATE {of} STRATEGY file_copy OWNER timebank_owner"
        )
        await connection.execute(
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
            f"GRANT CONNECT ON DATABASE {name} TO timebank_app, timebank_migrator"
        )
    return Database(
        *(
            make_url(url).set(database=name).render_as_string(hide_password=False)
            for url in (template.service_url, template.owner_url, template.superuser_url)
        )
    )


@asynccontextmanager
async def _admin(template: Database) -> AsyncIterator[asyncpg.Connection]:
    url = make_url(template.superuser_url).set(drivername="postgresql", database="postgres")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        yield connection
    finally:
        await connection.close()


async def see(db: AsyncSession | AsyncConnection, *communities: UUID) -> None:
    """Set the communities that row-level security shows, until the transaction ends."""
    await db.execute(
        text("SELECT set_config('timebank.communities', :ids, true)"),
        {"ids": ",".join(str(community) for community in communities)},
    )
