"""Pages of certificates, one's and everybody's, and of what is open before a community may end."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall
from timebank.membership.certificates import service
from timebank.web.render import render

router = APIRouter()


@router.get("/members/certificates")
async def certificates_page(request: Request, call: DeskCall, after: str | None = None) -> Response:
    """A page of everybody's, each on a sheet of its own."""
    found = await service.certificates(call, community_id=call.desk, after=after)
    context = {"rows": found.rows, "after": found.after, "everybody": True}
    return render(request, "membership/certificates.html", context)


@router.get("/members/{member_id:uuid}/certificate")
async def certificate_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """One member's."""
    found = await service.certificate(call, member_id=member_id)
    context = {"rows": [found], "after": None, "everybody": False}
    return render(request, "membership/certificates.html", context)


@router.get("/members/winding-up")
async def winding_up_page(request: Request, call: DeskCall) -> Response:
    """What is to be ended before the community may be."""
    found = await service.still_open(call, community_id=call.desk)
    return render(request, "membership/winding_up.html", {"found": found})
