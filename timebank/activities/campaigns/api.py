"""Campaigns for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.activities.campaigns import service
from timebank.activities.campaigns.schemas import (
    CampaignBody,
    CampaignFields,
    CampaignList,
    ChangedCampaign,
    body_of,
)
from timebank.requests.schemas import Made
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/campaigns", tags=["activities"], route_class=VersionedRoute
)


@router.get("")
async def list_campaigns(call: SignedInCall, community_id: UUID, after: str | None = None) -> CampaignList:
    """Campaigns with how far each target is, the latest first."""
    page = await service.list_campaigns(call, community_id=community_id, after=after)
    return CampaignList(rows=[body_of(view) for view in page.rows], after=page.after)


@router.post("", status_code=201)
async def start(call: SignedInCall, community_id: UUID, body: CampaignFields) -> Made:
    """Start a campaign."""
    return Made(id=await service.start(call, community_id=community_id, campaign=body.campaign))


@router.get("/{campaign_id}")
async def see_campaign(call: SignedInCall, community_id: UUID, campaign_id: UUID) -> CampaignBody:
    """One campaign."""
    found = await service.one_campaign(call, community_id=community_id, campaign_id=campaign_id)
    return body_of(found.view)


@router.put("/{campaign_id}", status_code=204)
async def change_campaign(
    call: SignedInCall, community_id: UUID, campaign_id: UUID, body: ChangedCampaign
) -> Response:
    """Put it differently; a target that activities count for can't be left out."""
    await service.change_campaign(
        call,
        community_id=community_id,
        campaign_id=campaign_id,
        campaign=body.campaign,
        version=body.version,
    )
    return Response(status_code=204)
