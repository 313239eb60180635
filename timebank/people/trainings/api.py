"""Dated trainings for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from timebank.access.doors import SignedInCall
from timebank.people.trainings import service
from timebank.people.trainings.schemas import DatesBody, EndingRow, HeldRow
from timebank.people.views import Versioned
from timebank.web.forms import Version
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["people"], route_class=VersionedRoute)
Training = Annotated[str, Path(min_length=1, max_length=40)]


@router.get("/trainings/ending")
async def ending(call: SignedInCall, community_id: UUID) -> list[EndingRow]:
    """What active members hold that ends within 60 days or has ended."""
    return [EndingRow.of(one) for one in await service.ending(call, community_id=community_id)]


@router.get("/members/{member_id}/trainings")
async def held(call: SignedInCall, community_id: UUID, member_id: UUID) -> list[HeldRow]:
    """Every training and check that a member holds."""
    _, found = await service.held(call, community_id=community_id, member_id=member_id)
    return [HeldRow.of(one) for one in found]


@router.put("/members/{member_id}/trainings/{training}")
async def date_training(
    call: SignedInCall, community_id: UUID, member_id: UUID, training: Training, body: DatesBody
) -> Versioned:
    """The member holds it until a day; past it, it counts as missing."""
    version = await service.date_training(
        call,
        community_id=community_id,
        member_id=member_id,
        training=training,
        dates=body.dates(),
        version=body.version,
    )
    return Versioned(version=version)


@router.delete("/members/{member_id}/trainings/{training}")
async def undate_training(
    call: SignedInCall, community_id: UUID, member_id: UUID, training: Training, version: Version
) -> Versioned:
    """The training does not end after all; that the member has it stays."""
    changed = await service.undate_training(
        call, community_id=community_id, member_id=member_id, training=training, version=version
    )
    return Versioned(version=changed)
