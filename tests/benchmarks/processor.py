"""CPU seconds of the database server, from /proc: all its processes, those that have ended too."""

import os
from pathlib import Path

from tests.benchmarks import server
from timebank.core.embedded import Running

_TICK = 1 / os.sysconf("SC_CLK_TCK")


async def postmaster(running: Running) -> int:
    """The process that all others of the server descend from."""
    async with server.superuser(running) as connection:
        return _parent(await connection.fetchval("SELECT pg_backend_pid()"))


def seconds(postmaster_pid: int) -> float:
    """What the server has used since it started."""
    used = sum(_times(postmaster_pid))
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if _parent(int(folder.name)) == postmaster_pid:
                used += sum(_times(int(folder.name))[:2])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return used


def _fields(pid: int) -> list[str]:
    # What follows the name, which may have spaces and brackets in it.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int(_fields(pid)[1])


def _times(pid: int) -> list[float]:
    """Own user and system time; those of children that have ended."""
    return [int(ticks) * _TICK for ticks in _fields(pid)[11:15]]
