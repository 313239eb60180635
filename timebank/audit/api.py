"""Audit for programs: communities, months, runs and findings. Amounts are whole minutes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from timebank.access.doors import KeyedCall, SignedInCall
from timebank.access.guard import Call
from timebank.audit import rules, service, telling
from timebank.audit.checks import CHECKS
from timebank.audit.reconciling import reconcile_now
from timebank.audit.schemas import (
    CheckOut,
    FindingFilter,
    FindingFull,
    FindingRows,
    ListFilter,
    MonthOut,
    NoteBody,
    RunFull,
    RunList,
    RunOut,
    StateList,
)
from timebank.web.render import language_of
from timebank.web.versions import VersionedRoute

router = APIRouter(tags=["audit"], route_class=VersionedRoute)
_COMMUNITY = "/communities/{community_id}"
MonthName = Annotated[str, Path(pattern=rules.MONTH_PATTERN)]


@router.get("/audit/communities")
async def communities(call: SignedInCall, given: Annotated[ListFilter, Query()]) -> StateList:
    """How the books stand of every community you may audit: those out of order first."""
    return telling.state_list(await service.communities(call, after=given.after))


@router.get("/audit/checks")
async def checks(request: Request, call: SignedInCall) -> list[CheckOut]:
    """Every check a run makes, in order, and what it means."""
    return [telling.check_out(check, language_of(request)) for check in CHECKS]


@router.get(_COMMUNITY + "/months/{month}")
async def month(request: Request, call: SignedInCall, community_id: UUID, month: MonthName) -> MonthOut:
    """A month (`2026-11`) of a book: its figures, corrections and late entries, and the last run."""
    found = await service.month(call, community_id=community_id, month=rules.month_named(month))
    return telling.month_out(found, language_of(request))


@router.get(_COMMUNITY + "/reconciliation-runs")
async def runs(call: SignedInCall, community_id: UUID, given: Annotated[ListFilter, Query()]) -> RunList:
    """Runs, newest first."""
    return telling.run_list(await service.runs(call, community_id=community_id, after=given.after))


@router.post(_COMMUNITY + "/reconciliation-runs", status_code=201)
async def reconcile(call: KeyedCall, community_id: UUID) -> RunOut:
    """Reconcile now. The same Idempotency-Key gives the first call's run again."""
    return telling.run_out(await reconcile_now(call, community_id=community_id))


@router.get(_COMMUNITY + "/reconciliation-runs/{run_id}")
async def run(request: Request, call: SignedInCall, community_id: UUID, run_id: UUID) -> RunFull:
    """A run with what every check said."""
    found = await service.run_page(call, community_id=community_id, run_id=run_id)
    return telling.run_full(found, language_of(request))


@router.get(_COMMUNITY + "/findings")
async def findings(
    request: Request, call: SignedInCall, community_id: UUID, given: Annotated[FindingFilter, Query()]
) -> FindingRows:
    """Findings, newest first; of one state or one check if told."""
    found = await service.findings(
        call, community_id=community_id, state=given.state, check=given.check, after=given.after
    )
    return telling.finding_rows(found, language_of(request))


@router.get("/findings/{finding_id}")
async def finding(request: Request, call: SignedInCall, finding_id: UUID) -> FindingFull:
    """A finding with its history and what is like it; `may` is what you may do with it."""
    return await _finding(request, call, finding_id)


@router.post("/findings/{finding_id}/explain")
async def explain(request: Request, call: SignedInCall, finding_id: UUID, body: NoteBody) -> FindingFull:
    """Write down why a difference is there."""
    await service.explain(call, finding_id=finding_id, note=body.note, version=body.version)
    return await _finding(request, call, finding_id)


@router.post("/findings/{finding_id}/close")
async def close(request: Request, call: SignedInCall, finding_id: UUID, body: NoteBody) -> FindingFull:
    """Close an explained finding, as a second person."""
    await service.close(call, finding_id=finding_id, note=body.note, version=body.version)
    return await _finding(request, call, finding_id)


@router.post("/findings/{finding_id}/send-back")
async def send_back(request: Request, call: SignedInCall, finding_id: UUID, body: NoteBody) -> FindingFull:
    """Open an explained finding again: the explanation does not satisfy."""
    await service.send_back(call, finding_id=finding_id, note=body.note, version=body.version)
    return await _finding(request, call, finding_id)


async def _finding(request: Request, call: Call, finding_id: UUID) -> FindingFull:
    return telling.finding_full(await service.finding_page(call, finding_id=finding_id), language_of(request))
