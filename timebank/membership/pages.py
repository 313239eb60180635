"""Pages of joining: a new member, where a membership stands, rosters in and out."""

import asyncio
from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.core.provenance import Provenance
from timebank.membership import export, importing, rules, service, spreadsheets
from timebank.membership.columns import field_names
from timebank.membership.errors import PreviewChanged
from timebank.membership.joining import service as joining
from timebank.membership.model import FileKind, ImportKind, ImportStatus, Named, Outcome, Upload
from timebank.membership.schemas import (
    LEFT_OUT,
    ApplyForm,
    ColumnsForm,
    ExportForm,
    MoveForm,
    NewMemberForm,
    ShowRows,
)
from timebank.people.choices import choices
from timebank.people.model import STATUS_LABELS, NewMember, Status
from timebank.web.forms import Form, read
from timebank.web.i18n import say, translate
from timebank.web.problems import as_invalid
from timebank.web.render import language_of, redirect, render

router = APIRouter()

ROWS_SHOWN = 100
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOVE_LABELS = {
    Status.APPLIED: N_("重新申请入会"),
    Status.SERVED: N_("不入会，只受助"),
    Status.ACTIVE: N_("转为在册"),
    Status.PAUSED: N_("暂停"),
    Status.LEFT: N_("办理退出"),
}


@router.get("/members/new")
async def new_page(request: Request, call: DeskCall) -> Response:
    """An empty form for a person; `?status=served`: a short one, for somebody who is only to be helped."""
    return await _new(request, call, Form())


@router.post("/members/new")
async def new(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Take a person in."""
    form = await read(request, NewMemberForm)
    value = form.value
    if value is not None:
        values = NewMember(
            details=value.details(),
            number=value.number,
            id_number=value.id_number,
            status=Status(value.status),
        )
        try:
            made = await joining.take_in(
                call.with_key(key), community_id=call.desk, values=values, via=Provenance(value.via)
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            if values.status is Status.APPLIED:
                said = Text(N_("{name} 的申请已登记"), {"name": value.name})
                return redirect(request, f"/members/{made}/application", said)
            served = values.status is Status.SERVED
            said = Text(
                N_("{name} 已登记为受助对象") if served else N_("{name} 已入会"), {"name": value.name}
            )
            return redirect(request, f"/members/{made}", said)
    return await _new(request, call, form, status=422)


@router.get("/members/{member_id}/standing")
async def standing_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Where a membership stands, and where it may go."""
    return await _standing(request, call, member_id)


@router.post("/members/{member_id}/standing")
async def move(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Move it."""
    form = await read(request, MoveForm)
    if form.value is not None:
        try:
            await joining.move(
                call.with_key(key), member_id=member_id, to=form.value.to, version=form.value.version
            )
        except TimebankError as error:
            form = form.refused(error)
            return await _standing(
                request, call, member_id, form, status=409 if isinstance(error, Stale) else 422
            )
        return redirect(request, f"/members/{member_id}", Text(N_("已保存")))
    return await _standing(request, call, member_id, form, status=422)


@router.get("/members/import")
async def import_page(request: Request, call: DeskCall) -> Response:
    """Choose a file; what came before."""
    return await _imports(request, call, Form())


@router.post("/members/import")
async def upload(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Take the file in to look at it."""
    try:
        made = await service.upload(
            call.with_key(key),
            community_id=call.desk,
            kind=ImportKind.ROSTER,
            file=await uploaded_file(request),
        )
    except TimebankError as error:
        return await _imports(request, call, Form().refused(error), status=422)
    return redirect(request, f"/members/import/{made}")


@router.get("/members/import/example")
async def example(call: DeskCall) -> Response:
    """An empty roster to fill in."""
    return download(await asyncio.to_thread(export.example), "roster-example.xlsx")


@router.get("/members/import/{import_id}")
async def preview_page(request: Request, call: DeskCall, import_id: UUID) -> Response:
    """What the roster would do; or what it did."""
    return await _preview(request, call, import_id)


@router.get("/members/import/{import_id}/refused")
async def refused(request: Request, call: DeskCall, import_id: UUID) -> Response:
    """The refused rows as a spreadsheet to correct."""
    return await refused_rows(request, call, ImportKind.ROSTER, import_id)


@router.post("/members/import/{import_id}/columns")
async def name_columns(request: Request, call: DeskCall, import_id: UUID) -> Response:
    """Say what the unknown columns are."""
    await take_names(request, call, ImportKind.ROSTER, import_id)
    return redirect(request, f"/members/import/{import_id}", Text(N_("已记住，下次不再问")))


@router.post("/members/import/{import_id}/apply")
async def apply(request: Request, call: DeskCall, key: FormKey, import_id: UUID) -> Response:
    """Do it."""
    form = await read(request, ApplyForm)
    if form.value is not None:
        try:
            made = await importing.begin(
                call.with_key(key), community_id=call.desk, import_id=import_id, digest=form.value.digest
            )
        except TimebankError as error:
            changed = isinstance(error, PreviewChanged | Stale)
            return await _preview(
                request, call, import_id, form.refused(error), status=409 if changed else 422
            )
        if made is None:
            return redirect(request, f"/members/import/{import_id}")
        values = {"new": made.counts.get("new", 0), "changed": made.counts.get("changed", 0)}
        return redirect(request, "/members", Text(N_("已导入：新增 {new} 位，更新 {changed} 位"), values))
    return await _preview(request, call, import_id, form, status=422)


@router.post("/members/import/{import_id}/drop")
async def drop(request: Request, call: DeskCall, import_id: UUID) -> Response:
    """Forget the upload."""
    await service.drop_import(call, community_id=call.desk, kind=ImportKind.ROSTER, import_id=import_id)
    return redirect(request, "/members/import", Text(N_("已放弃，什么都没有导入")))


@router.get("/members/export")
async def export_page(request: Request, call: DeskCall) -> Response:
    """As what the roster is wanted, and with which ID numbers."""
    return await _export_page(request, call, Form())


@router.get("/members/export/roster.{kind}")
async def export_roster(request: Request, call: DeskCall, kind: FileKind) -> Response:
    """Everybody as a spreadsheet; ID numbers masked."""
    return await _exported(request, call, kind, {})


@router.post("/members/export")
async def export_with_ids(request: Request, call: DeskCall) -> Response:
    """The same with ID numbers in full, for a reason."""
    form = await read(request, ExportForm)
    if form.value is None:
        return await _export_page(request, call, form, status=422)
    # Without a key: an answer that is kept would be ID numbers in clear.
    ids = await service.export_ids(call.because(form.value.reason), community_id=call.desk)
    return await _exported(request, call, form.value.kind, ids)


async def uploaded_file(request: Request) -> Upload:
    """The posted spreadsheet's cells; raises `NotASpreadsheet`, `TooManyCells`."""
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile):
        return spreadsheets.read(b"", "")
    content = await file.read()
    await file.close()
    # Off the event loop: a large sheet takes a second.
    return await asyncio.to_thread(spreadsheets.read, content, file.filename or "")


async def take_names(request: Request, call: Call, kind: ImportKind, import_id: UUID) -> None:
    """Remember what the columns of an upload mean; raises `Invalid`, `NotFound`."""
    await service.one_import(call, community_id=call.desk, kind=kind, import_id=import_id)
    form = await request.form()
    try:
        value = ColumnsForm(header=form.getlist("header"), field=form.getlist("field"))
    except ValidationError as error:
        raise as_invalid(error) from error
    chosen = [
        Named(header, "" if field == LEFT_OUT else field)
        for header, field in zip(value.header, value.field, strict=False)
        if field
    ]
    await service.name_columns(call, community_id=call.desk, kind=kind, named=chosen)


async def refused_rows(request: Request, call: Call, kind: ImportKind, import_id: UUID) -> Response:
    """The refused rows of an upload, each with why."""
    found = await service.refused_rows(call, community_id=call.desk, kind=kind, import_id=import_id)
    say_it = partial(say, language=language_of(request))
    return download(await asyncio.to_thread(export.refused, found, say_it), "refused.xlsx")


def download(content: bytes, name: str) -> Response:
    """A spreadsheet to save."""
    return Response(
        content, media_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


async def _export_page(
    request: Request, call: Call, form: Form[ExportForm], *, status: int = 200
) -> Response:
    await service.may_export(call, community_id=call.desk)
    return render(request, "membership/export.html", {"form": form}, status=status)


async def _exported(request: Request, call: Call, kind: FileKind, ids: dict[UUID, str]) -> Response:
    roster = export.Roster(await service.export_roster(call, community_id=call.desk), ids)
    if kind is FileKind.CSV:
        return await asyncio.to_thread(roster.as_csv)
    place = next((place.name for place in request.state.places if place.id == call.desk), "")
    return download(await asyncio.to_thread(roster.as_xlsx, place), "roster.xlsx")


async def _new(request: Request, call: Call, form: Form[NewMemberForm], *, status: int = 200) -> Response:
    branches = await joining.branches(call, community_id=call.desk)
    asked = form.text("status") or request.query_params.get("status", "")
    context = {
        "form": form,
        "options": choices(language_of(request), branches),
        "approvals_needed": await joining.approvals_needed(call, community_id=call.desk),
        "asked": asked,
    }
    return render(request, "membership/new.html", context, status=status)


async def _standing(
    request: Request,
    call: Call,
    member_id: UUID,
    form: Form[MoveForm] | None = None,
    *,
    status: int = 200,
) -> Response:
    member = await joining.standing(call, member_id=member_id)
    served = member.status is Status.SERVED
    context = {
        "member": member,
        "status_labels": STATUS_LABELS,
        "moves": [
            (to, N_("申请入会") if to is Status.APPLIED and served else label)
            for to, label in _MOVE_LABELS.items()
            if rules.may_move(member.status, to) and not member.merged_into
        ],
        "form": form or Form(),
    }
    return render(request, "membership/standing.html", context, status=status)


async def _imports(request: Request, call: Call, form: Form[ApplyForm], *, status: int = 200) -> Response:
    earlier = await service.imports(call, community_id=call.desk, kind=ImportKind.ROSTER)
    return render(request, "membership/import.html", {"form": form, "imports": earlier}, status=status)


async def _preview(
    request: Request,
    call: Call,
    import_id: UUID,
    form: Form[ApplyForm] | None = None,
    *,
    status: int = 200,
) -> Response:
    made = await service.one_import(call, community_id=call.desk, kind=ImportKind.ROSTER, import_id=import_id)
    if made.status is not ImportStatus.UPLOADED:
        return render(
            request, "membership/closed.html", {"made": made, "form": form or Form()}, status=status
        )
    progress = await service.progress(call, community_id=call.desk, import_id=import_id)
    if progress is not None and progress.running:
        return render(request, "membership/under_way.html", {"made": made, "progress": progress})
    try:
        shown = ShowRows.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise as_invalid(error) from error
    found = await service.preview_roster(call, community_id=call.desk, import_id=import_id)
    plan = found.plan
    show = shown.show or next((outcome for outcome in Outcome if plan.count(outcome)), Outcome.NEW)
    rows = [row for row in plan.of(show) if row.row > shown.after]
    language = language_of(request)
    context = {
        "made": made,
        "halted": progress,
        "found": found,
        "plan": plan,
        "counts": [(outcome, plan.count(outcome)) for outcome in Outcome],
        "show": show,
        "rows": rows[:ROWS_SHOWN],
        "next": rows[ROWS_SHOWN - 1].row if len(rows) > ROWS_SHOWN else None,
        "fields": [
            (field, translate(label, language)) for field, label in field_names(ImportKind.ROSTER).items()
        ],
        "left_out": LEFT_OUT,
        "form": form or Form(),
    }
    return render(request, "membership/preview.html", context, status=status)
