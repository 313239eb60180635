"""The page of a member's family."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.access.kin.model import Relative
from timebank.access.kin.rules import KIN_LABELS
from timebank.core import clock
from timebank.core.errors import N_, Text, TimebankError
from timebank.people import service as people
from timebank.people.kin import service
from timebank.people.kin.schemas import EndForm, KinForm, Seen
from timebank.people.model import GENDER_LABELS
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter(prefix="/members/{member_id:uuid}/kin")
_UNDOING = {
    "resume": (service.resume_kin, N_("已恢复")),
    "retract": (service.retract_kin, N_("已撤销")),
}


@router.get("")
async def kin_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Who is this member's family."""
    return await _page(request, call, member_id, Form())


@router.post("")
async def record(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Write a tie down."""
    form = await read(request, KinForm)
    if form.value is not None:
        value = form.value
        try:
            await service.record_kin(
                call.with_key(key),
                member_id=member_id,
                kind=value.kind,
                other=await _meant(call, member_id, value),
                said_by=value.said_by,
                said_on=value.said_on,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}/kin", Text(N_("已登记")))
    return await _page(request, call, member_id, form, status=422)


@router.post("/{tie_id:uuid}/end")
async def end(request: Request, call: DeskCall, key: FormKey, member_id: UUID, tie_id: UUID) -> Response:
    """They are family no more from a day on."""
    form = await read(request, EndForm)
    if form.value is not None:
        try:
            await service.end_kin(
                call.with_key(key),
                member_id=member_id,
                tie_id=tie_id,
                version=form.value.version,
                ended_on=form.value.ended_on,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}/kin", Text(N_("已结束；点错了，下面可以恢复")))
    return await _page(request, call, member_id, form, ending=tie_id, status=422)


@router.post("/{tie_id:uuid}/{undo}")
async def undo(
    request: Request,
    call: DeskCall,
    key: FormKey,
    member_id: UUID,
    tie_id: UUID,
    undo: Literal["resume", "retract"],
) -> Response:
    """It had not ended, or it was written down by mistake."""
    act, said = _UNDOING[undo]
    form = await read(request, Seen)
    if form.value is not None:
        try:
            await act(call.with_key(key), member_id=member_id, tie_id=tie_id, version=form.value.version)
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}/kin", Text(said))
    return await _page(request, call, member_id, form, ending=tie_id, status=422)


async def _meant(call: Call, member_id: UUID, value: KinForm) -> Relative:
    if value.name is not None:
        return value.outsider()
    if value.elsewhere is not None:
        return await service.member_elsewhere(
            call,
            community_id=value.elsewhere,
            number=value.elsewhere_number or "",
            name=value.elsewhere_name or "",
        )
    known = await people.profile(call, member_id=member_id)
    home = known.member.community_id
    one = await people.the_one(call, community_id=home, words=value.other or "")
    return Relative(community_id=home, member_id=one.id)


async def _page(
    request: Request,
    call: Call,
    member_id: UUID,
    form: Form[Any],
    *,
    ending: UUID | None = None,
    status: int = 200,
) -> Response:
    """The family, with a form to add; `ending`: the row whose form was refused."""
    found = await service.family(call, member_id=member_id)
    places, staff = await service.who_may_be_kin(call, community_id=found.member.community_id)
    language = language_of(request)
    context = {
        "family": found,
        "member": found.member,
        "form": Form() if ending else form,
        "refused": form if ending else Form(),
        "ending": ending,
        "today": clock.day_of(call.now),
        "kinds": [(str(kind), translate(label, language)) for kind, label in KIN_LABELS.items()],
        "genders": [(code, translate(GENDER_LABELS[code], language)) for code in ("female", "male")],
        # `places` are the desk's own, to change between.
        "elsewhere": [(str(place.id), place.name) for place in places],
        "staff": [(str(one.id), one.name) for one in staff if one.active],
    }
    return render(request, "people/kin.html", context, status=status)
