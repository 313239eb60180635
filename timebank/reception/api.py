"""The reception for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.reception import service
from timebank.reception.schemas import (
    ChangedPlace,
    MoveBody,
    NewPlace,
    NewVisitor,
    PlaceBody,
    VisitorBody,
)
from timebank.requests.schemas import Made
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["reception"], route_class=VersionedRoute)


@router.get("/places")
async def places(call: SignedInCall, community_id: UUID) -> list[PlaceBody]:
    """Where one can go, and when."""
    return [PlaceBody.of(one) for one in await service.places(call, community_id=community_id)]


@router.post("/places", status_code=201)
async def add_place(call: SignedInCall, community_id: UUID, body: NewPlace) -> Made:
    """Write down where one can go."""
    made = await service.add_place(
        call,
        community_id=community_id,
        name=body.name,
        address=body.address,
        note=body.note,
        hours=body.openings,
    )
    return Made(id=made)


@router.put("/places/{place_id}", status_code=204)
async def change_place(
    call: SignedInCall, community_id: UUID, place_id: UUID, body: ChangedPlace
) -> Response:
    """Put it differently, or give it up."""
    await service.change_place(
        call,
        community_id=community_id,
        place_id=place_id,
        version=body.version,
        name=body.name,
        address=body.address,
        note=body.note,
        hours=body.openings,
        closed_on=body.closed_on,
    )
    return Response(status_code=204)


@router.get("/visitors")
async def queue(call: SignedInCall, community_id: UUID) -> list[VisitorBody]:
    """Everybody who came today, in the order of their numbers."""
    return [VisitorBody.of(one) for one in await service.queue(call, community_id=community_id)]


@router.post("/visitors", status_code=201)
async def let_in(call: SignedInCall, community_id: UUID, body: NewVisitor) -> VisitorBody:
    """Give whoever came in the next number."""
    made = await service.let_in(call, community_id=community_id, words=body.who, about=body.about)
    return VisitorBody.of(made)


@router.post("/visitors/next")
async def call_next(call: SignedInCall, community_id: UUID) -> VisitorBody:
    """Call whoever has waited longest; 409 where nobody waits."""
    return VisitorBody.of(await service.call_next(call, community_id=community_id))


@router.post("/visitors/{visitor_id}/moves")
async def move(call: SignedInCall, community_id: UUID, visitor_id: UUID, body: MoveBody) -> VisitorBody:
    """Call them, say that they are served or gone, or take that back."""
    moved = await service.move_visitor(
        call, community_id=community_id, visitor_id=visitor_id, what=body.what, version=body.version
    )
    return VisitorBody.of(moved)
