"""Pages of joining at retirement: one checklist, and all that are not finished, to print."""

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.membership.retirement import service
from timebank.membership.retirement.model import HAND_OVERS, HELD, ITEM_LABELS, Item
from timebank.membership.retirement.schemas import BeginForm, TickForm, UntickForm
from timebank.web.forms import Form, read
from timebank.web.render import redirect, render

router = APIRouter()


@router.get("/members/retirements")
async def unfinished_page(request: Request, call: DeskCall) -> Response:
    """Whose checklist has something left to do."""
    found = await service.unfinished(call, community_id=call.desk)
    context = {"found": found, "labels": ITEM_LABELS, "items": list(Item)}
    return render(request, "membership/retirements.html", context)


@router.get("/members/{member_id:uuid}/retirement")
async def retirement_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """One checklist."""
    return await _page(request, call, member_id, Form())


@router.post("/members/{member_id:uuid}/retirement")
async def begin(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Begin it, or say another day or workplace."""
    form = await read(request, BeginForm)
    if form.value is None:
        return await _page(request, call, member_id, form, status=422)
    doing = service.begin_retirement(call.with_key(key), member_id=member_id, **form.value.model_dump())
    return await _done(request, call, member_id, form, doing)


@router.post("/members/{member_id:uuid}/retirement/tick")
async def tick(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Note that an item was done."""
    form = await read(request, TickForm)
    value = form.value
    if value is None:
        return await _page(request, call, member_id, form, status=422)
    doing = service.tick(
        call.with_key(key), member_id=member_id, item=value.item, done=value.done(), version=value.version
    )
    return await _done(request, call, member_id, form, doing)


@router.post("/members/{member_id:uuid}/retirement/untick")
async def untick(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """It was not done after all."""
    form = await read(request, UntickForm)
    value = form.value
    if value is None:
        return await _page(request, call, member_id, form, status=422)
    doing = service.untick(call.with_key(key), member_id=member_id, item=value.item, version=value.version)
    return await _done(request, call, member_id, form, doing)


async def _done(
    request: Request, call: Call, member_id: UUID, form: Form[Any], doing: Awaitable[int]
) -> Response:
    try:
        await doing
    except TimebankError as error:
        status = 409 if isinstance(error, Stale) else 422
        return await _page(request, call, member_id, form.refused(error), status=status)
    return redirect(request, f"/members/{member_id}/retirement", Text(N_("已保存")))


async def _page(
    request: Request, call: Call, member_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    member, found = await service.retirement(call, member_id=member_id)
    context = {
        "member": member,
        "found": found,
        "form": form,
        "labels": ITEM_LABELS,
        "groups": [(N_("三个一"), HELD), (N_("三对接"), HAND_OVERS)],
        "today": clock.day_of(call.now),
    }
    return render(request, "membership/retirement.html", context, status=status)
