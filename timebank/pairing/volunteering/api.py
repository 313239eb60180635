"""Volunteering for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.core.provenance import Provenance
from timebank.pairing.volunteering import service
from timebank.pairing.volunteering.schemas import (
    NearbyFilter,
    NearbyList,
    VolunteerBody,
    VolunteerOut,
    nearby_list,
    volunteer_out,
)
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["volunteering"], route_class=VersionedRoute)


@router.get("/members/{member_id}/nearby")
async def nearby(
    call: SignedInCall, community_id: UUID, member_id: UUID, given: Annotated[NearbyFilter, Query()]
) -> NearbyList:
    """What a helper volunteered for, and what waits for somebody and suits them; of whom it is nothing is told."""
    found = await service.nearby(call, community_id=community_id, member_id=member_id, after=given.after)
    return nearby_list(found)


@router.get("/requests/{request_id}/volunteers")
async def volunteers(call: SignedInCall, community_id: UUID, request_id: UUID) -> list[VolunteerOut]:
    """Who would go to a request, the first first."""
    said = await service.volunteers(call, community_id=community_id, request_id=request_id)
    return [volunteer_out(one) for one in said]


@router.put("/requests/{request_id}/volunteers/{member_id}", status_code=204)
async def volunteer(
    call: SignedInCall, community_id: UUID, request_id: UUID, member_id: UUID, body: VolunteerBody
) -> Response:
    """They would go; the round or the coordinator decides. 409 where somebody else goes, or it does not suit."""
    await service.volunteer(
        call,
        community_id=community_id,
        request_id=request_id,
        member_id=member_id,
        provenance=Provenance(body.provenance),
    )
    return Response(status_code=204)


@router.delete("/requests/{request_id}/volunteers/{member_id}", status_code=204)
async def step_back(call: SignedInCall, community_id: UUID, request_id: UUID, member_id: UUID) -> Response:
    """They would not go after all."""
    await service.step_back(call, community_id=community_id, request_id=request_id, member_id=member_id)
    return Response(status_code=204)
