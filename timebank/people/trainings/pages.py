"""Pages of dated trainings: what one member holds, and what ends soon."""

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.people.model import TRAINING_LABELS
from timebank.people.trainings import service
from timebank.people.trainings.errors import NoTraining
from timebank.people.trainings.schemas import TrainingForm, UndateForm
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()


@router.get("/members/trainings")
async def ending_page(request: Request, call: DeskCall) -> Response:
    """What ends within 60 days, or has ended, to print."""
    found = await service.ending(call, community_id=call.desk)
    context = {"found": found, "labels": TRAINING_LABELS, "today": clock.day_of(call.now)}
    return render(request, "people/trainings_ending.html", context)


@router.get("/members/{member_id:uuid}/trainings")
async def trainings_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """What one member holds."""
    return await _page(request, call, member_id, Form())


@router.post("/members/{member_id:uuid}/trainings")
async def date_training(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Write down until when."""
    form = await read(request, TrainingForm)
    value = form.value
    if value is None:
        return await _page(request, call, member_id, form, status=422)
    training = value.other or value.training
    if training is None:
        return await _page(request, call, member_id, form.refused(NoTraining()), status=422)
    code = next((code for code, label in TRAINING_LABELS.items() if label == training), training)
    doing = service.date_training(
        call.with_key(key), member_id=member_id, training=code, dates=value.dates(), version=value.version
    )
    return await _done(request, call, member_id, form, doing)


@router.post("/members/{member_id:uuid}/trainings/undate")
async def undate(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """It does not end."""
    form = await read(request, UndateForm)
    value = form.value
    if value is None:
        return await _page(request, call, member_id, form, status=422)
    doing = service.undate_training(
        call.with_key(key), member_id=member_id, training=value.training, version=value.version
    )
    return await _done(request, call, member_id, form, doing)


async def _done(
    request: Request, call: Call, member_id: UUID, form: Form[Any], doing: Awaitable[int]
) -> Response:
    try:
        await doing
    except TimebankError as error:
        status = 409 if isinstance(error, Stale) else 422
        return await _page(request, call, member_id, form.refused(error), status=status)
    return redirect(request, f"/members/{member_id}/trainings", Text(N_("已保存")))


async def _page(
    request: Request, call: Call, member_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    member, found = await service.held(call, member_id=member_id)
    language = language_of(request)
    context = {
        "member": member,
        "found": found,
        "form": form,
        "labels": TRAINING_LABELS,
        "options": [(code, translate(label, language)) for code, label in TRAINING_LABELS.items()],
        "today": clock.day_of(call.now),
    }
    return render(request, "people/trainings.html", context, status=status)
