"""Certificates for programs, and what is open before a community may end."""

from dataclasses import asdict
from uuid import UUID

from fastapi import APIRouter

from timebank.access.doors import SignedInCall
from timebank.membership.certificates import service
from timebank.membership.certificates.schemas import CertificatePage, CertificateRow, StillOpenView
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["membership"], route_class=VersionedRoute)


@router.get("/certificates")
async def certificates(call: SignedInCall, community_id: UUID, after: str | None = None) -> CertificatePage:
    """A page of everybody's certificates as of today, by member number."""
    found = await service.certificates(call.with_key(None), community_id=community_id, after=after)
    return CertificatePage.of(found)


@router.get("/members/{member_id}/certificate")
async def certificate(call: SignedInCall, community_id: UUID, member_id: UUID) -> CertificateRow:
    """A member's certificate as of today; 404 without an account."""
    found = await service.certificate(call, community_id=community_id, member_id=member_id)
    return CertificateRow.of(found)


@router.get("/still-open")
async def still_open(call: SignedInCall, community_id: UUID) -> StillOpenView:
    """What is still in progress in a community before it may end, and what its people have."""
    return StillOpenView(**asdict(await service.still_open(call, community_id=community_id)))
