"""Corrections for programs."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import KeyedCall, SignedInCall
from timebank.hours.api import After, say_to
from timebank.hours.corrections import service
from timebank.hours.corrections.schemas import (
    ApproveBody,
    CorrectionBody,
    CorrectionsBody,
    NewCorrection,
    RefuseBody,
    WithdrawBody,
)
from timebank.hours.schemas import Made, Moved
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/corrections", tags=["hours"], route_class=VersionedRoute
)


@router.get("")
async def list_corrections(
    request: Request, call: SignedInCall, community_id: UUID, after: After = None
) -> CorrectionsBody:
    """What waits for a second person, here and next door, and how the others ended."""
    found = await service.corrections(call, community_id=community_id, after=after)
    say = say_to(request)
    return CorrectionsBody(
        waiting=[CorrectionBody.of(one, say) for one in found.waiting],
        ended=[CorrectionBody.of(one, say) for one in found.ended.rows],
        after=found.ended.after,
    )


@router.post("", status_code=201)
async def ask(call: SignedInCall, community_id: UUID, body: NewCorrection) -> Made:
    """Ask that a gift or a grant be taken back."""
    made = await service.ask_correction(
        call.because(body.reason),
        community_id=community_id,
        transfer_id=body.transfer_id,
        reason=body.reason,
    )
    return Made(id=made)


@router.post("/{correction_id}/approve")
async def approve(call: KeyedCall, community_id: UUID, correction_id: UUID, body: ApproveBody) -> Moved:
    """Agree as a second person: an equal and opposite transfer is posted."""
    made = await service.approve_correction(
        call,
        community_id=community_id,
        correction_id=correction_id,
        version=body.version,
        forced=body.forced,
    )
    return Moved(transfer_id=made)


@router.post("/{correction_id}/refuse", status_code=204)
async def refuse(call: SignedInCall, community_id: UUID, correction_id: UUID, body: RefuseBody) -> Response:
    """Do not agree, and say why."""
    await service.refuse_correction(
        call, community_id=community_id, correction_id=correction_id, version=body.version, word=body.word
    )
    return Response(status_code=204)


@router.post("/{correction_id}/withdraw", status_code=204)
async def withdraw(
    call: SignedInCall, community_id: UUID, correction_id: UUID, body: WithdrawBody
) -> Response:
    """Think better of what one asked for oneself."""
    await service.withdraw_correction(
        call, community_id=community_id, correction_id=correction_id, version=body.version
    )
    return Response(status_code=204)
