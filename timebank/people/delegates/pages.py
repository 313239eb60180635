"""Pages of delegates: at the desk, for the member whom somebody acts for, and for whoever acts."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.delegates.model import DelegateIs, Purpose
from timebank.access.delegates.rules import CONSENT_LABELS, PURPOSE_LABELS
from timebank.access.doors import DeskCall, FormKey, MemberCall, OwnOrFor
from timebank.access.guard import Call
from timebank.core.errors import N_, Text, TimebankError
from timebank.people import service as people
from timebank.people.delegates import service
from timebank.people.delegates.schemas import DelegateForm, SeenDelegate
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()
# Stands at /me/for/{principal_id}.
for_router = APIRouter()

DONE_TEXTS = {
    "requests.submit": N_("替您请人帮忙"),
    "visits.confirm": N_("替您确认了服务"),
    "visits.dispute": N_("替您说服务登记得不对"),
    "hours.give": N_("替您转赠了时间"),
}
_WAYS = {
    Purpose.BALANCE: ("/passbook", N_("看余额和存折")),
    Purpose.ASK: ("/requests/new", N_("请人帮忙")),
    Purpose.CONFIRM: ("/confirmations", N_("确认服务")),
    Purpose.GIVE: ("/gifts", N_("转赠时间")),
}
_WORDS = {"purposes": PURPOSE_LABELS, "consents": CONSENT_LABELS, "done_texts": DONE_TEXTS}


@router.get("/members/{member_id:uuid}/delegates")
async def delegates_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Who acts for this member."""
    return await _desk(request, call, member_id, Form())


@router.post("/members/{member_id:uuid}/delegates")
async def appoint(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Write consent down."""
    form = await read(request, DelegateForm)
    if form.value is not None:
        try:
            await service.appoint_delegate(
                call.with_key(key),
                member_id=member_id,
                delegate=await _meant(call, member_id, form.value),
                purposes=form.value.purposes,
                agreed=form.value.agreed,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}/delegates", Text(N_("已登记")))
    return await _desk(request, call, member_id, form, status=422)


@router.post("/members/{member_id:uuid}/delegates/{delegation_id:uuid}/revoke")
async def revoke_at_desk(
    request: Request, call: DeskCall, key: FormKey, member_id: UUID, delegation_id: UUID
) -> Response:
    """Stop one."""
    form = await read(request, SeenDelegate)
    if form.value is not None:
        try:
            await service.revoke_delegate(
                call.with_key(key),
                member_id=member_id,
                delegation_id=delegation_id,
                version=form.value.version,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}/delegates", Text(N_("已停止，马上生效")))
    return await _desk(request, call, member_id, form, status=422)


@router.get("/me/delegates")
async def my_delegates(request: Request, call: MemberCall) -> Response:
    """Who acts for me, and what they did."""
    return await _mine(request, call, Form())


@router.post("/me/delegates/{delegation_id:uuid}/revoke")
async def revoke(request: Request, call: MemberCall, key: FormKey, delegation_id: UUID) -> Response:
    """I stop one."""
    form = await read(request, SeenDelegate)
    if form.value is not None:
        try:
            await service.revoke_delegate(
                call.with_key(key),
                member_id=call.actor.id,
                delegation_id=delegation_id,
                version=form.value.version,
            )
        except TimebankError as error:
            return await _mine(request, call, form.refused(error), status=status_of(error))
        return redirect(request, "/me/delegates", Text(N_("已停止，马上生效。要再请人代办，请找社区。")))
    return await _mine(request, call, form, status=422)


@for_router.get("")
async def acting_for(request: Request, whose: OwnOrFor) -> Response:
    """What I may do for somebody."""
    found = await service.principals(whose.call)
    principal = next(one for one in found if one.member.id == whose.member_id)
    context = {"principal": principal, "ways": _WAYS}
    return render(request, "people/acting_for.html", context)


async def _meant(call: Call, member_id: UUID, value: DelegateForm) -> DelegateIs:
    if value.name is not None:
        return DelegateIs(name=value.name, phone=value.phone)
    known = await people.profile(call, member_id=member_id)
    home = known.member.community_id
    one = await people.the_one(call, community_id=home, words=value.other or "")
    return DelegateIs(community_id=home, member_id=one.id)


async def _desk(
    request: Request, call: Call, member_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    found = await service.delegates(call, member_id=member_id)
    language = language_of(request)
    context = {
        "found": found,
        "member": found.member,
        "form": form,
        "purpose_options": [(str(one), translate(label, language)) for one, label in PURPOSE_LABELS.items()],
        "consent_options": [(str(one), translate(label, language)) for one, label in CONSENT_LABELS.items()],
        **_WORDS,
    }
    return render(request, "people/delegates.html", context, status=status)


async def _mine(request: Request, call: Call, form: Form[Any], *, status: int = 200) -> Response:
    found = await service.delegates(call, member_id=call.actor.id)
    return render(
        request, "people/my_delegates.html", {"found": found, "form": form, **_WORDS}, status=status
    )
