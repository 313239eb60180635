"""Pages of keeping a pair: notes, and a substitute for once."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.access.guard import Call
from timebank.core.errors import N_, FieldError, Invalid, Text, TimebankError
from timebank.pairing import pages, words
from timebank.pairing.keeping import service
from timebank.pairing.keeping.schemas import NoteForm, SubstituteForm
from timebank.requests import service as requests
from timebank.visits.errors import Doubtful
from timebank.web.forms import Form, read
from timebank.web.render import redirect, render

router = APIRouter()


@router.post("/pairs/{pair_id:uuid}/notes")
async def note(request: Request, call: DeskCall, key: FormKey, pair_id: UUID) -> Response:
    """Write down what was done for a pair."""
    form = await read(request, NoteForm)
    if form.value is not None:
        try:
            await service.note(
                call.with_key(key), community_id=call.desk, pair_id=pair_id, **form.value.model_dump()
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/pairs/{pair_id}", Text(N_("已记下")))
    return await pages.pair_page(request, call, pair_id, noted=form, status=422)


@router.get("/pairs/{pair_id:uuid}/substitute/{visit_id:uuid}")
async def substitute_page(request: Request, call: WorkCall, pair_id: UUID, visit_id: UUID) -> Response:
    """Who could go once in the helper's place."""
    return await _substitute(request, call, pair_id, visit_id, Form())


@router.post("/pairs/{pair_id:uuid}/substitute/{visit_id:uuid}")
async def substitute(
    request: Request, call: DeskCall, key: FormKey, pair_id: UUID, visit_id: UUID
) -> Response:
    """Let them go."""
    form = await read(request, SubstituteForm)
    doubtful = False
    if form.value is not None:
        try:
            await service.substitute(
                call.with_key(key),
                community_id=call.desk,
                pair_id=pair_id,
                visit_id=visit_id,
                version=form.value.version,
                helper_id=await _meant(call, form.value),
                anyway=form.value.anyway,
            )
        except TimebankError as error:
            doubtful = isinstance(error, Doubtful)
            form = form.refused(error)
        else:
            return redirect(request, f"/pairs/{pair_id}", Text(N_("这次由另一位去；结对不变")))
    return await _substitute(request, call, pair_id, visit_id, form, doubtful=doubtful, status=422)


async def _meant(call: Call, value: SubstituteForm) -> UUID:
    if value.helper_id is not None:
        return value.helper_id
    found = await requests.meant(call, community_id=call.desk, words=value.who) if value.who.strip() else []
    if len(found) != 1:
        raise Invalid([FieldError("who", Text(N_("请写会员号，或写全名；同名的写会员号")))])
    return found[0].id


async def _substitute(
    request: Request,
    call: Call,
    pair_id: UUID,
    visit_id: UUID,
    form: Form[SubstituteForm],
    *,
    doubtful: bool = False,
    status: int = 200,
) -> Response:
    found = await service.substitutes(call, community_id=call.desk, pair_id=pair_id, visit_id=visit_id)
    context = {"found": found, "form": form, "doubtful": doubtful, "words": words}
    return render(request, "pairing/substitute.html", context, status=status)
