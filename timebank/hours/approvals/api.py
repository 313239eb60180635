"""Approvals for programs."""

from uuid import UUID

from fastapi import APIRouter, Response

from timebank.access.doors import SignedInCall
from timebank.hours.approvals import service
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["schemes"], route_class=VersionedRoute)


@router.post("/house-policies/{version_id}/approve", status_code=204)
async def approve_house_policy(call: SignedInCall, community_id: UUID, version_id: UUID) -> Response:
    """Agree to a version of the house policy as a second person; it begins on its day."""
    await service.approve_policy(call, community_id=community_id, version_id=version_id, scheme_id=None)
    return Response(status_code=204)


@router.post("/schemes/{scheme_id}/policies/{version_id}/approve", status_code=204)
async def approve_scheme_policy(
    call: SignedInCall, community_id: UUID, scheme_id: UUID, version_id: UUID
) -> Response:
    """Agree to a version of a scheme's policy as a second person; it begins on its day."""
    await service.approve_policy(call, community_id=community_id, version_id=version_id, scheme_id=scheme_id)
    return Response(status_code=204)
