"""How long a commit takes: as the disk is, or as one of a data centre that answers in 3 ms."""

import time
from statistics import median

from tests.benchmarks import server
from timebank.core.embedded import Running

_RELOAD = "SELECT pg_reload_conf()"
# By the suffix of the figures' names.
_SETTINGS = {
    "": ("ALTER SYSTEM RESET commit_delay", "ALTER SYSTEM RESET commit_siblings"),
    "_3ms": ("ALTER SYSTEM SET commit_delay = 3000", "ALTER SYSTEM SET commit_siblings = 0"),
}
SUFFIXES = tuple(_SETTINGS)
_COMMITS = 200


async def emulate(running: Running, suffix: str) -> None:
    """Let commits take as long as `suffix` says, from the next one on."""
    await server.run_as_superuser(running, *_SETTINGS[suffix], _RELOAD)


async def commit_ms(running: Running) -> float:
    """The median of commits of one small row by one connection."""
    took = []
    async with server.superuser(running) as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS public.committed (n integer)")
        insert = await connection.prepare("INSERT INTO public.committed VALUES ($1)")
        for n in range(_COMMITS):
            began = time.perf_counter()
            await insert.fetch(n)
            took.append(time.perf_counter() - began)
    return median(took) * 1000
