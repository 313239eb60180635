"""How far a match round is while it is worked out.

deciding → trying → ended       the round is there
deciding | trying → stopped     somebody stopped it: nothing is kept
deciding | trying → failed      nothing is kept; whoever ran it is told why, or its process died

A community has one place for a run (`round_runs_pkey`): while one is alive in it, no other begins.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

# A run that has said nothing for so long is dead, with the process that had it.
SILENT = timedelta(seconds=60)


class RunStage(StrEnum):
    """What is being done, or how it ended."""

    DECIDING = "deciding"
    TRYING = "trying"  # what would help those who got nobody
    ENDED = "ended"
    STOPPED = "stopped"
    FAILED = "failed"


ALIVE = frozenset({RunStage.DECIDING, RunStage.TRYING})


@dataclass(frozen=True)
class RoundRun:
    """The latest run of a community; `done` of `total` tries. `stopped_by` whoever wants no more of it (`round_run_stopped`)."""

    round_id: UUID
    stage: RunStage
    done: int
    total: int
    stopped_by: str | None
    by: str
    at: datetime

    def alive(self, now: datetime) -> bool:
        """True if it is being worked out."""
        return self.stage in ALIVE and now - self.at < SILENT
