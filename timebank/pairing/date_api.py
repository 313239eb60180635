"""Single dates of standing requests for programs."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from timebank.access.doors import SignedInCall
from timebank.pairing import service
from timebank.pairing.schemas import Made, SeenRequest
from timebank.requests.recurrence.model import Turn, TurnState
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Version
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/requests/{request_id}/dates",
    tags=["pairing"],
    route_class=VersionedRoute,
)
Minute = Annotated[int, Field(ge=0, le=1439)]


class SkipBody(Schema, SeenRequest):
    """One day that falls away."""

    on_day: Day


class MoveBody(SkipBody):
    """One day that comes on another."""

    to_day: Day
    from_minute: Minute


class AddBody(Schema, SeenRequest):
    """One day more."""

    to_day: Day
    from_minute: Minute


class TurnOut(BaseModel):
    """One date; `change_id` takes a changed one back."""

    day: date
    from_minute: int
    state: TurnState
    comes: bool
    change_id: UUID | None
    other_day: date | None
    holiday: str | None


@router.get("")
async def dates(call: SignedInCall, community_id: UUID, request_id: UUID) -> list[TurnOut]:
    """The next dates until eight of them come, those that fall away too."""
    page = await service.dates_page(call, community_id=community_id, request_id=request_id)
    return [_turn_out(turn) for turn in page.turns]


@router.post("/skip", status_code=201)
async def skip(call: SignedInCall, community_id: UUID, request_id: UUID, body: SkipBody) -> Made:
    """Nobody comes on this one day."""
    made = await service.skip_date(
        call, community_id=community_id, request_id=request_id, version=body.version, on_day=body.on_day
    )
    return Made(id=made)


@router.post("/move", status_code=201)
async def move(call: SignedInCall, community_id: UUID, request_id: UUID, body: MoveBody) -> Made:
    """This once on another day."""
    made = await service.move_date(
        call,
        community_id=community_id,
        request_id=request_id,
        version=body.version,
        on_day=body.on_day,
        to_day=body.to_day,
        from_minute=body.from_minute,
    )
    return Made(id=made)


@router.post("/add", status_code=201)
async def add(call: SignedInCall, community_id: UUID, request_id: UUID, body: AddBody) -> Made:
    """Once more beside the rule."""
    made = await service.add_date(
        call,
        community_id=community_id,
        request_id=request_id,
        version=body.version,
        to_day=body.to_day,
        from_minute=body.from_minute,
    )
    return Made(id=made)


@router.delete("/{change_id:uuid}", status_code=204)
async def undo(
    call: SignedInCall,
    community_id: UUID,
    request_id: UUID,
    change_id: UUID,
    version: Annotated[Version, Query()],
) -> Response:
    """Let a changed date be as the rule has it."""
    await service.undo_date(
        call, community_id=community_id, request_id=request_id, version=version, change_id=change_id
    )
    return Response(status_code=204)


def _turn_out(turn: Turn) -> TurnOut:
    return TurnOut(
        day=turn.day,
        from_minute=turn.from_minute,
        state=turn.state,
        comes=turn.comes,
        change_id=turn.change_id,
        other_day=turn.other_day,
        holiday=turn.holiday.name if turn.holiday else None,
    )
