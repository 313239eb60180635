"""Delegates for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.people.delegates import service
from timebank.people.delegates.schemas import DelegateRow, NewDelegate, SeenDelegate
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/members/{member_id}/delegates",
    tags=["people"],
    route_class=VersionedRoute,
)


@router.get("")
async def list_delegates(call: SignedInCall, community_id: UUID, member_id: UUID) -> list[DelegateRow]:
    """Who acts, or acted, for a member."""
    found = await service.delegates(call, community_id=community_id, member_id=member_id)
    return [DelegateRow.of(one, found.today) for one in found.all]


@router.post("", status_code=204)
async def appoint(call: SignedInCall, community_id: UUID, member_id: UUID, body: NewDelegate) -> Response:
    """Write down that a member agreed that somebody acts for them."""
    await service.appoint_delegate(
        call,
        community_id=community_id,
        member_id=member_id,
        delegate=body.delegate(here=community_id),
        purposes=body.purposes,
        agreed=body.agreed,
    )
    return Response(status_code=204)


@router.put("/{delegation_id}/revoke", status_code=204)
async def revoke(
    call: SignedInCall, community_id: UUID, member_id: UUID, delegation_id: UUID, body: SeenDelegate
) -> Response:
    """Not any more, from this moment."""
    await service.revoke_delegate(
        call,
        community_id=community_id,
        member_id=member_id,
        delegation_id=delegation_id,
        version=body.version,
    )
    return Response(status_code=204)
