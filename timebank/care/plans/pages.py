"""Pages of care plans: the list, one plan with what can be done, the form, the sheet to print."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.access.guard import Call
from timebank.care.plans import rules, service
from timebank.care.plans.model import GOALS_MAX, WORD_LENGTH_MAX, PlanPage
from timebank.care.plans.schemas import EndForm, PlanForm, ReviewForm, form_of
from timebank.core import clock
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.requests import words
from timebank.web.forms import Form, read
from timebank.web.i18n import say
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()
_WORDS = {"how_texts": rules.HOW_TEXTS, "staff_text": rules.STAFF, "words": words}


@router.get("/care/plans")
async def plans_page(
    request: Request, call: DeskCall, ended: bool = False, after: str | None = None
) -> Response:
    """Every running plan, the next to be looked at first."""
    page = await service.list_plans(call, community_id=call.desk, ended=ended, after=after)
    context = {"page": page, "ended": ended, "today": clock.day_of(call.now)}
    return render(request, "care/plans.html", context)


@router.get("/members/{member_id:uuid}/care-plans/new")
async def new_page(request: Request, call: WorkCall, member_id: UUID) -> Response:
    """An empty plan for one person."""
    return await _form(request, call, Form(), member_id)


@router.post("/members/{member_id:uuid}/care-plans/new")
async def begin(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Begin it."""
    form = await read(request, PlanForm)
    if form.value is not None:
        try:
            made = await service.begin_plan(
                call.with_key(key),
                community_id=call.desk,
                member_id=member_id,
                plan=form.value.plan(await _team(call, form.value)),
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/care/plans/{made}", Text(N_("已订立")))
    return await _form(request, call, form, member_id, status=422)


@router.get("/care/plans/{plan_id:uuid}")
async def one_page(request: Request, call: DeskCall, plan_id: UUID, version: int | None = None) -> Response:
    """One plan as it stands, or as it stood."""
    return await _one(request, call, plan_id, Form(), number=version)


@router.get("/care/plans/{plan_id:uuid}/sheet")
async def printed(request: Request, call: DeskCall, plan_id: UUID) -> Response:
    """The plan on one sheet, to sign and to keep at home."""
    found = await service.one_plan(call, community_id=call.desk, plan_id=plan_id)
    context = {"found": found, "view": found.view, "plan": found.view.latest.plan, **_WORDS}
    return render(request, "care/plan_sheet.html", context)


@router.get("/care/plans/{plan_id:uuid}/edit")
async def edit_page(request: Request, call: WorkCall, plan_id: UUID) -> Response:
    """Write it differently."""
    found = await service.one_plan(call, community_id=call.desk, plan_id=plan_id)
    return await _form(request, call, Form(form_of(found)), found.view.member_id, found)


@router.post("/care/plans/{plan_id:uuid}/edit")
async def edit(request: Request, call: DeskCall, key: FormKey, plan_id: UUID) -> Response:
    """Take the change; nothing typed is lost if somebody came first."""
    form = await read(request, PlanForm)
    found = await service.one_plan(call, community_id=call.desk, plan_id=plan_id)
    if form.value is not None:
        try:
            await service.change_plan(
                call.with_key(key),
                community_id=call.desk,
                plan_id=plan_id,
                plan=form.value.plan(await _team(call, form.value)),
                version=form.value.version or 0,
            )
        except Stale as error:
            form = form.refused(error).against(form_of(found))
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/care/plans/{plan_id}", Text(N_("已保存；以前的都留着")))
    return await _form(request, call, form, found.view.member_id, found, status=422)


@router.post("/care/plans/{plan_id:uuid}/review")
async def review(request: Request, call: DeskCall, key: FormKey, plan_id: UUID) -> Response:
    """It was looked at again."""
    form = await read(request, ReviewForm)
    value, status = form.value, 422
    if value is not None:
        try:
            await service.review_plan(
                call.with_key(key),
                community_id=call.desk,
                plan_id=plan_id,
                word=value.word,
                review_on=value.review_on,
                version=value.version,
            )
        except TimebankError as error:
            form, status = form.refused(error), status_of(error)
        else:
            told = Text(N_("复评已记下，下次 {day}"), {"day": value.review_on})
            return redirect(request, f"/care/plans/{plan_id}", told)
    return await _one(request, call, plan_id, form, status=status)


@router.post("/care/plans/{plan_id:uuid}/end")
async def end(request: Request, call: DeskCall, key: FormKey, plan_id: UUID) -> Response:
    """It is over."""
    form = await read(request, EndForm)
    status = 422
    if form.value is not None:
        try:
            await service.end_plan(
                call.with_key(key),
                community_id=call.desk,
                plan_id=plan_id,
                reason=form.value.reason,
                version=form.value.version,
            )
        except TimebankError as error:
            form, status = form.refused(error), status_of(error)
        else:
            return redirect(request, f"/care/plans/{plan_id}", Text(N_("方案已结束")))
    return await _one(request, call, plan_id, form, status=status)


async def _team(call: Call, value: PlanForm) -> Any:
    return await service.read_team(call, community_id=call.desk, lines=(value.team or "").splitlines())


async def _one(
    request: Request,
    call: Call,
    plan_id: UUID,
    form: Form[Any],
    *,
    number: int | None = None,
    status: int = 200,
) -> Response:
    found = await service.one_plan(call, community_id=call.desk, plan_id=plan_id, number=number)
    context = {
        "found": found,
        "view": found.view,
        "plan": found.view.latest.plan,
        "newest": found.versions[0].number,
        "form": form,
        "today": clock.day_of(call.now),
        "word_max": WORD_LENGTH_MAX,
        **_WORDS,
    }
    return render(request, "care/plan.html", context, status=status)


async def _form(
    request: Request,
    call: Call,
    form: Form[Any],
    member_id: UUID,
    found: PlanPage | None = None,
    *,
    status: int = 200,
) -> Response:
    member, standing = await service.planning(call, community_id=call.desk, member_id=member_id)
    language = language_of(request)
    kept = found.requests if found else ()
    # What belongs to the plan already and has ended stays to be chosen, else saving would drop it unseen.
    options = [
        (
            str(one.id),
            f"{say(words.category(one.wish.category), language)} · {say(words.status(one.status), language)}",
        )
        for one in {one.id: one for one in (*standing, *kept)}.values()
    ]
    context = {
        "form": form,
        "member": member,
        "requests": options,
        "goals_max": GOALS_MAX,
        "action": f"/care/plans/{found.view.id}/edit" if found else f"/members/{member_id}/care-plans/new",
        "back": f"/care/plans/{found.view.id}" if found else f"/members/{member_id}",
    }
    return render(request, "care/plan_form.html", context, status=status)
