"""Pages of single dates of a standing request, and of what the holiday calendar hits."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core.errors import N_, Text, TimebankError
from timebank.pairing import service, words
from timebank.pairing.schemas import AddDate, MoveDate, SeenRequest, SkipDate, UndoDate, minute_of
from timebank.requests import words as request_words
from timebank.web.forms import Form, read
from timebank.web.render import redirect, render

router = APIRouter()
_FORMS: dict[str, type[SeenRequest]] = {"skip": SkipDate, "move": MoveDate, "add": AddDate, "undo": UndoDate}


@router.get("/requests/{request_id:uuid}/dates")
async def dates(request: Request, call: DeskCall, request_id: UUID) -> Response:
    """The next dates of a standing request."""
    return await _dates(request, call, request_id, Form())


@router.post("/requests/{request_id:uuid}/dates/{what}")
async def change_date(
    request: Request,
    call: DeskCall,
    key: FormKey,
    request_id: UUID,
    what: Literal["skip", "move", "add", "undo"],
) -> Response:
    """Skip one, move one, add one, or take such a change back."""
    form: Form[Any] = await read(request, _FORMS[what])
    if form.value is not None:
        try:
            said = await _changed(call.with_key(key), request_id, form.value)
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/requests/{request_id}", said)
    return await _dates(request, call, request_id, form, status=422)


@router.get("/pairs/holidays")
async def hits(request: Request, call: DeskCall) -> Response:
    """Visits that the calendar as it is now hits."""
    found = await service.holiday_hits(call, community_id=call.desk)
    context = {"hits": found, "words": words, "holiday_text": request_words.holiday}
    return render(request, "pairing/hits.html", context)


@router.post("/pairs/{pair_id:uuid}/calendar")
async def follow_calendar(request: Request, call: DeskCall, key: FormKey, pair_id: UUID) -> Response:
    """Let a pair's visits be as the calendar now says."""
    await service.follow_calendar(call.with_key(key), community_id=call.desk, pair_id=pair_id)
    return redirect(request, "/pairs/holidays", Text(N_("这一对的服务已按放假安排改好")))


async def _changed(call: Call, request_id: UUID, value: SeenRequest) -> Text:
    seen: dict[str, Any] = {"community_id": call.desk, "request_id": request_id, "version": value.version}
    match value:
        case MoveDate():
            await service.move_date(
                call, on_day=value.on_day, to_day=value.to_day, from_minute=minute_of(value.at), **seen
            )
            return Text(N_("这一次已改到 {day}"), {"day": value.to_day})
        case SkipDate():
            await service.skip_date(call, on_day=value.on_day, **seen)
            return Text(N_("{day} 不来；可以改回来"), {"day": value.on_day})
        case AddDate():
            await service.add_date(call, to_day=value.to_day, from_minute=minute_of(value.at), **seen)
            return Text(N_("{day} 加了一次"), {"day": value.to_day})
        case UndoDate():
            await service.undo_date(call, change_id=value.change_id, **seen)
            return Text(N_("已改回来"))
    raise AssertionError(value)


async def _dates(
    request: Request, call: Call, request_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    page = await service.dates_page(call, community_id=call.desk, request_id=request_id)
    context = {"page": page, "form": form, "words": request_words}
    return render(request, "pairing/dates.html", context, status=status)
