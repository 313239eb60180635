"""Rehearsals for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from timebank.access.doors import SignedInCall
from timebank.audit import rules
from timebank.audit.rehearsals import service
from timebank.audit.rehearsals.model import Rehearsal
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["audit"], route_class=VersionedRoute)

MonthName = Annotated[str, Field(pattern=rules.MONTH_PATTERN)]


@router.get("/rehearsals/{version_id}")
async def rehearse(
    call: SignedInCall,
    community_id: UUID,
    version_id: UUID,
    scheme_id: Annotated[UUID | None, Query()] = None,
    month: Annotated[MonthName | None, Query()] = None,
) -> Rehearsal:
    """Had this version of the house policy, or of a scheme's, been in force in a month (2026-11)."""
    return await service.rehearse(
        call,
        community_id=community_id,
        version_id=version_id,
        scheme_id=scheme_id,
        month=rules.month_named(month) if month else None,
    )
