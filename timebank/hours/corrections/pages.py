"""Pages of corrections: the desk's list, and asking from an entry, at the desk or on a member's phone."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import OWN, DeskCall, FormKey, MemberCall, Whose
from timebank.access.guard import Call
from timebank.core.errors import N_, Text, TimebankError
from timebank.hours.corrections import rules, service
from timebank.hours.corrections.schemas import ApproveForm, AskForm, RefuseForm, SeenCorrection
from timebank.hours.my_pages import own_entry
from timebank.hours.pages import entry
from timebank.web.forms import Form, read
from timebank.web.render import redirect, render

router = APIRouter()


@router.get("/corrections")
async def corrections_page(request: Request, call: DeskCall) -> Response:
    """What waits for a second person, here and next door, and how the others ended."""
    return await _list(request, call, Form())


@router.post("/accounts/entries/{transfer_id:uuid}/correction")
async def ask_at_desk(request: Request, call: DeskCall, key: FormKey, transfer_id: UUID) -> Response:
    """Ask that an entry be taken back."""
    form = await read(request, AskForm)
    if form.value is not None:
        try:
            await _ask(call.with_key(key), transfer_id, form.value)
        except TimebankError as error:
            form = form.refused(error)
        else:
            said = Text(N_("已请求更正；要等另一个人批准"))
            return redirect(request, f"/accounts/entries/{transfer_id}", said)
    return await entry(request, call, transfer_id, form, status=422)


@router.post("/me/passbook/{transfer_id:uuid}/correction")
async def ask_for_oneself(request: Request, call: MemberCall, key: FormKey, transfer_id: UUID) -> Response:
    """Ask that one of my entries be taken back."""
    form = await read(request, AskForm)
    if form.value is not None:
        try:
            await _ask(call.with_key(key), transfer_id, form.value)
        except TimebankError as error:
            form = form.refused(error)
        else:
            said = Text(N_("已告诉社区。工作人员看过以后，会在这里写明。"))
            return redirect(request, f"/me/passbook/{transfer_id}", said)
    return await own_entry(request, Whose(call, call.actor.id, OWN), transfer_id, form, status=422)


@router.post("/corrections/{correction_id:uuid}/approve")
async def approve(request: Request, call: DeskCall, key: FormKey, correction_id: UUID) -> Response:
    """Agree as a second person."""

    async def done(value: ApproveForm) -> Text:
        await service.approve_correction(
            call.with_key(key),
            community_id=value.community_id,
            correction_id=correction_id,
            version=value.version,
            forced=value.forced,
        )
        return Text(N_("已批准，反向记了一笔"))

    return await _do(request, call, correction_id, await read(request, ApproveForm), done)


@router.post("/corrections/{correction_id:uuid}/refuse")
async def refuse(request: Request, call: DeskCall, key: FormKey, correction_id: UUID) -> Response:
    """Do not agree, and say why."""

    async def done(value: RefuseForm) -> Text:
        await service.refuse_correction(
            call.with_key(key),
            community_id=value.community_id,
            correction_id=correction_id,
            version=value.version,
            word=value.word,
        )
        return Text(N_("没有批准；原因已写给请求的人"))

    return await _do(request, call, correction_id, await read(request, RefuseForm), done)


@router.post("/corrections/{correction_id:uuid}/withdraw")
async def withdraw(request: Request, call: DeskCall, key: FormKey, correction_id: UUID) -> Response:
    """Think better of it."""

    async def done(value: SeenCorrection) -> Text:
        await service.withdraw_correction(
            call.with_key(key),
            community_id=value.community_id,
            correction_id=correction_id,
            version=value.version,
        )
        return Text(N_("已撤回"))

    return await _do(request, call, correction_id, await read(request, SeenCorrection), done)


async def _ask(call: Call, transfer_id: UUID, value: AskForm) -> None:
    await service.ask_correction(
        call.because(value.reason),
        community_id=call.desk,
        transfer_id=transfer_id,
        reason=value.reason,
    )


async def _do(
    request: Request,
    call: Call,
    correction_id: UUID,
    form: Form[Any],
    done: Callable[[Any], Awaitable[Text]],
) -> Response:
    """Do it and say so; or show the list with what stands in the way at its row."""
    if form.value is None:
        return await _list(request, call, form, tried=correction_id, status=422)
    try:
        said = await done(form.value)
    except TimebankError as error:
        return await _list(request, call, form.refused(error), tried=correction_id, status=422)
    return redirect(request, "/corrections", said)


async def _list(
    request: Request, call: Call, form: Form[Any], *, tried: UUID | None = None, status: int = 200
) -> Response:
    after = request.query_params.get("after")
    found = await service.corrections(call, community_id=call.desk, after=after)
    context = {
        "found": found,
        "form": form,
        "blank": Form(),
        "tried": tried,
        "state_texts": rules.STATE_TEXTS,
        "state_tags": rules.STATE_TAGS,
    }
    return render(request, "hours/corrections.html", context, status=status)
