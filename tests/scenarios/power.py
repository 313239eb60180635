"""A service that runs for real, and whose power may fail: every process of it is killed at once."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from tests.cli.terminal import Terminal
from tests.core.test_embedded import processes
from tests.given import PASSWORD
from timebank.core import backups
from timebank.core.embedded import cluster

PORT = 18_200


@dataclass
class Machine:
    """The office's machine: its service, its database, and the switch of both."""

    terminal: Terminal
    stack: ExitStack
    url: str = ""
    _service: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def on(self) -> None:
        """The service starts as it always does, and finds what the last one left."""
        service, self.url = self.stack.enter_context(self.terminal.serve("--port", str(PORT)))
        self._service = [service]

    def cut(self) -> None:
        """Nothing of it lives on, not even to say goodbye."""
        (service,) = self._service
        service.kill()
        for pid in processes(self.terminal.data):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        service.wait()

    def burn(self) -> None:
        """The power fails, and the disk is gone with it."""
        self.cut()
        shutil.rmtree(self.terminal.data)

    @asynccontextmanager
    async def held_up(self, lock: str, **values: object) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Whoever needs what `lock` holds waits; what is given back returns when somebody does.

        The lock ends with the block, or with the power.
        """
        engine = create_async_engine(self._owner_url(), poolclass=NullPool)
        connection = await engine.connect()
        try:
            await connection.execute(text("SET ROLE timebank_owner"))
            await connection.execute(text(lock), values)
            yield lambda: _until_somebody_waits(connection)
        finally:
            with suppress(Exception):  # the power may be gone
                await connection.rollback()
                await connection.close()
            await engine.dispose()

    @contextmanager
    def program(self) -> Iterator[tuple[httpx.Client, str]]:
        """莫晓岚's program at the API, and the id of her community."""
        with httpx.Client(base_url=f"{self.url}/api/v1", timeout=60) as http:
            made = http.post("/logins", json={"user_name": "mo", "password": PASSWORD}).raise_for_status()
            http.headers["Authorization"] = f"Bearer {made.json()['token']}"
            yield http, http.get("/units").json()[-1]["id"]

    def _owner_url(self) -> str:
        lines = (self.terminal.data / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()
        migrator = cluster.passwords(self.terminal.data).migrator
        return cluster.url("timebank_migrator", migrator, int(lines[3]))


async def _until_somebody_waits(connection: AsyncConnection) -> None:
    while not await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
        await asyncio.sleep(0.05)


def rows(http: httpx.Client, path: str) -> list[dict[str, Any]]:
    """Every row of a list, page after page."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = http.get(path, params={"after": after} if after else {}).raise_for_status().json()
        found += page["rows"]
        if (after := page["after"]) is None:
            return found


def kept_elsewhere(terminal: Terminal, folder: Path) -> tuple[Path, Path]:
    """Make a backup, and carry it and the key to another place."""
    code, said = terminal.run("backup")
    assert code == 0, said
    # One is made at night too, and one before the program's next version.
    made = max((terminal.data / "backups").glob(f"*{backups.SUFFIX}"), key=lambda file: file.stat().st_mtime)
    folder.mkdir()
    return Path(shutil.copy(made, folder)), Path(shutil.copy(terminal.data / "seal.key", folder))
