"""Pages of what a member chose for afterwards, and of a death."""

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.core.provenance import Provenance
from timebank.membership.deaths import service
from timebank.membership.deaths.model import To, Way
from timebank.membership.deaths.rules import TO_LABELS, WAY_LABELS, death_undone_by_recorder
from timebank.membership.deaths.schemas import BequestForm, DeathForm, SettleForm, UndoForm
from timebank.people import service as people
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter(prefix="/members/{member_id:uuid}")
_SOURCES = {
    Provenance.DESK: N_("来到柜台"),
    Provenance.PHONE: N_("打电话"),
    Provenance.PAPER: N_("书面"),
    Provenance.APP: N_("本人手机"),
}


@router.get("/bequest")
async def bequest_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """To whom a member's minutes go afterwards."""
    return await _bequest(request, call, member_id, Form())


@router.post("/bequest")
async def choose(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Write down what they say now."""
    form = await read(request, BequestForm)
    value = form.value
    if value is None:
        return await _bequest(request, call, member_id, form, status=422)
    try:
        heir_id = None
        if value.to is not To.POOL:
            one = await people.the_one(call, community_id=call.desk, words=value.heir or "")
            heir_id = one.id
        await service.choose(
            call.with_key(key), member_id=member_id, said=value.said(heir_id), version=value.version
        )
    except TimebankError as error:
        status = 409 if isinstance(error, Stale) else 422
        return await _bequest(request, call, member_id, form.refused(error), status=status)
    return redirect(request, f"/members/{member_id}/bequest", Text(N_("已记下；随时可以改")))


@router.get("/death")
async def death_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """What recording a death would do, or did."""
    return await _death(request, call, member_id, Form())


@router.post("/death")
async def record(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Record it."""
    form = await read(request, DeathForm)
    if form.value is None:
        return await _death(request, call, member_id, form, status=422)
    doing = service.record_death(call.with_key(key), member_id=member_id, **form.value.model_dump())
    return await _done(request, call, member_id, form, doing, N_("已登记去世"))


@router.post("/death/settle")
async def settle(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Move the balance that was left for later."""
    form = await read(request, SettleForm)
    if form.value is None:
        return await _death(request, call, member_id, form, status=422)
    doing = service.settle_death(call.with_key(key), member_id=member_id, **form.value.model_dump())
    return await _done(request, call, member_id, form, doing, N_("余额已转出"))


@router.post("/death/undo")
async def undo(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """It was recorded by mistake."""
    form = await read(request, UndoForm)
    value = form.value
    if value is None:
        return await _death(request, call, member_id, form, status=422)
    doing = service.undo_death(
        call.with_key(key).because(value.reason), member_id=member_id, **value.model_dump()
    )
    return await _done(request, call, member_id, form, doing, N_("已撤销；结束了的服务和结对不会自己回来"))


async def _done(
    request: Request, call: Call, member_id: UUID, form: Form[Any], doing: Awaitable[object], said: str
) -> Response:
    try:
        await doing
    except TimebankError as error:
        status = 409 if isinstance(error, Stale) else 422
        return await _death(request, call, member_id, form.refused(error), status=status)
    return redirect(request, f"/members/{member_id}/death", Text(said))


async def _bequest(
    request: Request, call: Call, member_id: UUID, form: Form[BequestForm], *, status: int = 200
) -> Response:
    member, found = await service.bequest(call, member_id=member_id)
    language = language_of(request)
    context = {
        "member": member,
        "found": found,
        "form": form,
        "today": clock.day_of(call.now),
        "labels": TO_LABELS,
        "sources": _SOURCES,
        "to_options": [(str(to), translate(label, language)) for to, label in TO_LABELS.items()],
        "source_options": [(str(one), translate(label, language)) for one, label in _SOURCES.items()],
    }
    return render(request, "membership/bequest.html", context, status=status)


async def _death(
    request: Request, call: Call, member_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    found = await service.look(call, member_id=member_id)
    language = language_of(request)
    ways = [Way.POOL, Way.LATER]
    if found.destination.heir is not None and found.destination.obstacle is None:
        ways = list(Way)
    elif found.destination.kept or (found.destination.heir is None and found.destination.obstacle is None):
        ways = [Way.AS_CHOSEN, Way.LATER]
    left = [way for way in ways if way is not Way.LATER] if found.death else ways
    context = {
        "member": found.member,
        "found": found,
        "form": form,
        "today": clock.day_of(call.now),
        "labels": TO_LABELS,
        "own": found.death is not None and death_undone_by_recorder(found.death, call.actor.id),
        "ways": [(str(way), translate(WAY_LABELS[way], language)) for way in left],
    }
    return render(request, "membership/death.html", context, status=status)
