"""Pages of activities at the desk: the list, the plan, one activity and everybody in it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.access.guard import Call
from timebank.activities import rules, service, words
from timebank.activities.campaigns import service as campaigns
from timebank.activities.campaigns.model import Choice
from timebank.activities.errors import SeatsTaken
from timebank.activities.model import (
    PLACE_LENGTH_MAX,
    SEATS_MAX,
    STAFFING,
    TITLE_LENGTH_MAX,
    Part,
    Standing,
)
from timebank.activities.queries import When
from timebank.activities.schemas import CountsForForm, DeskPlan, Entering, Filters, Leaving, form_of
from timebank.core import clock
from timebank.core.errors import N_, FieldError, Invalid, Stale, Text, TimebankError
from timebank.core.provenance import Provenance
from timebank.hours.rules import PROVENANCES
from timebank.people.model import Brief
from timebank.requests.schemas import Because, Seen
from timebank.web.csv_files import csv_response
from timebank.web.forms import Form, asked_for, read
from timebank.web.i18n import say, translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()
WHENS = {When.COMING: N_("要举行的"), When.PAST: N_("过去的"), When.ALL: N_("全部")}
_ENROLLED = {
    Standing.ENROLLED: N_("{name}已报名"),
    Standing.WAITING: N_("名额已满，{name}排在候补里；有人不来就自动补上"),
    Standing.WALKED_IN: N_("{name}已报名"),
}
_LIMITS = {"title_max": TITLE_LENGTH_MAX, "place_max": PLACE_LENGTH_MAX, "seats_max": SEATS_MAX}


@router.get("/activities")
async def activities_page(request: Request, call: DeskCall) -> Response:
    """What is on in this desk's community."""
    given = asked_for(request, Filters)
    page = await service.list_activities(
        call,
        community_id=call.desk,
        when=given.when,
        kind=given.kind,
        words=given.words,
        after=given.after,
    )
    context = {
        "page": page,
        "given": given,
        "link": _link,
        "whens": [(one, translate(label, language_of(request))) for one, label in WHENS.items()],
        "kinds": _kinds(request),
        "words": words,
        "today": clock.day_of(call.now),
    }
    return render(request, "activities/list.html", context)


@router.get("/activities/export.csv")
async def activities_file(request: Request, call: DeskCall) -> Response:
    """The same list as a file, all of its pages."""
    given = asked_for(request, Filters)
    rows = await service.export(
        call, community_id=call.desk, when=given.when, kind=given.kind, words=given.words
    )
    language = language_of(request)
    cells = [
        words.cells(view, say(words.kind(view.plan.kind), language), say(words.status(view.status), language))
        for view in rows
    ]
    name = f"{translate(N_('活动'), language)} {clock.day_of(call.now)}"
    return csv_response(name, [translate(cell, language) for cell in words.COLUMNS], cells)


@router.get("/activities/new")
async def new_page(request: Request, call: WorkCall) -> Response:
    """An empty plan."""
    return await _form(request, call, Form())


@router.post("/activities/new")
async def plan(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Put it down."""
    form = await read(request, DeskPlan)
    if form.value is not None:
        try:
            made = await service.plan(
                call.with_key(key),
                community_id=call.desk,
                plan=form.value.plan,
                targets=frozenset(form.value.targets),
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/activities/{made}", Text(N_("已登记；现在可以报名了")))
    return await _form(request, call, form, status=422)


@router.get("/activities/{activity_id:uuid}")
async def one_page(request: Request, call: DeskCall, activity_id: UUID) -> Response:
    """One activity, everybody in it, and what can be done."""
    return await _one(request, call, activity_id, Form())


@router.get("/activities/{activity_id:uuid}/edit")
async def edit_page(request: Request, call: WorkCall, activity_id: UUID) -> Response:
    """Plan it differently."""
    view = await service.one(call, community_id=call.desk, activity_id=activity_id)
    return await _form(request, call, Form(form_of(view)), activity_id=activity_id)


@router.post("/activities/{activity_id:uuid}/edit")
async def edit(request: Request, call: DeskCall, key: FormKey, activity_id: UUID) -> Response:
    """Take the change; nothing typed is lost if somebody came first."""
    form = await read(request, DeskPlan)
    value = form.value
    if value is not None:
        try:
            await service.change(
                call.with_key(key),
                community_id=call.desk,
                activity_id=activity_id,
                plan=value.plan,
                version=value.version or 0,
            )
        except Stale as error:
            now = await service.one(call, community_id=call.desk, activity_id=activity_id)
            form = form.refused(error).against(form_of(now))
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/activities/{activity_id}", Text(N_("已保存")))
    return await _form(request, call, form, activity_id=activity_id, status=422)


@router.post("/activities/{activity_id:uuid}/people")
async def enter(request: Request, call: DeskCall, key: FormKey, activity_id: UUID) -> Response:
    """Somebody takes part, said at the desk or on the phone; where several may be meant, choose."""
    form = await read(request, Entering)
    value, found = form.value, list[Brief]()
    if value is not None:
        try:
            member_id, name, found = await _meant(call, value)
            if member_id is not None:
                stands = await _take_part(call.with_key(key), activity_id, member_id, value)
                return redirect(
                    request, f"/activities/{activity_id}", Text(_ENROLLED[stands], {"name": name})
                )
        except SeatsTaken as error:
            form = form.refused(error)
            # The next press stands them in the line.
            form.raw = {**form.raw, "or_wait": "true"}
        except TimebankError as error:
            form = form.refused(error)
    return await _one(request, call, activity_id, form, found=found, status=200 if found else 422)


@router.post("/activities/{activity_id:uuid}/people/leave")
async def leave(request: Request, call: DeskCall, key: FormKey, activity_id: UUID) -> Response:
    """Somebody does not come."""
    form = await read(request, Leaving)
    value = form.value
    if value is not None:
        try:
            await service.withdraw(
                call.with_key(key),
                community_id=call.desk,
                activity_id=activity_id,
                member_id=value.member,
                reason=value.reason,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/activities/{activity_id}", Text(N_("已取消报名")))
    return await _one(request, call, activity_id, form, status=422)


@router.post("/activities/{activity_id:uuid}/settle")
async def settle(request: Request, call: DeskCall, key: FormKey, activity_id: UUID) -> Response:
    """Post what was refused, now that something has changed."""
    form = await read(request, Seen)
    value, status = form.value, 422
    if value is not None:
        try:
            found = await service.settle(
                call.with_key(key), community_id=call.desk, activity_id=activity_id, version=value.version
            )
        except TimebankError as error:
            form, status = form.refused(error), status_of(error)
        else:
            told = N_("还有没记上的；原因写在旁边") if found.refused else N_("都记上账了")
            return redirect(request, f"/activities/{activity_id}", Text(told))
    return await _one(request, call, activity_id, form, status=status)


@router.post("/activities/{activity_id:uuid}/targets")
async def count_for(request: Request, call: DeskCall, key: FormKey, activity_id: UUID) -> Response:
    """It counts for these targets."""
    form = await read(request, CountsForForm)
    value, status = form.value, 422
    if value is not None:
        try:
            await service.count_for(
                call.with_key(key),
                community_id=call.desk,
                activity_id=activity_id,
                targets=frozenset(value.targets),
                version=value.version,
            )
        except TimebankError as error:
            form, status = form.refused(error), status_of(error)
        else:
            return redirect(request, f"/activities/{activity_id}", Text(N_("已保存")))
    return await _one(request, call, activity_id, form, status=status)


@router.post("/activities/{activity_id:uuid}/cancel")
async def cancel(request: Request, call: DeskCall, key: FormKey, activity_id: UUID) -> Response:
    """Call it off."""
    form = await read(request, Because)
    value = form.value
    if value is not None:
        try:
            await service.cancel(
                call.with_key(key),
                community_id=call.desk,
                activity_id=activity_id,
                version=value.version,
                reason=value.reason,
            )
        except TimebankError as error:
            return await _one(request, call, activity_id, form.refused(error), status=status_of(error))
        return redirect(request, f"/activities/{activity_id}", Text(N_("已取消；请打电话告诉报了名的人")))
    return await _one(request, call, activity_id, form, status=422)


@router.post("/activities/{activity_id:uuid}/restore")
async def restore(request: Request, call: DeskCall, key: FormKey, activity_id: UUID) -> Response:
    """It takes place after all."""
    form = await read(request, Seen)
    value = form.value
    if value is not None:
        try:
            await service.restore(
                call.with_key(key), community_id=call.desk, activity_id=activity_id, version=value.version
            )
        except TimebankError as error:
            return await _one(request, call, activity_id, form.refused(error), status=status_of(error))
        return redirect(request, f"/activities/{activity_id}", Text(N_("已恢复，报名都还在")))
    return await _one(request, call, activity_id, form, status=422)


async def _meant(call: Call, value: Entering) -> tuple[UUID | None, str, list[Brief]]:
    """Who was meant: one, or several to choose from. Raises `Invalid` where nobody was."""
    found = await service.meant(call, community_id=call.desk, words=value.who) if value.who else []
    chosen = next((one for one in found if one.id == value.member), None)
    if chosen is None and len(found) == 1:
        chosen = found[0]
    if chosen is not None:
        return chosen.id, chosen.name, []
    if not found:
        raise Invalid([FieldError("who", Text(N_("没有找到这位会员；请填姓名、拼音或会员号")))])
    return None, "", found


async def _take_part(call: Call, activity_id: UUID, member_id: UUID, value: Entering) -> Standing:
    who = {"community_id": call.desk, "activity_id": activity_id, "member_id": member_id}
    if value.part is Part.PARTICIPANT:
        return await service.enrol(call, **who, or_wait=value.or_wait, provenance=value.provenance)
    return await service.staff(call, **who, part=value.part, provenance=value.provenance)


async def _one(
    request: Request,
    call: Call,
    activity_id: UUID,
    form: Form[Any],
    *,
    found: Sequence[Brief] = (),
    status: int = 200,
) -> Response:
    gathering = await service.gathering(call, community_id=call.desk, activity_id=activity_id)
    view, language = gathering.activity, language_of(request)
    offered = await campaigns.choices(call, community_id=call.desk, day=view.plan.held_on)
    begun = call.now >= rules.begins_at(view.plan)
    schemes = await service.open_schemes(call, community_id=call.desk) if view.plan.scheme_id else []
    told = (Provenance.PHONE, Provenance.DESK, Provenance.PAPER)
    context = {
        "gathering": gathering,
        "view": view,
        "form": form,
        "found": found,
        "parts_taken": [
            (one, translate(label, language))
            for one, label in rules.PART_TEXTS.items()
            if one in STAFFING or not begun
        ],
        "provenances": [(one, translate(PROVENANCES[one], language)) for one in told],
        "today": clock.day_of(call.now),
        "scheme": next((one.name for one in schemes if one.id == view.plan.scheme_id), None),
        "targets": _boxes(offered),
        "counted": await service.targets(call, community_id=call.desk, activity_id=activity_id),
        "begun": begun,
        "words": words,
    }
    return render(request, "activities/one.html", context, status=status)


async def _form(
    request: Request, call: Call, form: Form[Any], *, activity_id: UUID | None = None, status: int = 200
) -> Response:
    # By the day that is typed only saving can tell which fit; those that are over are not offered.
    today = clock.day_of(call.now)
    offered = [] if activity_id else await campaigns.choices(call, community_id=call.desk, day=None)
    offered = [one for one in offered if one.until_on >= today]
    context = {
        "form": form,
        "activity_id": activity_id,
        "action": f"/activities/{activity_id}/edit" if activity_id else "/activities/new",
        "kinds": _kinds(request),
        "earners": [
            (one, translate(label, language_of(request))) for one, label in rules.EARNER_TEXTS.items()
        ],
        "schemes": [(one.id, one.name) for one in await service.open_schemes(call, community_id=call.desk)],
        "targets": _boxes(offered),
        "known_places": await service.places(call, community_id=call.desk),
        **_LIMITS,
    }
    return render(request, "activities/form.html", context, status=status)


def _boxes(offered: Sequence[Choice]) -> list[tuple[UUID | None, str]]:
    return [(one.target.id, f"{one.campaign} · {one.target.title}") for one in offered]


def _kinds(request: Request) -> list[tuple[object, str]]:
    language = language_of(request)
    return [(one, translate(label, language)) for one, label in rules.KIND_TEXTS.items()]


def _link(given: Filters, path: str = "/activities", **changes: object) -> str:
    """The same list with something changed, from its first page."""
    asked = given.model_dump(exclude={"after"}, exclude_none=True) | changes
    return f"{path}?{urlencode({name: str(value) for name, value in asked.items() if value})}"
