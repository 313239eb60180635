"""Pages of opening balances: upload, look, sign off; and taking one back."""

import asyncio
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.membership import export, opening, service
from timebank.membership.columns import field_names
from timebank.membership.errors import PreviewChanged
from timebank.membership.model import ImportKind, ImportStatus, Outcome
from timebank.membership.pages import ROWS_SHOWN, download, refused_rows, take_names, uploaded_file
from timebank.membership.schemas import LEFT_OUT, ShowRows, SignOffForm, TakeBackForm
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.problems import as_invalid
from timebank.web.render import language_of, redirect, render

router = APIRouter()

_OUTCOMES = (Outcome.REFUSED, Outcome.NEW, Outcome.UNCHANGED)


@router.get("/members/opening")
async def opening_page(request: Request, call: DeskCall) -> Response:
    """Choose a file; what was signed off before."""
    return await _openings(request, call, Form())


@router.post("/members/opening")
async def upload(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Take the file in to look at it."""
    try:
        file = await uploaded_file(request)
        made = await service.upload(
            call.with_key(key), community_id=call.desk, kind=ImportKind.OPENING, file=file
        )
    except TimebankError as error:
        return await _openings(request, call, Form().refused(error), status=422)
    return redirect(request, f"/members/opening/{made}")


@router.get("/members/opening/example")
async def example(call: DeskCall) -> Response:
    """Everybody who is active, with the hours to be filled in."""
    members = await service.export_roster(call, community_id=call.desk)
    return download(await asyncio.to_thread(export.opening, members), "opening-balances.xlsx")


@router.get("/members/opening/{import_id}")
async def preview_page(request: Request, call: DeskCall, import_id: UUID) -> Response:
    """What would be posted; or what was."""
    return await _preview(request, call, import_id, Form())


@router.get("/members/opening/{import_id}/refused")
async def refused(request: Request, call: DeskCall, import_id: UUID) -> Response:
    """The refused rows as a spreadsheet to correct."""
    return await refused_rows(request, call, ImportKind.OPENING, import_id)


@router.post("/members/opening/{import_id}/columns")
async def name_columns(request: Request, call: DeskCall, import_id: UUID) -> Response:
    """Say what the unknown columns are."""
    await take_names(request, call, ImportKind.OPENING, import_id)
    return redirect(request, f"/members/opening/{import_id}", Text(N_("已记住，下次不再问")))


@router.post("/members/opening/{import_id}/sign-off")
async def sign_off(request: Request, call: DeskCall, key: FormKey, import_id: UUID) -> Response:
    """Post it."""
    form = await read(request, SignOffForm)
    value = form.value
    if value is None:
        return await _preview(request, call, import_id, form, status=422)
    try:
        made = await service.sign_off(
            call.with_key(key),
            community_id=call.desk,
            import_id=import_id,
            digest=value.digest,
            signed=value.signed(),
        )
    except TimebankError as error:
        status = 409 if isinstance(error, PreviewChanged | Stale) else 422
        return await _preview(request, call, import_id, form.refused(error), status=status)
    said = {"count": made.counts["new"], "total": Minutes(made.counts["total_minutes"])}
    return redirect(request, "/members/opening", Text(N_("已记账：{count} 人，合计 {total}"), said))


@router.post("/members/opening/{import_id}/drop")
async def drop(request: Request, call: DeskCall, import_id: UUID) -> Response:
    """Forget the upload."""
    await service.drop_import(call, community_id=call.desk, kind=ImportKind.OPENING, import_id=import_id)
    return redirect(request, "/members/opening", Text(N_("已放弃，什么都没有记账")))


@router.get("/members/{member_id}/opening")
async def member_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """One member's opening balance."""
    return await _of_member(request, call, member_id, Form())


@router.post("/members/{member_id}/opening")
async def take_back(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Take it back."""
    form = await read(request, TakeBackForm)
    if form.value is None:
        return await _of_member(request, call, member_id, form, status=422)
    try:
        await service.take_back_opening(
            call.with_key(key), community_id=call.desk, member_id=member_id, reason=form.value.reason
        )
    except TimebankError as error:
        return await _of_member(request, call, member_id, form.refused(error), status=422)
    said = Text(N_("已收回；可以再导入正确的期初余额"))
    return redirect(request, f"/members/{member_id}/opening", said)


async def _openings(request: Request, call: Call, form: Form[SignOffForm], *, status: int = 200) -> Response:
    earlier = await service.imports(call, community_id=call.desk, kind=ImportKind.OPENING)
    return render(request, "membership/openings.html", {"form": form, "imports": earlier}, status=status)


async def _preview(
    request: Request, call: Call, import_id: UUID, form: Form[SignOffForm], *, status: int = 200
) -> Response:
    made = await service.one_import(
        call, community_id=call.desk, kind=ImportKind.OPENING, import_id=import_id
    )
    if made.status is not ImportStatus.UPLOADED:
        return render(request, "membership/closed.html", {"made": made, "form": form}, status=status)
    try:
        shown = ShowRows.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise as_invalid(error) from error
    found = await service.preview_opening(call, community_id=call.desk, import_id=import_id)
    show = shown.show or next((outcome for outcome in _OUTCOMES if found.count(outcome)), Outcome.NEW)
    rows = [row for row in found.of(show) if row.row > shown.after]
    language = language_of(request)
    context = {
        "made": made,
        "found": found,
        "counts": [(outcome, found.count(outcome)) for outcome in _OUTCOMES],
        "show": show,
        "rows": rows[:ROWS_SHOWN],
        "next": rows[ROWS_SHOWN - 1].row if len(rows) > ROWS_SHOWN else None,
        "own": opening.concerns(found, call.actor.memberships),
        "fields": [
            (field, translate(label, language)) for field, label in field_names(ImportKind.OPENING).items()
        ],
        "left_out": LEFT_OUT,
        "form": form,
    }
    return render(request, "membership/opening.html", context, status=status)


async def _of_member(
    request: Request, call: Call, member_id: UUID, form: Form[TakeBackForm], *, status: int = 200
) -> Response:
    found = await service.opening_of(call, community_id=call.desk, member_id=member_id)
    context = {"found": found, "form": form}
    return render(request, "membership/member_opening.html", context, status=status)
