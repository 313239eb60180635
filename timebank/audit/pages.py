"""Pages of audit: communities, a month, runs and findings."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from ledger import JournalForm
from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.audit import rules, service, telling, words
from timebank.audit.checks import BY_NAME, CHECKS
from timebank.audit.model import FindingState, Month
from timebank.audit.reconciling import reconcile_now
from timebank.audit.schemas import FindingFilter, ListFilter, NoteForm
from timebank.core import clock
from timebank.core.actor import Role
from timebank.core.errors import N_, NotFound, Text, TimebankError
from timebank.hours.rules import PROVENANCES, category_name
from timebank.visits.model import Status
from timebank.visits.rules import status_text
from timebank.web.csv_files import csv_response
from timebank.web.forms import Form, asked_for, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render
from timebank.web.text_files import text_response

router = APIRouter()

_TRANSFERS, _FINDINGS = N_("划转清单"), N_("差异清单")
_WORDS = {
    "words": words,
    "checks": CHECKS,
    "provenances": PROVENANCES,
    "category_name": category_name,
    "visit_text": lambda status: status_text(Status(status)),
    "states": FindingState,
}


@router.get("/audit")
async def communities(request: Request, call: DeskCall) -> Response:
    """How the books of each community stand, and this one's first."""
    return await _communities(request, call, Form())


@router.post("/audit/runs")
async def reconcile(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Reconcile this community now, and show what came of it."""
    try:
        run = await reconcile_now(call.with_key(key), community_id=call.desk)
    except TimebankError as error:
        return await _communities(request, call, Form().refused(error), status=422)
    if run.agrees:
        said = Text(N_("对完了：{count} 项检查全部一致"), {"count": run.checks})
    else:
        said = Text(
            N_("对完了：{passed} / {count} 项一致，请看下面"), {"passed": run.passed, "count": run.checks}
        )
    return redirect(request, f"/audit/runs/{run.id}", said)


@router.get("/audit/runs")
async def runs(request: Request, call: DeskCall) -> Response:
    """The runs of this community, newest first."""
    given = asked_for(request, ListFilter)
    page = await service.runs(call, community_id=call.desk, after=given.after)
    return _render(request, call, "runs", {"page": page})


@router.get("/audit/runs/{run_id:uuid}")
async def run(request: Request, call: DeskCall, run_id: UUID) -> Response:
    """One run: every check, what it means, what it came to."""
    found = await service.run_page(call, community_id=call.desk, run_id=run_id)
    return _render(request, call, "run", {"found": found, "run": found.run})


@router.get("/audit/months/{name}")
async def month(request: Request, call: DeskCall, name: str) -> Response:
    """A month on one page."""
    asked = _month(name)
    found = await service.month(call, community_id=call.desk, month=asked)
    begins = found.counts.begins_on or asked.first_on
    this = rules.month_of(clock.day_of(call.now))
    context = {
        "found": found,
        "month": asked,
        "earlier": _before(asked) if begins < asked.first_on else None,
        "later": _after(asked) if asked.first_on < this.first_on else None,
        "running": asked == this,
    }
    return _render(request, call, "month", context)


@router.get("/audit/months/{name}/transfers.csv")
async def transfers_file(request: Request, call: DeskCall, name: str) -> Response:
    """Every transfer of a month with both sides and what was behind it; taking it is written down."""
    asked = _month(name)
    lines = await service.export_transfers(call, community_id=call.desk, month=asked)
    language = language_of(request)
    header = [translate(column, language) for column in telling.TRANSFER_COLUMNS]
    title = f"{translate(N_('划转清单'), language)} {asked.name}"
    return csv_response(title, header, (telling.transfer_row(line, language) for line in lines))


@router.get("/audit/months/{name}/book.{form}")
async def journal_file(call: DeskCall, name: str, form: str) -> Response:
    """A month of the book for a bookkeeping program of another house; taking it is written down."""
    asked, forms = _month(name), {each.value: each for each in JournalForm}
    if form not in forms:
        raise NotFound
    told = await service.export_journal(call, community_id=call.desk, month=asked, form=forms[form])
    return text_response(f"{asked.name}.{form}", told)


@router.get("/audit/findings")
async def findings(request: Request, call: DeskCall) -> Response:
    """Findings, newest first, of a state or a check if one is chosen."""
    given = asked_for(request, FindingFilter)
    found = await service.findings(
        call, community_id=call.desk, state=given.state, check=given.check, after=given.after
    )
    return _render(request, call, "findings", {"found": found, "given": given, "known": BY_NAME})


@router.get("/audit/findings.csv")
async def findings_file(request: Request, call: DeskCall) -> Response:
    """All findings of the same choice; taking them is written down."""
    given = asked_for(request, FindingFilter)
    found = await service.export_findings(call, community_id=call.desk, state=given.state, check=given.check)
    language = language_of(request)
    header = [translate(column, language) for column in telling.FINDING_COLUMNS]
    title = f"{translate(N_('差异清单'), language)} {clock.day_of(call.now)}"
    rows = (telling.finding_row(row, found.people, language) for row in found.page.rows)
    return csv_response(title, header, rows)


@router.get("/audit/findings/{finding_id:uuid}")
async def finding(request: Request, call: DeskCall, finding_id: UUID) -> Response:
    """One finding: both sides, whose, what behind it, its history, and what to do."""
    return await _finding(request, call, finding_id, Form())


@router.post("/audit/findings/{finding_id:uuid}/explain")
async def explain(request: Request, call: DeskCall, key: FormKey, finding_id: UUID) -> Response:
    """Take why a difference is there."""
    said = Text(N_("说明已记下；请另一个人来结案"))
    return await _note(request, call.with_key(key), finding_id, service.explain, said)


@router.post("/audit/findings/{finding_id:uuid}/close")
async def close(request: Request, call: DeskCall, key: FormKey, finding_id: UUID) -> Response:
    """Close it, as a second person."""
    return await _note(request, call.with_key(key), finding_id, service.close, Text(N_("已结案")))


@router.post("/audit/findings/{finding_id:uuid}/send-back")
async def send_back(request: Request, call: DeskCall, key: FormKey, finding_id: UUID) -> Response:
    """Not satisfied: open again."""
    return await _note(
        request, call.with_key(key), finding_id, service.send_back, Text(N_("已退回，等人重新说明"))
    )


async def _note(
    request: Request, call: Call, finding_id: UUID, take: Callable[..., Awaitable[None]], said: Text
) -> Response:
    form = await read(request, NoteForm)
    if form.value is not None:
        try:
            await take(call, finding_id=finding_id, note=form.value.note, version=form.value.version)
        except NotFound:
            raise
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/audit/findings/{finding_id}", said)
    return await _finding(request, call, finding_id, form, status=422)


async def _finding(
    request: Request, call: Call, finding_id: UUID, form: Form[NoteForm], *, status: int = 200
) -> Response:
    page = await service.finding_page(call, finding_id=finding_id)
    context = {
        "page": page,
        "finding": page.finding,
        "form": form,
        "here": page.finding.community_id == call.desk,
    }
    return _render(request, call, "finding", context, status=status)


async def _communities(request: Request, call: Call, form: Form[BaseModel], *, status: int = 200) -> Response:
    given = asked_for(request, ListFilter)
    states = await service.communities(call, after=given.after)
    here = await service.state(call, community_id=call.desk)
    context = {"states": states, "mine": here, "form": form}
    return _render(request, call, "communities", context, status=status)


def _render(
    request: Request, call: Call, name: str, context: dict[str, object], *, status: int = 200
) -> Response:
    shared = {
        **_WORDS,
        "this_month": rules.month_of(clock.day_of(call.now)).name,
        "at_desk": bool(call.actor.roles_in(call.desk) & {Role.COORDINATOR, Role.ADMINISTRATOR}),
        "now": call.now,
    }
    return render(request, f"audit/{name}.html", {**shared, **context}, status=status)


def _month(name: str) -> Month:
    if re.fullmatch(rules.MONTH_PATTERN, name, re.ASCII) is None:
        raise NotFound
    return rules.month_named(name)


def _before(month: Month) -> Month:
    return rules.month_of(month.first_on - timedelta(days=1))


def _after(month: Month) -> Month:
    return rules.month_of(month.last_on + timedelta(days=1))
