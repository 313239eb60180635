"""Presets for programs."""

from uuid import UUID

from fastapi import APIRouter

from timebank.access.doors import SignedInCall
from timebank.hours.presets import service
from timebank.hours.presets.schemas import FromPreset, OpenedSchemes
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/schemes/from-preset", tags=["schemes"], route_class=VersionedRoute
)


@router.post("", status_code=201)
async def open_from_preset(call: SignedInCall, community_id: UUID, body: FromPreset) -> OpenedSchemes:
    """Open schemes with the rules of another place, and set its house policy."""
    made = await service.open_from_preset(call, community_id=community_id, **body.model_dump())
    return OpenedSchemes(ids=made)
