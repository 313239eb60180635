"""What a service does besides answering: the scheduled jobs, and a backup every night."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI

from timebank.access.guard import Call
from timebank.cli.installation import Installation
from timebank.core import backups
from timebank.core.errors import N_
from timebank.jobs.runner import Runner
from timebank.jobs.schedule import JOBS, Job, at_other_times

# At night, after the visits of the day and before the day's first desk.
NIGHTLY = "30 2 * * *"

Stop = Callable[[], Awaitable[None]]


def background(here: Installation) -> Callable[[FastAPI], Awaitable[Stop]] | None:
    """What `create_app` starts with the service; None where TIMEBANK_JOBS says no jobs. Raises BadSchedule."""
    if not here.settings.jobs:
        return None

    # A server of one's own has backups of its own: only the embedded one is ours to keep.
    own = (nightly_backup(here),) if here.embedded else ()
    jobs = at_other_times((*JOBS, *own), here.settings.schedule)

    async def start(app: FastAPI) -> Stop:
        app.state.jobs = jobs
        runner = Runner(app.state.database, app.state.seal, jobs)
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

    return Job("backup", NIGHTLY, run, N_("备份整个数据库，旧的备份只留最近的"))
