"""The page of who has taken over for a member."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.delegates.model import DelegateIs
from timebank.access.delegates.rules import PURPOSE_LABELS
from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.access.incapacity.model import BASIS_LABELS
from timebank.core import clock
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.people import service as people
from timebank.people.incapacity import service
from timebank.people.incapacity.schemas import GiveBackForm, TakeOverForm
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter(prefix="/members/{member_id:uuid}/incapacity")


@router.get("")
async def incapacity_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Who has taken over, or who could."""
    return await _page(request, call, member_id, Form())


@router.post("")
async def take_over(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Somebody takes over."""
    form = await read(request, TakeOverForm)
    value = form.value
    if value is None:
        return await _page(request, call, member_id, form, status=422)
    try:
        delegate = DelegateIs(name=value.name, phone=value.phone)
        if value.name is None:
            one = await people.the_one(call, community_id=call.desk, words=value.other or "")
            delegate = DelegateIs(community_id=call.desk, member_id=one.id)
        await service.take_over(
            call.with_key(key), member_id=member_id, taken=value.taken(delegate), version=value.version
        )
    except TimebankError as error:
        return await _refused(request, call, member_id, form, error)
    said = Text(N_("已登记；本人的卡已停用"))
    return redirect(request, f"/members/{member_id}/incapacity", said)


@router.post("/end")
async def give_back(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """The member acts for themselves again."""
    form = await read(request, GiveBackForm)
    value = form.value
    if value is None:
        return await _page(request, call, member_id, form, status=422)
    try:
        await service.give_back(
            call.with_key(key).because(value.reason), member_id=member_id, **value.model_dump()
        )
    except TimebankError as error:
        return await _refused(request, call, member_id, form, error)
    said = Text(N_("已结束；可以给本人发新卡"))
    return redirect(request, f"/members/{member_id}/incapacity", said)


async def _refused(
    request: Request, call: Call, member_id: UUID, form: Form[Any], error: TimebankError
) -> Response:
    status = 409 if isinstance(error, Stale) else 422
    return await _page(request, call, member_id, form.refused(error), status=status)


async def _page(
    request: Request, call: Call, member_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    member, found, other = await service.incapacity(call, member_id=member_id)
    language = language_of(request)
    context = {
        "member": member,
        "found": found,
        "other": other,
        "form": form,
        "today": clock.day_of(call.now),
        "purposes": PURPOSE_LABELS,
        "bases": BASIS_LABELS,
        "purpose_options": [(str(one), translate(label, language)) for one, label in PURPOSE_LABELS.items()],
        "basis_options": [(str(one), translate(label, language)) for one, label in BASIS_LABELS.items()],
    }
    return render(request, "people/incapacity.html", context, status=status)
