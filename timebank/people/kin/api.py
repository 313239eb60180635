"""A member's family for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.people.kin import service
from timebank.people.kin.schemas import EndForm, KinRow, NewKin, Seen
from timebank.people.views import Made
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/members/{member_id}/kin", tags=["people"], route_class=VersionedRoute
)


@router.get("")
async def list_kin(call: SignedInCall, community_id: UUID, member_id: UUID) -> list[KinRow]:
    """A member's family, as recorded on either side."""
    found = await service.family(call, community_id=community_id, member_id=member_id)
    return [KinRow.of(each) for each in found.relations]


@router.post("", status_code=201)
async def record_kin(call: SignedInCall, community_id: UUID, member_id: UUID, body: NewKin) -> Made:
    """Write down what somebody is to a member."""
    made = await service.record_kin(
        call,
        community_id=community_id,
        member_id=member_id,
        kind=body.kind,
        other=body.relative(here=community_id),
        said_by=body.said_by,
        said_on=body.said_on,
    )
    return Made(id=made)


@router.put("/{tie_id}/end", status_code=204)
async def end_kin(
    call: SignedInCall, community_id: UUID, member_id: UUID, tie_id: UUID, body: EndForm
) -> Response:
    """They are family no more from a day on."""
    await service.end_kin(
        call,
        community_id=community_id,
        member_id=member_id,
        tie_id=tie_id,
        version=body.version,
        ended_on=body.ended_on,
    )
    return Response(status_code=204)


@router.put("/{tie_id}/resume", status_code=204)
async def resume_kin(
    call: SignedInCall, community_id: UUID, member_id: UUID, tie_id: UUID, body: Seen
) -> Response:
    """It had not ended after all."""
    await service.resume_kin(
        call, community_id=community_id, member_id=member_id, tie_id=tie_id, version=body.version
    )
    return Response(status_code=204)


@router.put("/{tie_id}/retract", status_code=204)
async def retract_kin(
    call: SignedInCall, community_id: UUID, member_id: UUID, tie_id: UUID, body: Seen
) -> Response:
    """It was written down by mistake."""
    await service.retract_kin(
        call, community_id=community_id, member_id=member_id, tie_id=tie_id, version=body.version
    )
    return Response(status_code=204)
