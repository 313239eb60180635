"""The yardstick: pgbench's TPC-B-like transaction on the same server."""

import re

from sqlalchemy.engine import make_url

from tests.benchmarks.scale import Scale
from tests.benchmarks.server import run_as_superuser
from timebank.core.embedded import Running

_DATABASE = "tpcb"


async def prepare(running: Running, scale: Scale) -> None:
    """Fill pgbench's own tables in a database beside ours."""
    await run_as_superuser(running, f"CREATE DATABASE {_DATABASE}")
    _pgbench(running, "--initialize", "--quiet", f"--scale={scale.tpcb_scale}")


def transactions_per_second(running: Running, scale: Scale) -> float:
    """Five statements and a commit, over and over, prepared once as ours are."""
    said = _pgbench(
        running,
        f"--client={scale.clients}",
        f"--jobs={min(scale.clients, 2)}",
        f"--time={max(1, round(scale.seconds))}",
        "--protocol=prepared",
        "--no-vacuum",
    )
    found = re.search(r"^tps = ([\d.]+)", said, re.MULTILINE)
    assert found, said
    return float(found[1])


def _pgbench(running: Running, *arguments: str) -> str:
    url = make_url(running.superuser_url)
    where = ("--host=127.0.0.1", f"--port={running.port}", f"--username={url.username}", _DATABASE)
    return running.programs.run(
        "pgbench", [*arguments, *where], environment={"PGPASSWORD": str(url.password)}
    )
