"""Pages of members: the list and search, a person's record, the card, branches."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup
from pydantic import ValidationError

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.people import calendar_pages, own_pages, rules, service, staff_pages
from timebank.people.choices import choices
from timebank.people.delegates import pages as delegate_pages
from timebank.people.kin import pages as kin_pages
from timebank.people.model import STATUS_LABELS, Profile
from timebank.people.schemas import (
    BranchChange,
    BranchForm,
    EditForm,
    Filters,
    ReasonForm,
    form_of,
)
from timebank.people.showing import ROLE_LABELS, both
from timebank.web.forms import Form, read
from timebank.web.problems import as_invalid
from timebank.web.render import language_of, redirect, render

router = APIRouter()
router.include_router(calendar_pages.router)
router.include_router(staff_pages.router)
router.include_router(own_pages.router)
router.include_router(kin_pages.router)
router.include_router(delegate_pages.router)

_SAVED = Text(N_("已保存"))


@router.get("/members")
async def members(request: Request, call: DeskCall) -> Response:
    """The members of this desk's community, narrowed by the query; hits in other communities below."""
    given = {name: value for name, value in request.query_params.items() if value}
    try:
        filters = Filters.model_validate(given)
    except ValidationError as error:
        raise as_invalid(error) from error
    page = await service.list_members(
        call,
        community_id=call.desk,
        words=filters.q,
        role=filters.role,
        status=filters.status,
        branch_id=filters.branch_id,
        away_on=clock.day_of(call.now) if filters.away else None,
        after=filters.after,
    )
    found = await service.find(call, words=filters.q) if filters.q else []
    branches = await service.branches(call, community_id=call.desk)
    asked = {k: v for k, v in filters.model_dump(mode="json", exclude={"after"}).items() if v}
    context = {
        "page": page,
        "filters": filters,
        "narrowed": bool(asked),
        "base": f"/members?{urlencode(asked)}" if asked else "/members",
        "elsewhere": [hit for hit in found if hit.member.community_id != call.desk],
        "branch_names": {branch.id: branch.name for branch in branches},
        "today": clock.day_of(call.now),
        "mask": rules.mask_phone,
        "status_labels": STATUS_LABELS,
        "selects": [
            ("role", N_("角色"), list(ROLE_LABELS.items()), filters.role),
            ("status", N_("状态"), list(STATUS_LABELS.items()), filters.status),
            ("branch_id", N_("小组"), [(b.id, b.name) for b in branches], str(filters.branch_id)),
            ("away", N_("外出"), [("today", N_("今天外出"))], filters.away),
        ],
    }
    return render(request, "people/members.html", context)


@router.get("/members/{member_id}/edit")
async def edit_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """A person's record to change."""
    known = await service.profile(call, member_id=member_id)
    return await _edit(request, call, known, Form(form_of(known.member)))


@router.post("/members/{member_id}/edit")
async def edit(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Take the change; if somebody changed the record meanwhile, show what, and lose nothing typed."""
    form = await read(request, EditForm)
    value = form.value
    if value is not None:
        try:
            await _save(call.with_key(key), member_id, value, version=value.version)
        except Stale:
            return await _changed_meanwhile(request, call.with_key(key), member_id, form)
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}", _SAVED)
    known = await service.profile(call, member_id=member_id)
    return await _edit(request, call, known, form, status=422)


@router.post("/members/{member_id}/id-number")
async def id_number(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Show the ID number in full, for a reason."""
    form = await read(request, ReasonForm)
    known = await service.profile(call, member_id=member_id)
    if form.value is not None:
        # Without a key: an answer that is kept would be an ID number in clear.
        shown = await service.unmask_id(call.because(form.value.reason), member_id=member_id)
        context = {"member": known.member, "id_number": shown}
        return render(request, "people/id_number.html", context)
    return await _edit(request, call, known, Form(form_of(known.member)), reason=form, status=422)


@router.get("/members/{member_id}/card")
async def card_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Before a card is printed."""
    known = await service.profile(call, member_id=member_id)
    return render(request, "people/card.html", {"member": known.member, "card": None})


@router.post("/members/{member_id}/card")
async def issue_card(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Print a new card; its secret and its PIN are shown here only."""
    known = await service.profile(call, member_id=member_id)
    # Without a key: an answer that is kept would be a PIN in clear.
    card = await service.issue_card(call, member_id=member_id)
    address = str(request.base_url.replace(path=f"/card/{card.secret}"))
    drawn = segno.make(address, micro=False, error="m").svg_inline(scale=4, border=2, svgclass=None)
    context = {"member": known.member, "card": card, "qr": Markup(drawn)}  # noqa: S704 - segno's own drawing
    return render(request, "people/card.html", context)


@router.post("/members/{member_id}/card/stop")
async def stop_card(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Stop a lost card."""
    await service.stop_card(call, member_id=member_id)
    return redirect(request, f"/members/{member_id}/card", Text(N_("卡已停用")))


@router.get("/branches")
async def branches_page(request: Request, call: DeskCall) -> Response:
    """The branches of this desk's community."""
    return await _branches(request, call, Form())


@router.post("/branches")
async def add_branch(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Add a branch."""
    form = await read(request, BranchForm)
    if form.value is not None:
        try:
            await service.add_branch(call.with_key(key), community_id=call.desk, name=form.value.name)
        except TimebankError as error:
            form = form.refused(error)
        else:
            said = Text(N_("已添加 {name}"), {"name": form.text("name")})
            return redirect(request, "/branches", said)
    return await _branches(request, call, form, status=422)


@router.post("/branches/{branch_id}")
async def rename_branch(request: Request, call: DeskCall, branch_id: UUID) -> Response:
    """Give a branch another name."""
    form = await read(request, BranchChange)
    if form.value is not None:
        try:
            await service.rename_branch(
                call, community_id=call.desk, branch_id=branch_id, **form.value.model_dump()
            )
        except Stale as error:
            branches = await service.branches(call, community_id=call.desk)
            named = {branch.id: branch.name for branch in branches}
            form = form.refused(error).against({"name": named.get(branch_id, "")})
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/branches", _SAVED)
    return await _branches(request, call, form, renaming=branch_id, status=422)


async def _edit(
    request: Request,
    call: Call,
    known: Profile,
    form: Form[EditForm],
    *,
    reason: Form[ReasonForm] | None = None,
    status: int = 200,
    **more: Any,
) -> Response:
    branches = await service.branches(call, community_id=known.member.community_id)
    context = {
        "member": known.member,
        "id_mask": known.member.id_mask,
        "form": form,
        "reason_form": reason or Form(),
        "options": choices(language_of(request), branches),
        "seen": json.dumps(form_of(known.member), ensure_ascii=False),
        "theirs": [],
        "changed_by": None,
        **more,
    }
    if status == 422 and form.raw.get("version"):
        # What was typed stands against what was seen then, not against what stands there now.
        context["seen"] = form.raw.get("seen", "{}")
        context["member"] = replace(known.member, version=form.raw["version"])
    return render(request, "people/edit.html", context, status=status)


async def _save(call: Call, member_id: UUID, value: EditForm, *, version: int) -> None:
    await service.change_member(
        call,
        member_id=member_id,
        version=version,
        details=value.details(),
        number=value.number,
        id_number=value.id_number,
    )


async def _changed_meanwhile(request: Request, call: Call, member_id: UUID, form: Form[EditForm]) -> Response:
    known = await service.profile(call, member_id=member_id)
    branches = await service.branches(call, community_id=known.member.community_id)
    names = {str(branch.id): branch.name for branch in branches}
    merged, theirs = both(_seen(form), form.raw, form_of(known.member), names)
    if not theirs and form.value is not None:
        # What was changed is not on this page, so both changes stand.
        await _save(call, member_id, form.value, version=known.member.version)
        return redirect(request, f"/members/{member_id}", _SAVED)
    return await _edit(
        request,
        call,
        known,
        Form(merged),
        status=409,
        theirs=theirs,
        changed_by=known.changed_by,
    )


def _seen(form: Form[EditForm]) -> dict[str, Any]:
    try:
        seen = json.loads(form.text("seen"))
    except ValueError:
        return {}
    return seen if isinstance(seen, dict) else {}


async def _branches(
    request: Request, call: Call, form: Form[Any], *, renaming: UUID | None = None, status: int = 200
) -> Response:
    """The branches with a form in each row; `renaming`: the row whose form was refused."""
    branches = await service.branches(call, community_id=call.desk)
    context = {
        "branches": branches,
        "form": Form() if renaming else form,
        "typed": form,
        "renaming": renaming,
    }
    return render(request, "people/branches.html", context, status=status)
