"""Entitlements and referrals for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.care.profile import service
from timebank.care.profile.schemas import (
    EndEntitlement,
    FollowBody,
    NewEntitlement,
    NewReferral,
    ProfileBody,
    RenewBody,
    profile_of,
)
from timebank.requests.schemas import Made
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["care"], route_class=VersionedRoute)


@router.get("/members/{member_id}/profile")
async def profile(call: SignedInCall, community_id: UUID, member_id: UUID) -> ProfileBody:
    """What a member is entitled to, and to which outside services they were sent."""
    return profile_of(await service.profile(call, community_id=community_id, member_id=member_id))


@router.post("/members/{member_id}/entitlements", status_code=201)
async def entitle(call: SignedInCall, community_id: UUID, member_id: UUID, body: NewEntitlement) -> Made:
    """Note what somebody is entitled to."""
    made = await service.entitle(
        call, community_id=community_id, member_id=member_id, entitlement=body.entitlement
    )
    return Made(id=made)


@router.post("/entitlements/{entitlement_id}/renew", status_code=204)
async def renew_entitlement(
    call: SignedInCall, community_id: UUID, entitlement_id: UUID, body: RenewBody
) -> Response:
    """It was applied for again."""
    await service.renew_entitlement(
        call,
        community_id=community_id,
        entitlement_id=entitlement_id,
        due_on=body.due_on,
        version=body.version,
    )
    return Response(status_code=204)


@router.post("/entitlements/{entitlement_id}/end", status_code=204)
async def end_entitlement(
    call: SignedInCall, community_id: UUID, entitlement_id: UUID, body: EndEntitlement
) -> Response:
    """They are entitled to it no more."""
    await service.end_entitlement(
        call,
        community_id=community_id,
        entitlement_id=entitlement_id,
        reason=body.reason,
        version=body.version,
    )
    return Response(status_code=204)


@router.post("/members/{member_id}/referrals", status_code=201)
async def refer(call: SignedInCall, community_id: UUID, member_id: UUID, body: NewReferral) -> Made:
    """Note to which outside service somebody was sent."""
    made = await service.refer(call, community_id=community_id, member_id=member_id, referral=body.referral)
    return Made(id=made)


@router.post("/referrals/{referral_id}/follow", status_code=204)
async def follow_referral(
    call: SignedInCall, community_id: UUID, referral_id: UUID, body: FollowBody
) -> Response:
    """What came of it; closed, unless it says when to ask again."""
    await service.follow_referral(
        call,
        community_id=community_id,
        referral_id=referral_id,
        followed=body.followed,
        version=body.version,
    )
    return Response(status_code=204)
