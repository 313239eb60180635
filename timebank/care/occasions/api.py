"""The care calendar for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.care.occasions import service
from timebank.care.occasions.schemas import (
    ChoiceBody,
    NewGreeting,
    RememberedBody,
    StrikeGreeting,
    WeekBody,
    remembered_of,
    week_of,
)
from timebank.requests.schemas import Made
from timebank.web.forms import Day
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["care"], route_class=VersionedRoute)


@router.get("/care/calendar")
async def week(call: SignedInCall, community_id: UUID, on: Day | None = None) -> WeekBody:
    """Whose day it is in the week of a day, this one if none is named: New Year, Double Ninth, birthdays."""
    return week_of(await service.week(call, community_id=community_id, day=on))


@router.get("/members/{member_id}/calendar")
async def remembered(call: SignedInCall, community_id: UUID, member_id: UUID) -> RememberedBody:
    """One member on the calendar."""
    return remembered_of(await service.remembered(call, community_id=community_id, member_id=member_id))


@router.put("/members/{member_id}/calendar", status_code=204)
async def choose(call: SignedInCall, community_id: UUID, member_id: UUID, body: ChoiceBody) -> Response:
    """Keep what somebody wishes of the calendar."""
    await service.choose_calendar(call, community_id=community_id, member_id=member_id, choice=body.choice)
    return Response(status_code=204)


@router.post("/members/{member_id}/greetings", status_code=201)
async def greet(call: SignedInCall, community_id: UUID, member_id: UUID, body: NewGreeting) -> Made:
    """Note what was done for somebody on their day."""
    made = await service.greet(call, community_id=community_id, member_id=member_id, greeting=body.greeting)
    return Made(id=made)


@router.post("/greetings/{greeting_id}/strike", status_code=204)
async def strike_greeting(
    call: SignedInCall, community_id: UUID, greeting_id: UUID, body: StrikeGreeting
) -> Response:
    """Strike out what was noted wrongly; the day is open again."""
    await service.strike_greeting(
        call, community_id=community_id, greeting_id=greeting_id, reason=body.reason
    )
    return Response(status_code=204)
