"""Pages of volunteering: what is asked for nearby on a helper's phone, and at the desk for whoever has none."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, MemberCall, WorkCall
from timebank.access.guard import Call
from timebank.core.errors import N_, Conflict, Invalid, Text
from timebank.core.provenance import Provenance
from timebank.pairing import words
from timebank.pairing.views import NearbyPage
from timebank.pairing.volunteering import rules, service
from timebank.pairing.volunteering.schemas import DeskForm, NearbyFilter
from timebank.requests.errors import NoHelper
from timebank.requests.rules import window_text
from timebank.web.forms import asked_for, read
from timebank.web.render import redirect, render

router = APIRouter()

_WORDS: dict[str, Any] = {
    "words": words,
    "window_text": window_text,
    "near_texts": rules.NEAR_TEXTS,
    "outcome_texts": rules.OUTCOME_TEXTS,
}


@router.get("/me/nearby")
async def mine(request: Request, call: MemberCall) -> Response:
    """What I said I would do, and what is asked for nearby."""
    try:
        found = await _nearby(request, call, call.actor.id)
    except NoHelper as error:
        return redirect(request, "/me", error.text)
    return render(request, "pairing/nearby_mine.html", {"found": found, **_WORDS})


@router.post("/me/nearby/{request_id:uuid}")
async def mine_volunteer(request: Request, call: MemberCall, key: FormKey, request_id: UUID) -> Response:
    """I would go."""
    said = await _volunteered(call.with_key(key), request_id, call.actor.id, Provenance.APP)
    thanks = Text(N_("谢谢您！社区安排好了，会来问您"))
    return redirect(request, "/me/nearby", said or thanks)


@router.post("/me/nearby/{request_id:uuid}/withdraw")
async def mine_step_back(request: Request, call: MemberCall, key: FormKey, request_id: UUID) -> Response:
    """I would not after all."""
    await _stepped_back(call.with_key(key), request_id, call.actor.id)
    return redirect(request, "/me/nearby", Text(N_("知道了，没关系；改了主意，再按“我愿意去”")))


@router.get("/members/{member_id:uuid}/nearby")
async def of_member(request: Request, call: WorkCall, member_id: UUID) -> Response:
    """The same list, to read out to somebody on the telephone or at the desk."""
    try:
        found = await _nearby(request, call, member_id)
    except NoHelper as error:
        return redirect(request, f"/members/{member_id}", error.text)
    return render(request, "pairing/nearby.html", {"found": found, **_WORDS})


@router.post("/members/{member_id:uuid}/nearby/{request_id:uuid}")
async def volunteer(
    request: Request, call: DeskCall, key: FormKey, member_id: UUID, request_id: UUID
) -> Response:
    """They told the desk that they would go."""
    given = await _told(request)
    said = await _volunteered(call.with_key(key), request_id, member_id, given.how)
    return redirect(request, _back(given, member_id, request_id), said or Text(N_("已记下自己报名要去")))


@router.post("/members/{member_id:uuid}/nearby/{request_id:uuid}/withdraw")
async def step_back(
    request: Request, call: DeskCall, key: FormKey, member_id: UUID, request_id: UUID
) -> Response:
    """They told the desk that they would not after all."""
    given = await _told(request)
    await _stepped_back(call.with_key(key), request_id, member_id)
    return redirect(request, _back(given, member_id, request_id), Text(N_("已记下不去了")))


async def _nearby(request: Request, call: Call, member_id: UUID) -> NearbyPage:
    given = asked_for(request, NearbyFilter)
    return await service.nearby(call, community_id=call.desk, member_id=member_id, after=given.after)


async def _volunteered(call: Call, request_id: UUID, member_id: UUID, provenance: Provenance) -> Text | None:
    """What stands against it, if anything does."""
    try:
        await service.volunteer(
            call,
            community_id=call.desk,
            request_id=request_id,
            member_id=member_id,
            provenance=provenance,
        )
    except Conflict as error:
        return error.text
    return None


async def _stepped_back(call: Call, request_id: UUID, member_id: UUID) -> None:
    await service.step_back(call, community_id=call.desk, request_id=request_id, member_id=member_id)


async def _told(request: Request) -> DeskForm:
    form = await read(request, DeskForm)
    if form.value is None:
        raise Invalid(form.errors)
    return form.value


def _back(given: DeskForm, member_id: UUID, request_id: UUID) -> str:
    if given.to == "ask":
        return f"/proposals/new?request_id={request_id}"
    return f"/members/{member_id}/nearby"
