"""What a member says of themselves on their own screen."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import FormKey, MemberCall
from timebank.access.guard import Call
from timebank.core.errors import N_, Text, TimebankError
from timebank.people import service
from timebank.people.model import AVOID_LABELS
from timebank.people.schemas import AvoidsForm
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()


@router.get("/me/avoids")
async def avoids_page(request: Request, call: MemberCall) -> Response:
    """What I cannot take: stairs, pets, smoke."""
    return await _avoids(request, call, Form())


@router.post("/me/avoids")
async def set_avoids(request: Request, call: MemberCall, key: FormKey) -> Response:
    """Take what was ticked."""
    form = await read(request, AvoidsForm)
    if form.value is not None:
        try:
            await service.set_avoids(
                call.with_key(key),
                member_id=call.actor.id,
                avoids=form.value.avoids,
                version=form.value.version,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/me/avoids", Text(N_("记下了；这样的需求不会再来问您")))
    return await _avoids(request, call, form, status=422)


async def _avoids(request: Request, call: Call, form: Form[Any], *, status: int = 200) -> Response:
    me = await service.own_profile(call, member_id=call.actor.id)
    language = language_of(request)
    context = {
        "me": me,
        "form": form,
        "avoids": [(code, translate(label, language)) for code, label in AVOID_LABELS.items()],
    }
    return render(request, "people/own_avoids.html", context, status=status)
