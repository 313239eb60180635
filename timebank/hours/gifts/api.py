"""Gifts for programs."""

from uuid import UUID

from fastapi import APIRouter, Query, Request

from timebank.access.doors import KeyedCall, SignedInCall
from timebank.hours.api import say_to
from timebank.hours.gifts import service
from timebank.hours.gifts.schemas import GivingBody, NewGift, TargetBody
from timebank.hours.schemas import Moved
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/members/{member_id}/gifts", tags=["hours"], route_class=VersionedRoute
)


@router.get("")
async def giving(request: Request, call: SignedInCall, community_id: UUID, member_id: UUID) -> GivingBody:
    """What a member may give today, to whom of their family, and what they gave and got."""
    found = await service.giving(call, community_id=community_id, member_id=member_id)
    return GivingBody.of(found, say_to(request))


@router.get("/receivers")
async def find_receiver(
    request: Request,
    call: SignedInCall,
    community_id: UUID,
    member_id: UUID,
    words: str = Query(min_length=1, max_length=40),
) -> list[TargetBody]:
    """Whom a number, a phone or a card means; a member gets masked names."""
    found = await service.find_receiver(call, community_id=community_id, member_id=member_id, words=words)
    return [TargetBody.of(one, say_to(request)) for one in found]


@router.post("", status_code=201)
async def give(call: KeyedCall, community_id: UUID, member_id: UUID, body: NewGift) -> Moved:
    """Give a member's minutes to another member of the same community, or to the pool."""
    made = await service.give(
        call.because(call.reason or body.reason),
        community_id=community_id,
        member_id=member_id,
        receiver_id=body.receiver_id,
        minutes=body.minutes,
        reason=body.reason,
    )
    return Moved(transfer_id=made)
