"""Incapacity for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.people.incapacity import service
from timebank.people.incapacity.schemas import GiveBackBody, IncapacityView, TakeOverBody
from timebank.people.views import Made
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/members/{member_id}/incapacity",
    tags=["people"],
    route_class=VersionedRoute,
)


@router.get("")
async def incapacity(call: SignedInCall, community_id: UUID, member_id: UUID) -> IncapacityView | None:
    """Who has taken over for a member; null where they act for themselves."""
    _, found, _ = await service.incapacity(call, community_id=community_id, member_id=member_id)
    return IncapacityView.of(found) if found else None


@router.post("", status_code=201)
async def take_over(call: SignedInCall, community_id: UUID, member_id: UUID, body: TakeOverBody) -> Made:
    """Somebody takes over on a paper; the member's own sign-in pauses."""
    made = await service.take_over(
        call,
        community_id=community_id,
        member_id=member_id,
        taken=body.taken(body.delegate(here=community_id)),
        version=body.version,
    )
    return Made(id=made)


@router.post("/end", status_code=204)
async def give_back(call: SignedInCall, community_id: UUID, member_id: UUID, body: GiveBackBody) -> Response:
    """The member acts for themselves again."""
    await service.give_back(
        call.because(body.reason), community_id=community_id, member_id=member_id, **body.model_dump()
    )
    return Response(status_code=204)
