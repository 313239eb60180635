"""Requests for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.requests import service
from timebank.requests.model import Status
from timebank.requests.schemas import (
    Because,
    Made,
    MaybeBecause,
    NewRequest,
    RequestBody,
    RequestList,
    Seen,
    body_of,
)
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/requests", tags=["requests"], route_class=VersionedRoute
)


@router.get("")
async def list_requests(
    call: SignedInCall,
    community_id: UUID,
    status: Status | None = None,
    member_id: UUID | None = None,
    after: str | None = None,
) -> RequestList:
    """Requests, the newest first: at a desk all of them, for a member their own."""
    if member_id is not None:
        page = await service.of_member(call, community_id=community_id, member_id=member_id, after=after)
        return RequestList(rows=[body_of(view) for view in page.rows], after=page.after)
    listed = await service.list_requests(
        call, community_id=community_id, statuses=[status] if status else [], after=after
    )
    return RequestList(rows=[body_of(row.request) for row in listed.page.rows], after=listed.page.after)


@router.post("", status_code=201)
async def submit(call: SignedInCall, community_id: UUID, body: NewRequest) -> Made:
    """Ask for help, for oneself or at a desk for a member; 409 `asked-already` names the one that is open."""
    made = await service.submit(
        call,
        community_id=community_id,
        member_id=body.member_id,
        wish=body.wish(),
        provenance=body.provenance,
        publish=body.publish,
        anyway=body.anyway,
    )
    return Made(id=made)


@router.get("/{request_id}")
async def see(call: SignedInCall, community_id: UUID, request_id: UUID) -> RequestBody:
    """One request."""
    return body_of((await service.one(call, community_id=community_id, request_id=request_id)).request)


@router.post("/{request_id}/publish", status_code=204)
async def publish(call: SignedInCall, community_id: UUID, request_id: UUID, body: Seen) -> Response:
    """Reviewed: let the next round see it."""
    await service.publish(call, community_id=community_id, request_id=request_id, version=body.version)
    return Response(status_code=204)


@router.post("/{request_id}/unpublish", status_code=204)
async def unpublish(call: SignedInCall, community_id: UUID, request_id: UUID, body: Seen) -> Response:
    """Undo the review."""
    await service.unpublish(call, community_id=community_id, request_id=request_id, version=body.version)
    return Response(status_code=204)


@router.post("/{request_id}/reject", status_code=204)
async def reject(call: SignedInCall, community_id: UUID, request_id: UUID, body: Because) -> Response:
    """Do not take it on; the member reads the reason."""
    await service.reject(
        call.because(body.reason),
        community_id=community_id,
        request_id=request_id,
        version=body.version,
        reason=body.reason,
    )
    return Response(status_code=204)


@router.post("/{request_id}/withdraw", status_code=204)
async def withdraw(call: SignedInCall, community_id: UUID, request_id: UUID, body: MaybeBecause) -> Response:
    """No longer needed."""
    await service.withdraw(
        call, community_id=community_id, request_id=request_id, version=body.version, reason=body.reason
    )
    return Response(status_code=204)


@router.post("/{request_id}/reconsider", status_code=204)
async def reconsider(call: SignedInCall, community_id: UUID, request_id: UUID, body: Seen) -> Response:
    """Look again at what was rejected, withdrawn or expired."""
    await service.reconsider(call, community_id=community_id, request_id=request_id, version=body.version)
    return Response(status_code=204)
