"""The holiday calendar for programs."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.requests.holidays import service
from timebank.requests.holidays.model import Holiday
from timebank.requests.holidays.schemas import DayBody, DayOut, day_out
from timebank.web.versions import VersionedRoute

router = APIRouter(tags=["holidays"], route_class=VersionedRoute)
Year = Annotated[int, Query(ge=2004, le=2199)]


@router.get("/communities/{community_id}/holidays")
async def holidays(call: SignedInCall, community_id: UUID, year: Year) -> list[DayOut]:
    """The days of a year that are not what their weekday says, as this community keeps them."""
    seen = await service.calendar(call, community_id=community_id, year=year)
    return [day_out(one) for one in seen.days]


@router.put("/districts/{district_id}/holidays/{day}", status_code=204)
async def set_day(call: SignedInCall, district_id: UUID, day: date, body: DayBody) -> Response:
    """Say what a day is in a district."""
    await service.set_day(call, district_id=district_id, day=day, holiday=Holiday(body.kind, body.name))
    return Response(status_code=204)


@router.delete("/districts/{district_id}/holidays/{day}", status_code=204)
async def forget_day(call: SignedInCall, district_id: UUID, day: date) -> Response:
    """Back to what the country says."""
    await service.forget_day(call, district_id=district_id, day=day)
    return Response(status_code=204)
