"""The page of the holiday calendar."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, Text, TimebankError
from timebank.requests.holidays import rules, service
from timebank.requests.holidays.schemas import DayForm, OnlyDay
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()
Year = Annotated[int | None, Query(ge=2004, le=2199)]


@router.get("/holidays")
async def calendar(request: Request, call: DeskCall, year: Year = None) -> Response:
    """The days off of a year."""
    return await _calendar(request, call, Form(), year or clock.day_of(call.now).year)


@router.post("/holidays")
async def set_day(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Say what a day is."""
    form = await read(request, DayForm)
    value = form.value
    year = value.day.year if value else clock.day_of(call.now).year
    if value is not None:
        seen = await service.calendar(call, community_id=call.desk, year=year)
        try:
            await service.set_day(
                call.with_key(key), district_id=seen.district.id, day=value.day, holiday=value.holiday
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/holidays?year={year}", Text(N_("已保存；下面写着这一天碰到哪些服务")))
    return await _calendar(request, call, form, year, status=422)


@router.post("/holidays/forget")
async def forget_day(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Back to what the country says."""
    form = await read(request, OnlyDay)
    year = form.value.day.year if form.value else clock.day_of(call.now).year
    if form.value is not None:
        seen = await service.calendar(call, community_id=call.desk, year=year)
        try:
            await service.forget_day(call.with_key(key), district_id=seen.district.id, day=form.value.day)
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/holidays?year={year}", Text(N_("已改回国家的安排")))
    return await _calendar(request, call, form, year, status=422)


async def _calendar(
    request: Request, call: Call, form: Form[Any], year: int, *, status: int = 200
) -> Response:
    seen = await service.calendar(call, community_id=call.desk, year=year)
    language = language_of(request)
    context = {
        "calendar": seen,
        "form": form,
        "year": year,
        "known": bool(rules.national(year)),
        "kinds": [(kind.value, translate(text, language)) for kind, text in rules.KIND_TEXTS.items()],
        "kind_texts": rules.KIND_TEXTS,
        "name_text": rules.name_text,
    }
    return render(request, "requests/holidays.html", context, status=status)
