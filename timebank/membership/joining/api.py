"""Applications for programs."""

from uuid import UUID

from fastapi import APIRouter

from timebank.access.doors import SignedInCall
from timebank.membership.joining import service
from timebank.membership.joining.schemas import (
    ApplicationView,
    CheckBody,
    DecideBody,
    Decided,
    WaitingRow,
    WhyBody,
)
from timebank.people.views import Made
from timebank.web.versions import VersionedRoute

router = APIRouter(tags=["membership"], route_class=VersionedRoute)
_ONE = "/communities/{community_id}/members/{member_id}/application"


@router.get("/applications")
async def waiting(call: SignedInCall) -> list[WaitingRow]:
    """What waits at the caller's desks, and next door for a second person."""
    return [WaitingRow.of(one) for one in await service.waiting(call)]


@router.get(_ONE)
async def application(call: SignedInCall, community_id: UUID, member_id: UUID) -> ApplicationView:
    """A member's application with every step."""
    found = await service.application(call, community_id=community_id, member_id=member_id)
    return ApplicationView.of(found)


@router.post(_ONE + "/checks", status_code=201)
async def check(call: SignedInCall, community_id: UUID, member_id: UUID, body: CheckBody) -> Made:
    """Write down that the ID was seen, the home visited, the applicant talked to."""
    made = await service.check(call, community_id=community_id, member_id=member_id, **body.model_dump())
    return Made(id=made)


@router.post(_ONE + "/approve")
async def approve(call: SignedInCall, community_id: UUID, member_id: UUID, body: DecideBody) -> Decided:
    """Agree; with enough approvals the applicant is a member."""
    version = await service.approve(
        call, community_id=community_id, member_id=member_id, version=body.version
    )
    return Decided(version=version)


@router.post(_ONE + "/refuse")
async def refuse(call: SignedInCall, community_id: UUID, member_id: UUID, body: WhyBody) -> Decided:
    """Do not take the applicant in, and say why."""
    version = await service.refuse(
        call.because(body.reason), community_id=community_id, member_id=member_id, **body.model_dump()
    )
    return Decided(version=version)


@router.post(_ONE + "/reopen")
async def reopen(call: SignedInCall, community_id: UUID, member_id: UUID, body: WhyBody) -> Decided:
    """Take a refusal back; the application waits again."""
    version = await service.reopen(
        call.because(body.reason), community_id=community_id, member_id=member_id, **body.model_dump()
    )
    return Decided(version=version)
