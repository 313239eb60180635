"""A member's pages of activities: what is on, take a seat or stand in the line, say that one does not come."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import FormKey, MemberCall
from timebank.access.guard import Call
from timebank.activities import rules, service, words
from timebank.activities.model import Standing
from timebank.activities.schemas import MemberReason
from timebank.core.errors import N_, Text, TimebankError
from timebank.core.provenance import Provenance
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()
REASONS = {"ill": N_("身体不舒服"), "busy": N_("有别的事"), "far": N_("去不了"), "other": N_("别的原因")}
_STANDS = {
    Standing.ENROLLED: N_("报上名了，到时请来"),
    Standing.WAITING: N_("您排在候补里；有空位就自动补上，请再来看看"),
    Standing.WALKED_IN: N_("报上名了，到时请来"),
}


@router.get("/me/activities")
async def mine(request: Request, call: MemberCall) -> Response:
    """What is on, and what I am in."""
    found = await service.invitations(call, community_id=call.desk, member_id=call.actor.id)
    return render(request, "activities/my_list.html", {"found": found, "words": words})


@router.get("/me/activities/{activity_id:uuid}")
async def mine_one(request: Request, call: MemberCall, activity_id: UUID) -> Response:
    """One activity: when, where, and one large button."""
    return await _one(request, call, activity_id, Form())


@router.post("/me/activities/{activity_id:uuid}/enrol")
async def enrol(request: Request, call: MemberCall, key: FormKey, activity_id: UUID) -> Response:
    """I come."""
    return await _enrol(request, call.with_key(key), activity_id, or_wait=False)


@router.post("/me/activities/{activity_id:uuid}/wait")
async def wait(request: Request, call: MemberCall, key: FormKey, activity_id: UUID) -> Response:
    """I would come if a seat became free."""
    return await _enrol(request, call.with_key(key), activity_id, or_wait=True)


@router.post("/me/activities/{activity_id:uuid}/withdraw")
async def withdraw(request: Request, call: MemberCall, key: FormKey, activity_id: UUID) -> Response:
    """I do not come."""
    form = await read(request, MemberReason)
    status = 422
    if form.value is not None:
        why = REASONS.get(form.value.why, REASONS["other"])
        reason = f"{why}：{form.value.words}" if form.value.words else why
        try:
            await service.withdraw(
                call.with_key(key),
                community_id=call.desk,
                activity_id=activity_id,
                member_id=call.actor.id,
                reason=reason,
            )
        except TimebankError as error:
            form, status = form.refused(error), status_of(error)
        else:
            return redirect(request, "/me/activities", Text(N_("已取消；谢谢您告诉一声")))
    return await _one(request, call, activity_id, form, status=status)


async def _enrol(request: Request, call: Call, activity_id: UUID, *, or_wait: bool) -> Response:
    try:
        stands = await service.enrol(
            call,
            community_id=call.desk,
            activity_id=activity_id,
            member_id=call.actor.id,
            or_wait=or_wait,
            provenance=Provenance.APP,
        )
    except TimebankError as error:
        # Where somebody took the last seat meanwhile, the same page now offers the line.
        return await _one(request, call, activity_id, Form().refused(error), status=status_of(error))
    return redirect(request, f"/me/activities/{activity_id}", Text(_STANDS[stands]))


async def _one(
    request: Request, call: Call, activity_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    found = await service.invitation(
        call, community_id=call.desk, activity_id=activity_id, member_id=call.actor.id
    )
    language = language_of(request)
    context = {
        "found": found,
        "view": found.activity,
        "form": form,
        "open": found.activity.status.value == "planned" and call.now < rules.begins_at(found.activity.plan),
        "reasons": [(code, translate(label, language)) for code, label in REASONS.items()],
        "words": words,
    }
    return render(request, "activities/my_one.html", context, status=status)
