"""Offers for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.core import clock
from timebank.people.model import Category
from timebank.requests.offers import service
from timebank.requests.offers.schemas import ChangedOffer, NewOffer, OfferBody, OfferList, body_of
from timebank.requests.schemas import Made, Seen
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}/offers", tags=["offers"], route_class=VersionedRoute)


@router.get("")
async def list_offers(
    call: SignedInCall,
    community_id: UUID,
    member_id: UUID | None = None,
    category: Category | None = None,
    ended: bool = False,
    after: str | None = None,
) -> OfferList:
    """Offers that stand, or those that have ended, the newest first; a member reads their own."""
    today = clock.day_of(call.now)
    if member_id is not None:
        mine = await service.offers_of_member(call, community_id=community_id, member_id=member_id)
        return OfferList(rows=[body_of(view, today) for view in mine], after=None)
    page = await service.list_offers(
        call, community_id=community_id, ended=ended, category=category, after=after
    )
    return OfferList(rows=[body_of(row.view, today) for row in page.rows], after=page.after)


@router.post("", status_code=201)
async def make_offer(call: SignedInCall, community_id: UUID, body: NewOffer) -> Made:
    """Offer help, for oneself or at a desk for a member."""
    made = await service.make_offer(
        call,
        community_id=community_id,
        member_id=body.member_id,
        offer=body.offer,
        provenance=body.provenance,
    )
    return Made(id=made)


@router.get("/{offer_id}")
async def see(call: SignedInCall, community_id: UUID, offer_id: UUID) -> OfferBody:
    """One offer."""
    one = await service.one_offer(call, community_id=community_id, offer_id=offer_id)
    return body_of(one.view, clock.day_of(call.now))


@router.put("/{offer_id}", status_code=204)
async def change(call: SignedInCall, community_id: UUID, offer_id: UUID, body: ChangedOffer) -> Response:
    """Put it differently; 409 where somebody changed it after `version`."""
    await service.change_offer(
        call, community_id=community_id, offer_id=offer_id, offer=body.offer, version=body.version
    )
    return Response(status_code=204)


@router.post("/{offer_id}/end", status_code=204)
async def end(call: SignedInCall, community_id: UUID, offer_id: UUID, body: Seen) -> Response:
    """Not any more."""
    await service.end_offer(call, community_id=community_id, offer_id=offer_id, version=body.version)
    return Response(status_code=204)


@router.post("/{offer_id}/reopen", status_code=204)
async def reopen(call: SignedInCall, community_id: UUID, offer_id: UUID, body: Seen) -> Response:
    """Gladly after all."""
    await service.reopen_offer(call, community_id=community_id, offer_id=offer_id, version=body.version)
    return Response(status_code=204)
