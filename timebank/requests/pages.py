"""Pages of requests: the desk's list and form, the member's few big choices."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from timebank.access.doors import DeskCall, FormKey, MemberCall, WorkCall
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, FieldError, Invalid, Stale, Text, TimebankError
from timebank.people.model import CATEGORY_LABELS, CIRCUMSTANCES, DIALECT_LABELS, NEED_LABELS, SKILL_LABELS
from timebank.requests import rules, service, words
from timebank.requests.forms import DeskRequest, Filters, form_of
from timebank.requests.model import HELPERS_MAX, Status, Wish
from timebank.requests.recurrence.rules import ON_HOLIDAYS_TEXTS, RHYTHM_TEXTS
from timebank.requests.schemas import Because, MaybeBecause, Seen
from timebank.web.forms import Form, read
from timebank.web.i18n import minutes, translate
from timebank.web.problems import as_invalid
from timebank.web.render import language_of, redirect, render

router = APIRouter()
DURATIONS = (15, 30, 45, 60, 90, 120, 180, 240, 300, 360, 480)
OFTEN = (
    "clinic",
    "shopping",
    "cleaning",
    "cooking",
    "company",
    "haircut",
    "repair",
    "phone_lesson",
    "errand",
)
BUTTONS = {
    "publish": (service.publish, N_("已发布，下一轮派单会看到")),
    "unpublish": (service.unpublish, N_("已撤回发布")),
    "reconsider": (service.reconsider, N_("回到待审核")),
}


@router.get("/requests")
async def requests_page(request: Request, call: DeskCall) -> Response:
    """The requests of this desk's community, the newest first."""
    filters = _query(request)
    listed = await service.list_requests(
        call,
        community_id=call.desk,
        statuses=[filters.status] if filters.status else [],
        member_id=filters.member,
        category=filters.category,
        after=filters.after,
    )
    base = "&".join(f"{k}={v}" for k, v in request.query_params.items() if k != "after")
    context = {
        "listed": listed,
        "filters": filters,
        "statuses": list(Status),
        "words": words,
        "base": f"/requests?{base}" if base else "/requests",
    }
    return render(request, "requests/list.html", context)


@router.get("/requests/new")
async def new_page(
    request: Request, call: WorkCall, who: str = "", member: UUID | None = None, category: str = ""
) -> Response:
    """First who, then one screen; what kind of help is chosen already if the address says so."""
    found = await service.meant(call, community_id=call.desk, words=who) if who.strip() else []
    if len(found) == 1:
        member = found[0].id
    if member is None:
        context = {"who": who, "found": found, "today": clock.day_of(call.now), "at": "/requests/new"}
        return render(request, "requests/who.html", context)
    return await _form(request, call, Form(), member_id=member, category=category)


@router.post("/requests/new")
async def submit(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Write down what was said."""
    form = await read(request, DeskRequest)
    value = form.value
    if value is not None:
        try:
            made = await service.submit(
                call.with_key(key),
                community_id=call.desk,
                member_id=value.member_id,
                wish=await _wish(call, value),
                provenance=value.provenance,
                publish=value.publish,
                anyway=value.anyway,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/requests/{made}", Text(N_("已登记")))
    return await _form(request, call, form, member_id=member_of(form), status=422)


@router.get("/requests/{request_id:uuid}")
async def one_page(request: Request, call: DeskCall, request_id: UUID) -> Response:
    """One request and what can be done with it."""
    return await _one(request, call, request_id, Form())


@router.get("/requests/{request_id:uuid}/edit")
async def edit_page(request: Request, call: DeskCall, request_id: UUID) -> Response:
    """Put it differently."""
    asked = await service.one(call, community_id=call.desk, request_id=request_id)
    return await _form(
        request,
        call,
        Form(form_of(asked.request, asked.numbers)),
        member_id=asked.member.id,
        request_id=request_id,
    )


@router.post("/requests/{request_id:uuid}/edit")
async def edit(request: Request, call: DeskCall, key: FormKey, request_id: UUID) -> Response:
    """Take the change; nothing typed is lost if somebody came first."""
    form = await read(request, DeskRequest)
    value = form.value
    if value is not None:
        try:
            await service.change(
                call.with_key(key),
                community_id=call.desk,
                request_id=request_id,
                wish=await _wish(call, value),
                version=value.version or 0,
            )
        except Stale as error:
            now = await service.one(call, community_id=call.desk, request_id=request_id)
            form = form.refused(error).against(form_of(now.request, now.numbers))
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/requests/{request_id}", Text(N_("已保存")))
    asked = await service.one(call, community_id=call.desk, request_id=request_id)
    return await _form(request, call, form, member_id=asked.member.id, request_id=request_id, status=422)


@router.post("/requests/{request_id:uuid}/reject")
async def reject(request: Request, call: DeskCall, key: FormKey, request_id: UUID) -> Response:
    """Not accepted, with the reason."""
    form = await read(request, Because)
    if form.value is None:
        return await _one(request, call, request_id, form, status=422)
    try:
        await service.reject(
            call.with_key(key).because(form.value.reason),
            community_id=call.desk,
            request_id=request_id,
            version=form.value.version,
            reason=form.value.reason,
        )
    except TimebankError as error:
        return await _one(request, call, request_id, form.refused(error), status=409)
    return redirect(request, f"/requests/{request_id}", Text(N_("已退回，会员会看到原因")))


@router.post("/requests/{request_id:uuid}/withdraw")
async def withdraw(request: Request, call: DeskCall, key: FormKey, request_id: UUID) -> Response:
    """No longer needed."""
    form = await read(request, MaybeBecause)
    try:
        await service.withdraw(
            call.with_key(key),
            community_id=call.desk,
            request_id=request_id,
            version=_version(form),
            reason=form.value.reason if form.value else None,
        )
    except TimebankError as error:
        return await _one(request, call, request_id, form.refused(error), status=409)
    return redirect(request, f"/requests/{request_id}", Text(N_("已撤回；撤错了可以重新审核")))


@router.post("/requests/{request_id:uuid}/{button}")
async def press(
    request: Request,
    call: DeskCall,
    key: FormKey,
    request_id: UUID,
    button: Literal["publish", "unpublish", "reconsider"],
) -> Response:
    """One of the buttons that need no reason."""
    form = await read(request, Seen)
    back = "/requests?status=submitted" if (await request.form()).get("back") == "list" else ""
    act, said = BUTTONS[button]
    try:
        await act(call.with_key(key), community_id=call.desk, request_id=request_id, version=_version(form))
    except TimebankError as error:
        return await _one(request, call, request_id, form.refused(error), status=409)
    return redirect(request, back or f"/requests/{request_id}", Text(said))


@router.get("/me/requests")
async def mine(request: Request, call: MemberCall, after: str | None = None) -> Response:
    """What I asked for, and how far it has come."""
    page = await service.of_member(call, community_id=call.desk, member_id=call.actor.id, after=after)
    return render(request, "requests/mine.html", {"page": page, "words": words})


@router.post("/me/requests/{request_id:uuid}/withdraw")
async def mine_withdraw(request: Request, call: MemberCall, key: FormKey, request_id: UUID) -> Response:
    """I do not need it any more."""
    form = await read(request, Seen)
    await service.withdraw(
        call.with_key(key), community_id=call.desk, request_id=request_id, version=_version(form)
    )
    return redirect(request, "/me/requests", Text(N_("已撤回")))


async def _wish(call: Call, value: DeskRequest) -> Wish:
    prefers = await service.numbered(call, community_id=call.desk, words=value.prefers)
    return value.wish(today=clock.day_of(call.now), prefers=prefers)


async def _form(
    request: Request,
    call: Call,
    form: Form[Any],
    *,
    member_id: UUID,
    request_id: UUID | None = None,
    category: str = "",
    status: int = 200,
) -> Response:
    language = language_of(request)
    asker = await service.asker(call, community_id=call.desk, member_id=member_id)
    schemes = await service.open_schemes(call, community_id=call.desk)

    def options(labels: dict[Any, str]) -> list[tuple[Any, str]]:
        return [(code, translate(label, language)) for code, label in labels.items()]

    context = {
        "form": form,
        "member": asker.member,
        "recorded": asker.circumstances,
        "request_id": request_id,
        "action": f"/requests/{request_id}/edit" if request_id else "/requests/new",
        "today": clock.day_of(call.now),
        "schemes": [(scheme.id, scheme.name) for scheme in schemes],
        "categories": options(CATEGORY_LABELS),
        "category": category if category in CATEGORY_LABELS else None,
        "skills": options({k: v for k, v in SKILL_LABELS.items() if k not in CATEGORY_LABELS}),
        "circumstances": options({code: NEED_LABELS[code] for code in CIRCUMSTANCES}),
        "dialects": options(DIALECT_LABELS),
        "kinds": options(dict(rules.KIND_TEXTS)),
        "branches": [(str(one.id), one.name) for one in await service.branches(call, community_id=call.desk)],
        "numbers": [(n, n) for n in range(1, HELPERS_MAX + 1)],
        "rhythms": options(dict(RHYTHM_TEXTS)),
        "on_holidays": options(dict(ON_HOLIDAYS_TEXTS)),
        "priorities": options(rules.PRIORITY_TEXTS),
        "provenances": options({k: rules.PROVENANCE_TEXTS[k] for k in rules.AT_DESK}),
        "weekdays": list(enumerate(translate(text, language) for text in rules.WEEKDAY_TEXTS)),
        "durations": [(n, minutes(n, language)) for n in DURATIONS],
    }
    return render(request, "requests/form.html", context, status=status)


async def _one(
    request: Request, call: Call, request_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    asked = await service.one(call, community_id=call.desk, request_id=request_id)
    context = {"asked": asked, "view": asked.request, "turns": asked.turns, "form": form, "words": words}
    return render(request, "requests/one.html", context, status=status)


def _version(form: Form[Any]) -> int:
    return form.value.version if form.value else 0


def often_first() -> list[str]:
    """Categories as a member's screen lists them."""
    return [*OFTEN, *(code for code in CATEGORY_LABELS if code not in OFTEN)]


def member_of(form: Form[Any]) -> UUID:
    """The member a form is about; `Invalid` where it names none."""
    try:
        return UUID(form.text("member_id"))
    except ValueError:
        raise Invalid([FieldError("member_id", Text(N_("请先选一位会员")))]) from None


def _query(request: Request) -> Filters:
    try:
        return Filters.model_validate({k: v for k, v in request.query_params.items() if v})
    except ValidationError as error:
        raise as_invalid(error) from error
