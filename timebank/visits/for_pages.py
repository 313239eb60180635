"""What a delegate says of the visits of whom they act for: right, or not right."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import FormKey, OwnOrFor, Whose
from timebank.core import clock
from timebank.core.errors import N_, Text, TimebankError
from timebank.visits import service
from timebank.visits.my_forms import WRONGS, MyObjectionForm, SeenForm
from timebank.visits.my_pages import words_for
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

# Stands at /me/for/{principal_id}.
router = APIRouter(prefix="/confirmations")


@router.get("")
async def waiting(request: Request, whose: OwnOrFor) -> Response:
    """What waits for a word."""
    return await _list(request, whose, Form())


@router.post("/{visit_id:uuid}/confirm")
async def confirm(request: Request, whose: OwnOrFor, key: FormKey, visit_id: UUID) -> Response:
    """Yes, that is right."""
    form = await read(request, SeenForm)
    if form.value is not None:
        try:
            await service.confirm(
                whose.call.with_key(key),
                community_id=whose.call.desk,
                visit_id=visit_id,
                version=form.value.version,
            )
        except TimebankError as error:
            return await _list(request, whose, form.refused(error), status=status_of(error))
        return redirect(request, f"{whose.base}/confirmations", Text(N_("已替本人确认")))
    return await _list(request, whose, form, status=422)


@router.post("/{visit_id:uuid}/dispute")
async def dispute(request: Request, whose: OwnOrFor, key: FormKey, visit_id: UUID) -> Response:
    """That is not right."""
    form = await read(request, MyObjectionForm)
    if form.value is not None:
        try:
            await service.dispute(
                whose.call.with_key(key),
                community_id=whose.call.desk,
                visit_id=visit_id,
                version=form.value.version,
                minutes=form.value.said_minutes,
                words=form.value.words,
            )
        except TimebankError as error:
            return await _list(request, whose, form.refused(error), tried=visit_id, status=status_of(error))
        said = Text(N_("已告诉社区；社区会问问两位，在这以前先不记账"))
        return redirect(request, f"{whose.base}/confirmations", said)
    return await _list(request, whose, form, tried=visit_id, status=422)


async def _list(
    request: Request, whose: Whose, form: Form[Any], *, tried: UUID | None = None, status: int = 200
) -> Response:
    """`tried`: the visit whose form was refused."""
    language = language_of(request)
    context = {
        "rows": await service.to_confirm(whose.call, community_id=whose.call.desk, member_id=whose.member_id),
        "form": form,
        "tried": tried,
        "wrongs": [(wrong.value, translate(label, language)) for wrong, label in WRONGS.items()],
        **words_for(clock.day_of(whose.call.now)),
    }
    return render(request, "visits/for_member.html", context, status=status)
