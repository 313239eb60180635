"""Retirement checklists for programs."""

from uuid import UUID

from fastapi import APIRouter

from timebank.access.doors import SignedInCall
from timebank.membership.retirement import service
from timebank.membership.retirement.model import Item
from timebank.membership.retirement.schemas import BeginBody, DoneBody, RetirementView
from timebank.people.views import Versioned
from timebank.web.forms import Version
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["membership"], route_class=VersionedRoute)


@router.get("/retirements")
async def unfinished(call: SignedInCall, community_id: UUID) -> list[RetirementView]:
    """Whose checklist has something left to do."""
    return [RetirementView.of(one) for one in await service.unfinished(call, community_id=community_id)]


@router.get("/members/{member_id}/retirement")
async def retirement(call: SignedInCall, community_id: UUID, member_id: UUID) -> RetirementView | None:
    """A member's checklist; null where none was begun."""
    _, found = await service.retirement(call, community_id=community_id, member_id=member_id)
    return RetirementView.of(found) if found else None


@router.put("/members/{member_id}/retirement")
async def begin(call: SignedInCall, community_id: UUID, member_id: UUID, body: BeginBody) -> Versioned:
    """Begin a checklist, or say another day or workplace."""
    version = await service.begin_retirement(
        call, community_id=community_id, member_id=member_id, **body.model_dump()
    )
    return Versioned(version=version)


@router.put("/members/{member_id}/retirement/items/{item}")
async def tick(
    call: SignedInCall, community_id: UUID, member_id: UUID, item: Item, body: DoneBody
) -> Versioned:
    """Note that an item was done, or correct how."""
    version = await service.tick(
        call,
        community_id=community_id,
        member_id=member_id,
        item=item,
        done=body.done(),
        version=body.version,
    )
    return Versioned(version=version)


@router.delete("/members/{member_id}/retirement/items/{item}")
async def untick(
    call: SignedInCall, community_id: UUID, member_id: UUID, item: Item, version: Version
) -> Versioned:
    """It was not done after all."""
    changed = await service.untick(
        call, community_id=community_id, member_id=member_id, item=item, version=version
    )
    return Versioned(version=changed)
