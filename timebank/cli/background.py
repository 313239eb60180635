"""What a service does besides answering: the scheduled jobs, checkpoints every hour, and a backup every night."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI

from timebank.access.guard import Call
from timebank.cli.installation import Installation
from timebank.core import backups, signing
from timebank.core.errors import N_
from timebank.core.logs import mishap
from timebank.hours.proving import prove
from timebank.jobs.runner import Runner
from timebank.jobs.schedule import JOBS, Job, at_other_times

# At night, after the visits of the day and before the day's first desk.
NIGHTLY = "30 2 * * *"

# After the hour's work is in.
HOURLY = "10 * * * *"

Stop = Callable[[], Awaitable[None]]


def background(here: Installation) -> Callable[[FastAPI], Awaitable[Stop]] | None:
    """What `create_app` starts with the service; None where TIMEBANK_JOBS says no jobs. Raises BadSchedule."""
    if not here.settings.jobs:
        return None

    # A server of one's own has backups of its own: only the embedded one is ours to keep.
    own = (nightly_backup(here),) if here.embedded else ()
    jobs = at_other_times((*JOBS, signing_checkpoints(here), *own), here.settings.schedule)

    async def start(app: FastAPI) -> Stop:
        app.state.jobs = jobs
        runner = Runner(app.state.database, app.state.seal, jobs)
        runner.start()
        return runner.stop

    return start


def signing_checkpoints(here: Installation) -> Job:
    """The job that signs what each book has come to. The key is read anew each time: it may have been changed."""

    async def run(call: Call, slot: datetime) -> dict[str, Any]:
        keys = signing.load(here.settings)
        signed, failures = 0, list[Exception]()
        for community_id in sorted(call.actor.communities):
            try:
                signed += await prove(call, community_id=community_id, keys=keys)
            except Exception as error:  # noqa: BLE001 - raised below, once every book has had its turn
                mishap("proving failed", error, community=str(community_id))
                failures.append(error)
        if failures:
            raise ExceptionGroup("proving failed", failures)
        return {"communities": len(call.actor.communities), "checkpoints": signed}

    return Job("checkpoint", HOURLY, run, N_("给每个社区的账签校验点"))


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
