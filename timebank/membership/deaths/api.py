"""Choices for afterwards, and deaths, for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import KeyedCall, SignedInCall
from timebank.membership.deaths import service
from timebank.membership.deaths.schemas import (
    BequestBody,
    BequestView,
    Chosen,
    DeathBody,
    DeathView,
    SettleBody,
    UndoBody,
)
from timebank.people.views import Made
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/members/{member_id}", tags=["membership"], route_class=VersionedRoute
)


@router.get("/bequest")
async def bequest(call: SignedInCall, community_id: UUID, member_id: UUID) -> BequestView | None:
    """To whom a member's minutes go afterwards; null where nothing was chosen."""
    _, found = await service.bequest(call, community_id=community_id, member_id=member_id)
    return BequestView.of(found) if found else None


@router.put("/bequest")
async def choose(call: SignedInCall, community_id: UUID, member_id: UUID, body: BequestBody) -> Chosen:
    """Choose, in place of what was chosen before."""
    version = await service.choose(
        call, community_id=community_id, member_id=member_id, said=body.said(), version=body.version
    )
    return Chosen(version=version)


@router.get("/death")
async def look(call: SignedInCall, community_id: UUID, member_id: UUID) -> DeathView:
    """What recording a member's death would do, or did."""
    return DeathView.of(await service.look(call, community_id=community_id, member_id=member_id))


@router.post("/death", status_code=201)
async def record(call: KeyedCall, community_id: UUID, member_id: UUID, body: DeathBody) -> Made:
    """A member has died: all of theirs ends with thanks, the balance goes as they chose; 409 with the ways out."""
    made = await service.record_death(
        call, community_id=community_id, member_id=member_id, **body.model_dump()
    )
    return Made(id=made)


@router.post("/death/settle", status_code=204)
async def settle(call: KeyedCall, community_id: UUID, member_id: UUID, body: SettleBody) -> Response:
    """Move the balance that was left for later."""
    await service.settle_death(call, community_id=community_id, member_id=member_id, **body.model_dump())
    return Response(status_code=204)


@router.post("/death/undo", status_code=204)
async def undo(call: KeyedCall, community_id: UUID, member_id: UUID, body: UndoBody) -> Response:
    """It was recorded by mistake: a second person takes it back."""
    await service.undo_death(
        call.because(body.reason), community_id=community_id, member_id=member_id, **body.model_dump()
    )
    return Response(status_code=204)
