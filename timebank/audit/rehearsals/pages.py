"""The page of a rehearsal."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from timebank.access.doors import DeskCall
from timebank.audit import rules
from timebank.audit.rehearsals import service
from timebank.web.forms import asked_for
from timebank.web.render import render

router = APIRouter()


class Asked(BaseModel):
    """Of which scheme the version is (none: of the house), and in which month it is tried."""

    scheme_id: UUID | None = None
    month: Annotated[str, Field(pattern=rules.MONTH_PATTERN)] | None = None


@router.get("/audit/rehearsals/{version_id:uuid}")
async def rehearsal_page(request: Request, call: DeskCall, version_id: UUID) -> Response:
    """Had this version of rules been in force last month."""
    asked = asked_for(request, Asked)
    found = await service.rehearse(
        call,
        community_id=call.desk,
        version_id=version_id,
        scheme_id=asked.scheme_id,
        month=rules.month_named(asked.month) if asked.month else None,
    )
    return render(
        request,
        "audit/rehearsal.html",
        {"found": found, "version_id": version_id, "scheme_id": asked.scheme_id},
    )
