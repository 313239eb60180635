"""The outlook for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from timebank.access.doors import SignedInCall
from timebank.outlook import schemas, service
from timebank.outlook.ahead import look_ahead
from timebank.web.render import language_of
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}/outlook", tags=["outlook"], route_class=VersionedRoute)


@router.get("")
async def standing(call: SignedInCall, community_id: UUID) -> schemas.StandingOut:
    """How the hours of a community stand today, and what stands behind them."""
    return schemas.standing_out(await service.standing(call, community_id=community_id))


@router.get("/projection")
async def projection(
    call: SignedInCall, community_id: UUID, otherwise: Annotated[schemas.Otherwise, Query()]
) -> schemas.ProjectionOut:
    """The years ahead, as last year went where nothing else is said; the same seed gives the same answer."""
    found = await look_ahead(call, community_id=community_id, otherwise=otherwise)
    return schemas.projection_out(found.projection, found.assumptions)


@router.get("/asking")
async def asking(
    request: Request, call: SignedInCall, community_id: UUID, given: Annotated[schemas.AskingFilter, Query()]
) -> schemas.AdvicePage:
    """Whoever has old hours and never asked, or not for a year, with what to ask each of them about."""
    found = await service.asking_list(call, community_id=community_id, months=given.months, after=given.after)
    return schemas.advice_page(found, language_of(request))


@router.get("/quiet")
async def quiet(
    call: SignedInCall, community_id: UUID, given: Annotated[schemas.QuietFilter, Query()]
) -> schemas.QuietPage:
    """Members of whom nothing was heard for so many days, the longest silent first."""
    found = await service.call_list(call, community_id=community_id, days=given.days, after=given.after)
    return schemas.quiet_page(found)


@router.get("/backings")
async def backings(call: SignedInCall, community_id: UUID) -> list[schemas.BackingOut]:
    """What stands and stood behind the hours, the latest first."""
    found = await service.standing(call, community_id=community_id)
    return [schemas.backing_out(one) for one in found.backings]


@router.post("/backings", status_code=201)
async def record_backing(call: SignedInCall, community_id: UUID, body: schemas.NewBacking) -> schemas.Made:
    """Write down what stands behind the hours from a day on; nothing moves in the ledger."""
    made = await service.record_backing(call, community_id=community_id, **body.model_dump())
    return schemas.Made(id=made)
