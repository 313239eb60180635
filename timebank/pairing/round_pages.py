"""Pages that look at a round another way: tried out, on a plan of the neighbourhood, over months."""

import contextlib
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text, TimebankError
from timebank.pairing import reports, service, words
from timebank.pairing.errors import CannotPin, RoundClosed, RoundStopped, TriedOtherwise
from timebank.pairing.model import RunStage, Steering
from timebank.pairing.round_schemas import SteerForm, StopForm, WhatIfQuery
from timebank.pairing.running import keep_tried, what_if_round
from timebank.pairing.steering import EMPHASES, TERMS, emphasis_text
from timebank.pairing.views import WhatIfPage
from timebank.web.csv_files import csv_response
from timebank.web.forms import Form, asked_for, read
from timebank.web.i18n import say, translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()
_FAILED = Text(N_("这一批没有派成，什么都没有存下；请再派一批"))


@router.get("/rounds/under-way")
async def under_way(request: Request, call: DeskCall) -> Response:
    """How far the round is that is being worked out; once it is there, the round."""
    run = await service.round_run(call, community_id=call.desk)
    if run is None:
        return redirect(request, "/rounds")
    if run.alive(call.now):
        return render(request, "pairing/under_way.html", {"run": run})
    if run.stage is RunStage.ENDED:
        return redirect(request, f"/rounds/{run.round_id}")
    stopped = run.stage is RunStage.STOPPED
    return redirect(request, "/rounds", RoundStopped(by=run.stopped_by).text if stopped else _FAILED)


@router.post("/rounds/under-way")
async def stop(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Have no more of it; nothing is kept."""
    form = await read(request, StopForm)
    run = await service.round_run(call, community_id=call.desk)
    if form.value is not None and run is not None:
        # One that has come to its end meanwhile is shown, or whatever is run by now.
        with contextlib.suppress(RoundClosed, NotFound):
            await service.stop_round(call.with_key(key), community_id=call.desk, round_id=form.value.round_id)
    return redirect(request, "/rounds/under-way")


@router.get("/rounds/trends")
async def trends(request: Request, call: DeskCall) -> Response:
    """What rounds came to, month by month: a chart, a table, to print."""
    months = reports.months(await service.rounds_over_months(call, community_id=call.desk))
    context = {"months": months, "bars": reports.bars(months), "chart": reports, "words": words}
    return render(request, "pairing/trends.html", context)


@router.get("/rounds/trends.csv")
async def trends_file(request: Request, call: DeskCall) -> Response:
    """The same for a spreadsheet."""
    months = reports.months(await service.rounds_over_months(call, community_id=call.desk))
    language = language_of(request)
    header = [translate(column, language) for column in reports.COLUMNS]
    return csv_response(translate(N_("派单月报"), language), header, map(reports.cells, months))


@router.get("/rounds/{round_id:uuid}/plan")
async def plan(request: Request, call: DeskCall, round_id: UUID) -> Response:
    """The round on a plan of the neighbourhood, and the same as a list."""
    drawn = await service.drawn_round(call, community_id=call.desk, round_id=round_id)
    return render(request, "pairing/plan.html", {"page": drawn, "words": words})


@router.get("/rounds/{round_id:uuid}/what-if")
async def what_if(request: Request, call: DeskCall, round_id: UUID) -> Response:
    """What may be steered, before anything is tried."""
    asked = asked_for(request, WhatIfQuery)
    page = await service.what_if_page(
        call, community_id=call.desk, round_id=round_id, steering=await _kept(call, round_id)
    )
    raw = {name: str(value) for name in WhatIfQuery.model_fields if (value := getattr(asked, name))}
    return _page(request, page, Form(raw))


@router.post("/rounds/{round_id:uuid}/what-if")
async def try_out(request: Request, call: DeskCall, key: FormKey, round_id: UUID) -> Response:
    """See what the round would be; or keep it so, as a new round in place of this one. Nobody is asked."""
    form = await read(request, SteerForm)
    value = form.value
    if value is None:
        return await _untried(request, call, round_id, await _kept(call, round_id), form, status=422)
    if value.half:
        half = Invalid([FieldError(value.half, Text(N_("需求和服务者要一起选")))])
        return await _untried(request, call, round_id, value.steering, form.refused(half), status=422)
    # What was added is in the list by now, so that the next pair can be chosen.
    fresh: Form[Any] = Form()
    try:
        if value.then == "keep":
            made = await keep_tried(
                call.with_key(key),
                community_id=call.desk,
                round_id=round_id,
                steering=value.steering,
                seen=value.seen,
            )
            if made is None:
                return redirect(request, "/rounds/under-way")
            return redirect(request, f"/rounds/{made.id}", Text(N_("照试算的结果派好了；还没有打扰任何人")))
    except TriedOtherwise as error:
        fresh = fresh.refused(error)
    except TimebankError as error:
        refused, status = fresh.refused(error), status_of(error)
        return await _untried(request, call, round_id, value.steering, refused, status=status)
    try:
        page = await what_if_round(call, community_id=call.desk, round_id=round_id, steering=value.steering)
    except CannotPin as error:
        return await _untried(request, call, round_id, value.steering, fresh.refused(error), status=409)
    return _page(request, page, fresh, status=409 if fresh.problem else 200)


async def _untried(
    request: Request, call: Call, round_id: UUID, steering: Steering, form: Form[Any], *, status: int
) -> Response:
    """What was chosen so far, and what is wrong with it."""
    page = await service.what_if_page(call, community_id=call.desk, round_id=round_id, steering=steering)
    return _page(request, page, form, status=status)


async def _kept(call: Call, round_id: UUID) -> Steering:
    found = await service.round_page(call, community_id=call.desk, round_id=round_id)
    return found.detail.input.steering


def _page(request: Request, page: WhatIfPage, form: Form[Any], *, status: int = 200) -> Response:
    language = language_of(request)
    context = {
        "page": page,
        "form": form,
        "words": words,
        "rows": reports.rows(page.before, page.after) if page.before and page.after else [],
        "emphasis_text": emphasis_text,
        "request_options": [
            (
                one.request.id,
                f"{one.recipient.name} · {say(words.category_text(one.request.wish.category), language)}",
            )
            for one in page.requests
        ],
        "helper_options": [(one.id, one.name) for one in page.helpers],
        "terms": [(str(term), translate(label, language)) for term, label in TERMS.items()],
        "emphases": [(str(how), translate(label, language)) for how, label in EMPHASES.items()],
    }
    return render(request, "pairing/what_if.html", context, status=status)
