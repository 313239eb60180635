"""Schemes for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.schemes import service
from timebank.schemes.schemas import Made, NewPolicy, NewScheme, SchemeBody, SchemeChange
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}/schemes", tags=["schemes"], route_class=VersionedRoute)


@router.get("")
async def list_schemes(call: SignedInCall, community_id: UUID) -> list[SchemeBody]:
    """A community's schemes with every version of their policies."""
    found = await service.overview(call, community_id=community_id)
    return [SchemeBody.of(scheme.view, scheme.versions) for scheme in found.schemes]


@router.post("", status_code=201)
async def open_scheme(call: SignedInCall, community_id: UUID, body: NewScheme) -> Made:
    """Open a scheme with its first policy, which may begin in the past."""
    made = await service.open_scheme(
        call,
        community_id=community_id,
        name=body.name,
        kind=body.kind,
        policy=body.policy.policy,
        in_force_from=body.in_force_from,
    )
    return Made(id=made)


@router.get("/{scheme_id}")
async def see_scheme(call: SignedInCall, community_id: UUID, scheme_id: UUID) -> SchemeBody:
    """One scheme with every version of its policy."""
    found = await service.see_scheme(call, community_id=community_id, scheme_id=scheme_id)
    return SchemeBody.of(found.view, found.versions)


@router.patch("/{scheme_id}", status_code=204)
async def change_scheme(
    call: SignedInCall, community_id: UUID, scheme_id: UUID, body: SchemeChange
) -> Response:
    """Rename it, end it from a day on, or open it again."""
    await service.change_scheme(call, community_id=community_id, scheme_id=scheme_id, **body.model_dump())
    return Response(status_code=204)


@router.post("/{scheme_id}/policies", status_code=201)
async def add_policy(call: SignedInCall, community_id: UUID, scheme_id: UUID, body: NewPolicy) -> Made:
    """Set other rules from today or a later day on."""
    made = await service.add_policy(
        call,
        community_id=community_id,
        scheme_id=scheme_id,
        policy=body.policy.policy,
        in_force_from=body.in_force_from,
        replaces=body.replaces,
    )
    return Made(id=made)
