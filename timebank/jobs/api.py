"""Jobs for programs."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from timebank.access.doors import SignedInCall
from timebank.jobs import service
from timebank.jobs.model import Failure, Run, State
from timebank.jobs.pages import jobs_of, the_job
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=VersionedRoute)


class RunView(BaseModel):
    """A slot of a job and how it went."""

    slot: datetime
    state: State
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    took_ms: int | None
    outcome: dict[str, Any]
    asked_by: str | None

    @classmethod
    def of(cls, run: Run, asked_by: str | None) -> "RunView":
        """With the name of whoever asked for it."""
        return cls(
            slot=run.slot,
            state=run.state,
            attempts=run.attempts,
            started_at=run.started_at,
            finished_at=run.finished_at,
            took_ms=None if run.took is None else round(run.took.total_seconds() * 1000),
            outcome=run.outcome,
            asked_by=asked_by,
        )


class FailureView(BaseModel):
    """One attempt that failed, by its kind."""

    slot: datetime
    attempt: int
    at: datetime
    kind: str

    @classmethod
    def of(cls, failure: Failure) -> "FailureView":
        """One of them."""
        return cls(slot=failure.slot, attempt=failure.attempt, at=failure.at, kind=failure.kind)


class JobView(BaseModel):
    """A job: `cron` is in the time bank's time zone."""

    name: str
    title: str
    cron: str
    next: datetime | None
    last: RunView | None
    failures: list[FailureView]


class AskedView(BaseModel):
    """The slot it will run as; the same for everybody who asks before it is done."""

    slot: datetime


@router.get("")
async def list_jobs(request: Request, call: SignedInCall) -> list[JobView]:
    """Every job with its last run and its latest failures."""
    jobs = jobs_of(request)
    found = await service.overview(call, jobs=sorted(jobs))
    views = []
    for name, job in jobs.items():
        run = found.runs.get(name)
        asker = found.people.get(run.asked_by) if run and run.asked_by else None
        views.append(
            JobView(
                name=name,
                title=job.title,
                cron=job.cron,
                next=job.next_after(call.now),
                last=RunView.of(run, asker) if run else None,
                failures=[FailureView.of(failed) for failed in found.failures if failed.job == name],
            )
        )
    return views


@router.post("/{name}/runs", status_code=202)
async def run_now(request: Request, call: SignedInCall, name: str) -> AskedView:
    """Have a job run as soon as a process looks, within seconds."""
    asked = await service.ask(call, job=the_job(request, name).name)
    return AskedView(slot=asked.slot)
