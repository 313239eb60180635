"""What a job's last slot says.

asked → running → done
           ↓  ↑
         failed        (tried again when its slot is free)
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from timebank.core.errors import N_


class State(StrEnum):
    """How a slot stands."""

    ASKED = "asked"
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"


STATE_LABELS: dict[State, str] = {
    State.ASKED: N_("等着开始"),
    State.RUNNING: N_("正在办"),
    State.FAILED: N_("没办成"),
    State.DONE: N_("办好了"),
}


@dataclass(frozen=True)
class Run:
    """A slot of a job, and how it went."""

    slot: datetime
    started_at: datetime | None
    finished_at: datetime | None
    free_at: datetime
    attempts: int
    holder: str | None
    asked_by: UUID | None
    outcome: dict[str, Any]

    @property
    def state(self) -> State:
        """How it stands."""
        if self.finished_at is not None:
            return State.DONE
        if self.holder is not None:
            return State.RUNNING
        return State.FAILED if self.attempts else State.ASKED

    @property
    def took(self) -> timedelta | None:
        """How long its last attempt took, once it is done."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at


@dataclass(frozen=True)
class Failure:
    """One attempt that failed."""

    job: str
    slot: datetime
    attempt: int
    at: datetime
    kind: str
    holder: str


@dataclass(frozen=True)
class Asked:
    """A job that somebody wants now: `by` is whoever asked first; `id` is the job's as an actor."""

    id: UUID
    slot: datetime
    by: UUID


@dataclass(frozen=True)
class Overview:
    """The last run of each job, the latest failures, and the names of who asked."""

    runs: dict[str, Run]
    failures: list[Failure]
    people: dict[UUID, str]
