"""The page of jobs: what runs on its own, how it went, and a button to run it now."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.core.errors import N_, Text
from timebank.jobs import service, words
from timebank.jobs.errors import NoSuchJob
from timebank.jobs.model import STATE_LABELS, State
from timebank.jobs.schedule import Job
from timebank.web.render import redirect, render

router = APIRouter()

TAGS = {State.ASKED: "amber", State.RUNNING: "", State.FAILED: "seal", State.DONE: "leaf"}


def jobs_of(request: Request) -> dict[str, Job]:
    """The jobs this service knows, by name."""
    known: tuple[Job, ...] = request.app.state.jobs
    return {job.name: job for job in known}


def the_job(request: Request, name: str) -> Job:
    """The job of that name; raises `NoSuchJob`."""
    job = jobs_of(request).get(name)
    if job is None:
        raise NoSuchJob(name=name)
    return job


@router.get("/jobs")
async def jobs_page(request: Request, call: DeskCall) -> Response:
    """Every job: what it does, when it ran last, what came of it, when it runs next."""
    jobs = jobs_of(request)
    found = await service.overview(call, jobs=sorted(jobs))
    context = {
        "jobs": sorted(jobs.values(), key=lambda job: job.next_after(call.now) or call.now),
        "found": found,
        "now": call.now,
        "when": words.when,
        "took": words.took,
        "outcome": words.outcome,
        "failure": words.failure,
        "title_of": {job.name: job.title for job in jobs.values()},
        "state_labels": STATE_LABELS,
        "tags": TAGS,
    }
    return render(request, "jobs/list.html", context)


@router.post("/jobs/{name}")
async def run_now(request: Request, call: DeskCall, key: FormKey, name: str) -> Response:
    """Have it run now; pressed twice, or by two people, it runs once."""
    job = the_job(request, name)
    asked = await service.ask(call.with_key(key), job=job.name)
    mine = asked.by == call.actor.id
    said = N_("几秒内开始；过一会儿刷新这一页看结果") if mine else N_("刚才已经有人按过了；只会办一次")
    return redirect(request, "/jobs", Text(said))
