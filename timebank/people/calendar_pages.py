"""Pages of a member's calendar: the week, the absences, and with whom never to be paired."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core.errors import N_, FieldError, Invalid, Stale, Text, TimebankError
from timebank.people import rules, service
from timebank.people.model import ABSENCE_LABELS, Profile, Window
from timebank.people.schemas import AbsenceForm, ApartForm, WeekForm
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()

_SAVED = Text(N_("已保存"))


@router.get("/members/{member_id}/availability")
async def availability_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """When a member can help, day by day."""
    known = await service.profile(call, member_id=member_id)
    context = {"member": known.member, "form": Form(_week_of(known))}
    return render(request, "people/availability.html", context)


@router.post("/members/{member_id}/availability")
async def availability(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Take the week."""
    form = await read(request, WeekForm)
    if form.value is not None:
        try:
            windows = _week(form.value)
            await service.set_availability(
                call.with_key(key), member_id=member_id, windows=windows, version=form.value.version
            )
        except Stale as error:
            known = await service.profile(call, member_id=member_id)
            form = form.refused(error).against(_week_of(known))
            context = {"member": known.member, "form": form}
            return render(request, "people/availability.html", context, status=409)
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}", _SAVED)
    known = await service.profile(call, member_id=member_id)
    return render(request, "people/availability.html", {"member": known.member, "form": form}, status=422)


@router.get("/members/{member_id}/absences")
async def absences_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """When a member is away."""
    return await _absences(request, call, member_id, Form())


@router.post("/members/{member_id}/absences")
async def add_absence(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Note an absence."""
    form = await read(request, AbsenceForm)
    if form.value is not None:
        value = form.value
        try:
            await service.add_absence(
                call.with_key(key),
                member_id=member_id,
                from_on=value.from_on,
                until_on=value.until_on,
                kind=value.kind,
                note=value.note,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}/absences", Text(N_("已登记")))
    return await _absences(request, call, member_id, form, status=422)


@router.post("/members/{member_id}/absences/{absence_id}/remove")
async def remove_absence(request: Request, call: DeskCall, member_id: UUID, absence_id: UUID) -> Response:
    """The member is there after all."""
    await service.remove_absence(call, member_id=member_id, absence_id=absence_id)
    return redirect(request, f"/members/{member_id}/absences", Text(N_("已删掉")))


@router.get("/members/{member_id}/apart")
async def apart_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Whom a member must not be paired with."""
    return await _apart(request, call, member_id, Form())


@router.post("/members/{member_id}/apart")
async def keep_apart(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Add somebody."""
    form = await read(request, ApartForm)
    if form.value is not None:
        value = form.value
        known = await service.profile(call, member_id=member_id)
        try:
            other = await service.the_one(call, community_id=known.member.community_id, words=value.other)
            await service.keep_apart(
                call.with_key(key), member_id=member_id, other_id=other.id, reason=value.reason
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}/apart", _SAVED)
    return await _apart(request, call, member_id, form, status=422)


@router.post("/members/{member_id}/apart/{other_id}/remove")
async def allow_together(request: Request, call: DeskCall, member_id: UUID, other_id: UUID) -> Response:
    """The two may be paired again."""
    await service.allow_together(call, member_id=member_id, other_id=other_id)
    return redirect(request, f"/members/{member_id}/apart", _SAVED)


def _week_of(known: Profile) -> dict[str, object]:
    """A member's week as it stands in the form."""
    days = {
        f"day_{day}": rules.write_day(window for window in known.windows if window.weekday == day)
        for day in range(7)
    }
    return {**days, "version": known.member.week_version}


def _week(form: WeekForm) -> list[Window]:
    windows: list[Window] = []
    wrong = []
    for day in range(7):
        read_windows = rules.read_day(getattr(form, f"day_{day}"), day)
        if read_windows is None:
            wrong.append(FieldError(f"day_{day}", Text(N_("请写成 9:00-11:00, 14:00-16:30 这样"))))
        else:
            windows.extend(read_windows)
    if wrong:
        raise Invalid(wrong)
    return windows


async def _absences(
    request: Request, call: Call, member_id: UUID, form: Form[AbsenceForm], *, status: int = 200
) -> Response:
    known = await service.profile(call, member_id=member_id)
    language = language_of(request)
    context = {
        "member": known.member,
        "absences": known.absences,
        "absence_labels": ABSENCE_LABELS,
        "kind_options": [(kind, translate(label, language)) for kind, label in ABSENCE_LABELS.items()],
        "form": form,
    }
    return render(request, "people/absences.html", context, status=status)


async def _apart(
    request: Request, call: Call, member_id: UUID, form: Form[ApartForm], *, status: int = 200
) -> Response:
    known = await service.profile(call, member_id=member_id)
    context = {"member": known.member, "apart": known.apart, "form": form}
    return render(request, "people/apart.html", context, status=status)
