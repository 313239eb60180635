"""The sign-in sheet of an activity: printed, copied back in afterwards; and the report."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.access.guard import Call
from timebank.activities import service, words
from timebank.activities.model import GUESTS_MAX, STAFFING, TAKES_PART, Gathering, Part, SignIn
from timebank.activities.schemas import ReportForm, SheetForm
from timebank.core.amounts import MINUTES_VISIT_MAX
from timebank.core.errors import N_, FieldError, Invalid, Stale, Text, TimebankError
from timebank.web.forms import Form, read
from timebank.web.problems import status_of
from timebank.web.render import redirect, render

router = APIRouter()
BLANK_LINES = 12


@router.get("/activities/{activity_id:uuid}/sheet")
async def printed(request: Request, call: DeskCall, activity_id: UUID) -> Response:
    """The sheet to print: who is expected, and empty lines for whoever else comes."""
    gathering = await service.gathering(call, community_id=call.desk, activity_id=activity_id)
    context = {
        "view": gathering.activity,
        "staffing": gathering.of(*TAKES_PART, parts=STAFFING),
        "expected": gathering.of(*TAKES_PART, parts=(Part.PARTICIPANT,)),
        "blank": range(BLANK_LINES),
        "words": words,
    }
    return render(request, "activities/sheet.html", context)


@router.get("/activities/{activity_id:uuid}/sign-in")
async def sign_in_page(request: Request, call: WorkCall, activity_id: UUID) -> Response:
    """The sheet to copy into: whoever enrolled is ticked, so that only who is missing is touched."""
    gathering = await service.gathering(call, community_id=call.desk, activity_id=activity_id)
    return _sheet(request, gathering, Form(_as_it_stands(gathering)))


@router.post("/activities/{activity_id:uuid}/sign-in")
async def sign_in(request: Request, call: DeskCall, key: FormKey, activity_id: UUID) -> Response:
    """Take what was copied: all of it, or, where a line is wrong, nothing."""
    form = await read(request, SheetForm)
    gathering = await service.gathering(call, community_id=call.desk, activity_id=activity_id)
    served, wrong = _served(await request.form(), gathering)
    form.raw = {**form.raw, **served}
    status = 422
    if form.value is not None:
        try:
            view = await service.sign_in(
                call.with_key(key),
                community_id=call.desk,
                activity_id=activity_id,
                sheet=await _sheet_of(call, form.value, served, wrong),
                version=form.value.version,
            )
        except Stale as error:
            form, status = form.refused(error), status_of(error)
            form.raw = {**form.raw, "version": gathering.activity.version}
        except TimebankError as error:
            form, status = form.refused(error), status_of(error)
        else:
            told = Text(N_("录入了：共到场 {total} 人；请写小结"), {"total": view.heads.total})
            return redirect(request, f"/activities/{activity_id}/report", told)
    return _sheet(request, gathering, form, status=status)


@router.get("/activities/{activity_id:uuid}/report")
async def report_page(request: Request, call: DeskCall, activity_id: UUID) -> Response:
    """How it went, to write and to print."""
    gathering = await service.gathering(call, community_id=call.desk, activity_id=activity_id)
    report = gathering.activity.report
    written = {"notes": report.notes, "went_well": report.went_well} if report else {}
    return _report(request, gathering, Form({"version": gathering.activity.version, **written}))


@router.post("/activities/{activity_id:uuid}/report")
async def report(request: Request, call: DeskCall, key: FormKey, activity_id: UUID) -> Response:
    """Keep it."""
    form = await read(request, ReportForm)
    status = 422
    if form.value is not None:
        try:
            await service.report(
                call.with_key(key),
                community_id=call.desk,
                activity_id=activity_id,
                notes=form.value.notes,
                went_well=form.value.went_well,
                version=form.value.version,
            )
        except TimebankError as error:
            form, status = form.refused(error), status_of(error)
        else:
            return redirect(request, f"/activities/{activity_id}/report", Text(N_("小结已保存")))
    gathering = await service.gathering(call, community_id=call.desk, activity_id=activity_id)
    view = gathering.activity
    stands = view.report
    current = {
        "notes": stands.notes if stands else None,
        "went_well": stands.went_well if stands else None,
        "version": view.version,
    }
    return _report(request, gathering, form.against(current), status=status)


def _as_it_stands(gathering: Gathering) -> dict[str, object]:
    """The form as the sheet was typed in before, or else with everybody who is expected."""
    takings = [one.participation for one in gathering.of(*TAKES_PART)]
    held = any(one.came is not None for one in takings)
    enrolled = [str(one.member_id) for one in takings if one.standing.value == "enrolled"]
    came = [str(one.member_id) for one in takings if one.came]
    served = {f"minutes-{one.member_id}": one.served_minutes for one in takings if one.served_minutes}
    view = gathering.activity
    return {
        "came": came if held else enrolled,
        "guests": view.heads.guests if held else 0,
        "version": view.version,
        **served,
    }


def _served(data: FormData, gathering: Gathering) -> tuple[dict[str, str], list[FieldError]]:
    """The minutes beside each speaker and helper, and which of them are none."""
    found, wrong = {}, []
    for taking in gathering.of(*TAKES_PART, parts=STAFFING):
        name = f"minutes-{taking.member.id}"
        typed = str(data.get(name, "")).strip()
        found[name] = typed
        right = typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= MINUTES_VISIT_MAX
        if typed and not right:
            told = Text(N_("{name}的服务时长要在 1 和 1440 分钟之间"), {"name": taking.member.name})
            wrong.append(FieldError(name, told))
    return found, wrong


async def _sheet_of(call: Call, value: SheetForm, served: dict[str, str], wrong: list[FieldError]) -> SignIn:
    """What the form says. Raises `Invalid` with every line that means nobody."""
    if wrong:
        raise Invalid(wrong)
    lines = (value.walk_ins or "").splitlines()
    walked_in = await service.walk_ins(call, community_id=call.desk, lines=lines)
    came = frozenset(value.came) | walked_in
    minutes = {UUID(name.removeprefix("minutes-")): int(typed) for name, typed in served.items() if typed}
    return SignIn(
        came=came,
        guests=value.guests,
        served=tuple((member_id, said) for member_id, said in minutes.items() if member_id in came),
    )


def _sheet(request: Request, gathering: Gathering, form: Form[Any], *, status: int = 200) -> Response:
    context = {
        "view": gathering.activity,
        "form": form,
        "staffing": gathering.of(*TAKES_PART, parts=STAFFING),
        "expected": gathering.of(*TAKES_PART, parts=(Part.PARTICIPANT,)),
        "guests_max": GUESTS_MAX,
        "minutes_max": MINUTES_VISIT_MAX,
        "words": words,
    }
    return render(request, "activities/sign_in.html", context, status=status)


def _report(request: Request, gathering: Gathering, form: Form[Any], *, status: int = 200) -> Response:
    came = [one for one in gathering.takings if one.participation.came]
    context = {"gathering": gathering, "view": gathering.activity, "came": came, "form": form, "words": words}
    return render(request, "activities/report.html", context, status=status)
