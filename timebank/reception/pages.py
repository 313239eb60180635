"""Pages of the reception: who waits, and where one can go when."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, MemberCall, WorkCall
from timebank.access.guard import Call
from timebank.core.errors import N_, NotFound, Text, TimebankError
from timebank.reception import rules, service
from timebank.reception.model import Move, Place, Standing
from timebank.reception.schemas import LetInForm, MoveForm, PlaceForm, hours_typed
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()

_SAID = {
    Move.CALL: N_("已叫号"),
    Move.SERVE: N_("办好了"),
    Move.LEAVE: N_("记下了：走了"),
    Move.WAIT: N_("回到队里"),
}


@router.get("/reception")
async def reception_page(request: Request, call: WorkCall) -> Response:
    """Who waits, who is being seen to, and who has been."""
    return await _queue(request, call, Form())


@router.post("/reception")
async def let_in(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Give whoever came in a number."""
    form = await read(request, LetInForm)
    if form.value is not None:
        try:
            made = await service.let_in(
                call.with_key(key), community_id=call.desk, words=form.value.who, about=form.value.about
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            said = Text(N_("{name} 是 {number} 号"), {"name": made.name, "number": made.number})
            return redirect(request, "/reception", said)
    return await _queue(request, call, form, status=422)


@router.post("/reception/next")
async def call_next(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Call the next one."""
    try:
        called = await service.call_next(call.with_key(key), community_id=call.desk)
    except TimebankError as error:
        return await _queue(request, call, Form().refused(error), status=409)
    said = Text(N_("请 {number} 号：{name}"), {"number": called.number, "name": called.name})
    return redirect(request, "/reception", said)


@router.post("/reception/{visitor_id:uuid}/{what}")
async def move(request: Request, call: DeskCall, key: FormKey, visitor_id: UUID, what: str) -> Response:
    """One of the buttons beside a name."""
    if what not in set(Move):
        raise NotFound
    form = await read(request, MoveForm)
    if form.value is None:
        return await _queue(request, call, form, status=422)
    try:
        await service.move_visitor(
            call.with_key(key),
            community_id=call.desk,
            visitor_id=visitor_id,
            what=Move(what),
            version=form.value.version,
        )
    except TimebankError as error:
        return await _queue(request, call, form.refused(error), status=409)
    return redirect(request, "/reception", Text(_SAID[Move(what)]))


@router.get("/places")
async def places_page(request: Request, call: WorkCall) -> Response:
    """Where one can go, and when."""
    found = await service.places(call, community_id=call.desk, given_up=True)
    context = {"found": found, "now": call.now, "hours_text": rules.hours_text, "is_open": rules.is_open}
    return render(request, "reception/places.html", context)


@router.get("/places/new")
async def new_place_page(request: Request, call: WorkCall) -> Response:
    """A form for a new one."""
    return _place(request, Form(), None)


@router.post("/places/new")
async def add_place(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Take the form."""
    form = await read(request, PlaceForm)
    if form.value is not None:
        value = form.value
        try:
            await service.add_place(
                call.with_key(key),
                community_id=call.desk,
                name=value.name,
                address=value.address,
                note=value.note,
                hours=value.openings,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/places", Text(N_("已登记")))
    return _place(request, form, None, status=422)


@router.get("/places/{place_id:uuid}")
async def place_page(request: Request, call: WorkCall, place_id: UUID) -> Response:
    """A form that changes one."""
    found = await service.place(call, community_id=call.desk, place_id=place_id)
    return _place(request, Form(_as_typed(found)), found)


@router.post("/places/{place_id:uuid}")
async def change_place(request: Request, call: DeskCall, key: FormKey, place_id: UUID) -> Response:
    """Take the form; nothing typed is lost if somebody came first."""
    found = await service.place(call, community_id=call.desk, place_id=place_id)
    form = await read(request, PlaceForm)
    if form.value is not None:
        value = form.value
        try:
            await service.change_place(
                call.with_key(key),
                community_id=call.desk,
                place_id=place_id,
                version=value.version or 0,
                name=value.name,
                address=value.address,
                note=value.note,
                hours=value.openings,
                closed_on=value.closed_on,
            )
        except TimebankError as error:
            form = form.refused(error).against(_as_typed(found))
        else:
            return redirect(request, "/places", Text(N_("已保存")))
    return _place(request, form, found, status=422)


@router.get("/me/places")
async def my_places(request: Request, call: MemberCall) -> Response:
    """Where I can go, and whether it is open now."""
    found = await service.places(call, community_id=call.desk)
    context = {
        "found": found,
        "now": call.now,
        "hours_text": rules.hours_text,
        "is_open": rules.is_open,
        "next_opening": rules.next_opening,
    }
    return render(request, "reception/mine.html", context)


async def _queue(request: Request, call: Call, form: Form[Any], *, status: int = 200) -> Response:
    found = await service.queue(call, community_id=call.desk)

    def standing(*which: Standing) -> list[Any]:
        return [one for one in found if one.standing in which]

    context = {
        "waiting": standing(Standing.WAITING),
        "called": standing(Standing.CALLED),
        "ended": standing(Standing.SERVED, Standing.LEFT)[::-1],
        "form": form,
        "abouts": _options(request, rules.ABOUTS),
        "about_texts": rules.ABOUTS,
        "standings": rules.STANDINGS,
    }
    return render(request, "reception/queue.html", context, status=status)


def _options(request: Request, labels: Mapping[Any, str]) -> list[tuple[str, str]]:
    return [(str(code), translate(label, language_of(request))) for code, label in labels.items()]


def _place(request: Request, form: Form[PlaceForm], found: Place | None, *, status: int = 200) -> Response:
    return render(request, "reception/place.html", {"form": form, "place": found}, status=status)


def _as_typed(found: Place) -> dict[str, Any]:
    return {
        "name": found.name,
        "address": found.address,
        "note": found.note or "",
        "hours": hours_typed(found),
        "closed_on": str(found.closed_on or ""),
        "version": found.version,
    }
