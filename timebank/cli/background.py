"""What a service does besides answering: the scheduled jobs, and a backup every night."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI

from timebank.access.guard import Call
from timebank.cli.installation import Installation
from timebank.core import backups
from timebank.jobs import JOBS, Job, Runner

# At night, after the visits of the day and before the day's first desk.
NIGHTLY = "30 2 * * *"

Stop = Callable[[], Awaitable[None]]


def background(here: Installation) -> Callable[[FastAPI], Awaitable[Stop]] | None:
    """What `create_app` starts with the service; None where TIMEBANK_JOBS says no jobs."""
    if not here.settings.jobs:
        return None

    async def start(app: FastAPI) -> Stop:
        # A server of one's own has backups of its own: only the embedded one is ours to keep.
        own = (nightly_backup(here),) if here.embedded else ()
        runner = Runner(app.state.database, app.state.seal, (*JOBS, *own))
        runner.start()
        return runner.stop

    return start


def nightly_backup(here: Installation) -> Job:
    """The job that backs the embedded database up and lets the oldest nightly backups go."""

    async def run(call: Call, slot: datetime) -> dict[str, Any]:
        if call.now - slot > timedelta(days=1):
            return {"skipped": "a later night does the same"}
        made = await backups.make(
            here.owner(), here.tools(), here.backups, seal=call.seal, now=call.now, nightly=True
        )
        gone = backups.prune(here.backups, keep=here.settings.backups_kept)
        return {"file": made.path.name, "rows": sum(made.manifest.rows.values()), "dropped": len(gone)}

    return Job("backup", NIGHTLY, run)
