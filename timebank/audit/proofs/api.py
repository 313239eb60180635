"""Proof for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from timebank.access.doors import SignedInCall
from timebank.audit.proofs import service, telling
from timebank.audit.proofs.schemas import (
    CheckpointFilter,
    CheckpointRows,
    GrowthFilter,
    GrowthOut,
    KeyOut,
)
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["audit"], route_class=VersionedRoute)


@router.get("/checkpoints")
async def checkpoints(
    call: SignedInCall, community_id: UUID, given: Annotated[CheckpointFilter, Query()]
) -> CheckpointRows:
    """Signed checkpoints of a book, newest first, each with its file."""
    return telling.checkpoint_rows(
        await service.checkpoints(call, community_id=community_id, after=given.after)
    )


@router.get("/signing-keys")
async def signing_keys(call: SignedInCall, community_id: UUID) -> list[KeyOut]:
    """The public keys that ever signed, the oldest first, and who vouched for each."""
    return [telling.key_out(key) for key in await service.keys(call, community_id=community_id)]


@router.get("/growth")
async def growth(
    call: SignedInCall, community_id: UUID, given: Annotated[GrowthFilter, Query()]
) -> GrowthOut:
    """The proof that one checkpoint goes on from an older one, by their numbers."""
    found = await service.growth(call, community_id=community_id, older=given.older, newer=given.newer)
    return telling.growth_out(found)
