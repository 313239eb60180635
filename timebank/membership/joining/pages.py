"""Pages of applications: what waits here and next door, and one application step by step."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.membership.joining import service
from timebank.membership.joining.model import CHECKS
from timebank.membership.joining.rules import STEP_LABELS, obstacle_to_approve
from timebank.membership.joining.schemas import ApproveForm, CheckForm, WhyForm
from timebank.people.model import STATUS_LABELS
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()


@router.get("/members/applications")
async def applications_page(request: Request, call: WorkCall) -> Response:
    """What waits, here and next door, and who was refused here."""
    return await _list(request, call, Form())


@router.post("/members/applications/{member_id:uuid}/approve")
async def approve_from_list(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Agree, perhaps to one next door."""
    form = await read(request, ApproveForm)
    if form.value is not None:
        try:
            await service.approve(call.with_key(key), member_id=member_id, **form.value.model_dump())
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/members/applications", Text(N_("已批准")))
    return await _list(request, call, form, tried=member_id, status=422)


@router.get("/members/{member_id:uuid}/application")
async def application_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """One application: who checked what and when."""
    return await _one(request, call, member_id, Form(), Form())


@router.post("/members/{member_id:uuid}/application/checks")
async def check(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Write a check down."""
    form = await read(request, CheckForm)
    if form.value is not None:
        try:
            await service.check(call.with_key(key), member_id=member_id, **form.value.model_dump())
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}/application", Text(N_("已记下")))
    return await _one(request, call, member_id, form, Form(), status=422)


@router.post("/members/{member_id:uuid}/application/approve")
async def approve(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Agree."""
    form = await read(request, ApproveForm)
    if form.value is not None:
        try:
            await service.approve(call.with_key(key), member_id=member_id, **form.value.model_dump())
        except TimebankError as error:
            return await _undecided(request, call, member_id, form.refused(error), error)
        return redirect(request, f"/members/{member_id}/application", Text(N_("已批准")))
    return await _one(request, call, member_id, Form(), form, status=422)


@router.post("/members/{member_id:uuid}/application/refuse")
async def refuse(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Do not take the applicant in."""
    form = await read(request, WhyForm)
    if form.value is not None:
        try:
            await service.refuse(
                call.with_key(key).because(form.value.reason),
                community_id=call.desk,
                member_id=member_id,
                **form.value.model_dump(),
            )
        except TimebankError as error:
            return await _undecided(request, call, member_id, form.refused(error), error)
        said = Text(N_("已记为不通过；想错了，在这一页可以撤回"))
        return redirect(request, f"/members/{member_id}/application", said)
    return await _one(request, call, member_id, Form(), form, status=422)


@router.post("/members/{member_id:uuid}/application/reopen")
async def reopen(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Think again."""
    form = await read(request, WhyForm)
    if form.value is not None:
        try:
            await service.reopen(
                call.with_key(key).because(form.value.reason),
                community_id=call.desk,
                member_id=member_id,
                **form.value.model_dump(),
            )
        except TimebankError as error:
            return await _undecided(request, call, member_id, form.refused(error), error)
        return redirect(request, f"/members/{member_id}/application", Text(N_("已撤回，又在等审核")))
    return await _one(request, call, member_id, Form(), form, status=422)


async def _undecided(
    request: Request, call: Call, member_id: UUID, form: Form[Any], error: TimebankError
) -> Response:
    status = 409 if isinstance(error, Stale) else 422
    return await _one(request, call, member_id, Form(), form, status=status)


async def _one(
    request: Request,
    call: Call,
    member_id: UUID,
    form: Form[CheckForm],
    decision: Form[Any],
    *,
    status: int = 200,
) -> Response:
    found = await service.application(call, member_id=member_id)
    obstacle = obstacle_to_approve(found, by=call.actor.id)
    language = language_of(request)
    context = {
        "found": found,
        "member": found.member,
        "labels": STEP_LABELS,
        "status_labels": STATUS_LABELS,
        "kinds": [(str(kind), translate(STEP_LABELS[kind], language)) for kind in CHECKS],
        "obstacle": obstacle.text if obstacle else None,
        "today": clock.day_of(call.now),
        "form": form,
        "decision": decision,
    }
    return render(request, "membership/application.html", context, status=status)


async def _list(
    request: Request, call: Call, form: Form[ApproveForm], *, tried: UUID | None = None, status: int = 200
) -> Response:
    found = await service.waiting(call)
    gone = await service.refused(call, community_id=call.community_id) if call.community_id else []
    context = {"found": found, "refused": gone, "labels": STEP_LABELS, "form": form, "tried": tried}
    return render(request, "membership/applications.html", context, status=status)
