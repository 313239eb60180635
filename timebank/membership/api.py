"""Joining and importing for programs."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import Response

from timebank.access.doors import KeyedCall, SignedInCall
from timebank.access.guard import Call
from timebank.core.errors import FieldError
from timebank.core.provenance import Provenance
from timebank.membership import export, importing, service, spreadsheets
from timebank.membership.joining import service as joining
from timebank.membership.model import (
    FieldChange,
    FileKind,
    ImportKind,
    ImportView,
    Named,
    OpeningPreview,
    Outcome,
    Preview,
    RowPlan,
)
from timebank.membership.schemas import (
    AlikeRow,
    ApplyBody,
    ChangeRow,
    ColumnsBody,
    ExportBody,
    ImportRow,
    MergeBody,
    Merged,
    MergeView,
    MissingRow,
    MoveBody,
    PreviewRow,
    PreviewView,
    ProgressRow,
    ReasonRow,
    SignOffBody,
    TakeBackBody,
    TakenBack,
)
from timebank.people.model import NewMember, Status
from timebank.people.schemas import NewMemberBody
from timebank.people.views import Made, Versioned
from timebank.web.i18n import Language, say, translate
from timebank.web.render import language_of
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["membership"], route_class=VersionedRoute)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.post("/members", status_code=201)
async def take_in(call: SignedInCall, community_id: UUID, body: NewMemberBody) -> Made:
    """Take a person in; an active member's account is opened at once."""
    values = NewMember(
        details=body.details(), number=body.number, id_number=body.id_number, status=Status(body.status)
    )
    return Made(
        id=await joining.take_in(call, community_id=community_id, values=values, via=Provenance(body.via))
    )


@router.post("/members/{member_id}/status")
async def move(call: SignedInCall, community_id: UUID, member_id: UUID, body: MoveBody) -> Versioned:
    """Activate, pause, let go; 409 where somebody changed the record after `version`."""
    version = await joining.move(
        call, community_id=community_id, member_id=member_id, to=body.to, version=body.version
    )
    return Versioned(version=version)


@router.get("/imports/{kind}")
async def imports(call: SignedInCall, community_id: UUID, kind: ImportKind) -> list[ImportRow]:
    """The last imports, of rosters or of opening balances."""
    rows = await service.imports(call, community_id=community_id, kind=kind)
    return [import_row(row) for row in rows]


@router.post("/imports/{kind}", status_code=201)
async def upload(
    request: Request, call: SignedInCall, community_id: UUID, kind: ImportKind, file: UploadFile
) -> PreviewView:
    """Upload a roster or opening balances (.xlsx or .csv); what it would do."""
    content = await file.read()
    read = await asyncio.to_thread(spreadsheets.read, content, file.filename or "")
    made = await service.upload(call, community_id=community_id, kind=kind, file=read)
    return await _look(request, call, community_id, kind, made)


@router.get("/imports/{kind}/{import_id:uuid}")
async def preview(
    request: Request, call: SignedInCall, community_id: UUID, kind: ImportKind, import_id: UUID
) -> PreviewView:
    """What an upload would do now; 409 once it is applied or dropped."""
    return await _look(request, call, community_id, kind, import_id)


@router.put("/imports/{kind}/columns", status_code=204)
async def name_columns(
    call: SignedInCall, community_id: UUID, kind: ImportKind, body: ColumnsBody
) -> Response:
    """Say once what columns mean."""
    named = [Named(name.header, name.field) for name in body.columns]
    await service.name_columns(call, community_id=community_id, kind=kind, named=named)
    return Response(status_code=204)


@router.post("/imports/roster/{import_id}/apply")
async def apply(call: SignedInCall, community_id: UUID, import_id: UUID, body: ApplyBody) -> ImportRow:
    """Do what was previewed under `digest`; 409 if it would be something else by now.

    Of a long roster `progress` tells meanwhile how far it is.
    """
    made = await importing.bring_in(call, community_id=community_id, import_id=import_id, digest=body.digest)
    return import_row(made)


@router.get("/imports/roster/{import_id}/progress")
async def progress(call: SignedInCall, community_id: UUID, import_id: UUID) -> ProgressRow | None:
    """How far the import of a long roster is; null where it was not begun, or is over.

    Not `running`: it was broken off, nothing was done, and `apply` may begin it again.
    """
    found = await service.progress(call, community_id=community_id, import_id=import_id)
    return ProgressRow(**vars(found)) if found else None


@router.post("/imports/opening/{import_id}/sign-off")
async def sign_off(call: KeyedCall, community_id: UUID, import_id: UUID, body: SignOffBody) -> ImportRow:
    """Post the opening balances that were previewed under `digest`; 422 with the rows if the ledger refuses."""
    made = await service.sign_off(
        call, community_id=community_id, import_id=import_id, digest=body.digest, signed=body.signed()
    )
    return import_row(made)


@router.post("/members/{member_id}/opening/take-back")
async def take_back_opening(
    call: KeyedCall, community_id: UUID, member_id: UUID, body: TakeBackBody
) -> TakenBack:
    """Take a member's opening balance back, so that another can be brought in."""
    taken = await service.take_back_opening(
        call, community_id=community_id, member_id=member_id, reason=body.reason
    )
    return TakenBack(transfer_id=taken)


@router.delete("/imports/{kind}/{import_id:uuid}", status_code=204)
async def drop(call: SignedInCall, community_id: UUID, kind: ImportKind, import_id: UUID) -> Response:
    """Forget an upload."""
    await service.drop_import(call, community_id=community_id, kind=kind, import_id=import_id)
    return Response(status_code=204)


@router.get("/duplicates")
async def alike(call: SignedInCall, community_id: UUID) -> list[AlikeRow]:
    """Records two and two that may be one person's: to be looked at, and merged or left alone."""
    return [
        AlikeRow(
            name=one.name, one_id=one.id, one_number=one.number, other_id=other.id, other_number=other.number
        )
        for one, other in await service.alike(call, community_id=community_id)
    ]


@router.get("/members/{member_id}/merge")
async def look_at_merge(
    request: Request, call: SignedInCall, community_id: UUID, member_id: UUID, into: UUID
) -> MergeView:
    """What merging this record into another would do, and what stands against it."""
    found = await service.look_at_merge(call, community_id=community_id, kept_id=into, ended_id=member_id)
    language = language_of(request)
    counts = {name: getattr(found, name) for name in ("visits", "requests", "offers", "proposals", "pairs")}
    return MergeView(
        kept_id=found.kept.id,
        kept_version=found.kept.version,
        ended_id=found.ended.id,
        version=found.ended.version,
        minutes=found.minutes,
        card=found.card,
        changes=[_change(change, language) for change in found.changes],
        obstacles=[say(text, language) for text in found.obstacles],
        **counts,
    )


@router.post("/members/{member_id}/merge")
async def merge(call: KeyedCall, community_id: UUID, member_id: UUID, body: MergeBody) -> Merged:
    """Let this record end in another of the same person; it can't be undone. 422 with what stands against it."""
    kept = await service.merge(
        call.because(body.reason),
        community_id=community_id,
        kept_id=body.into,
        ended_id=member_id,
        version=body.version,
        kept_version=body.kept_version,
        reason=body.reason,
    )
    return Merged(id=kept)


@router.get("/roster.{kind}", response_class=Response)
async def export_roster(call: SignedInCall, community_id: UUID, kind: FileKind) -> Response:
    """Everybody as a spreadsheet (.xlsx or .csv) that can be brought back; ID numbers masked."""
    return await _exported(call.with_key(None), community_id, kind, {})


@router.post("/roster", response_class=Response)
async def export_with_ids(call: SignedInCall, community_id: UUID, body: ExportBody) -> Response:
    """The same with ID numbers in full; the reason is written down. An Idempotency-Key has no effect here."""
    asked = call.with_key(None)
    ids = await service.export_ids(asked.because(body.reason), community_id=community_id)
    return await _exported(asked, community_id, body.kind, ids)


def import_row(made: ImportView) -> ImportRow:
    """An import as the API shows it."""
    return ImportRow(
        id=made.id,
        kind=made.kind,
        file_name=made.file_name,
        status=made.status,
        made_by=made.made_by,
        made_at=made.made_at,
        closed_by=made.closed_by,
        closed_at=made.closed_at,
        counts=dict(made.counts),
    )


async def _exported(call: Call, community_id: UUID, kind: FileKind, ids: dict[UUID, str]) -> Response:
    roster = export.Roster(await service.export_roster(call, community_id=community_id), ids)
    if kind is FileKind.CSV:
        return await asyncio.to_thread(roster.as_csv)
    return Response(await asyncio.to_thread(roster.as_xlsx, ""), media_type=XLSX)


async def _look(
    request: Request, call: Call, community_id: UUID, kind: ImportKind, import_id: UUID
) -> PreviewView:
    language = language_of(request)
    if kind is ImportKind.OPENING:
        opening = await service.preview_opening(call, community_id=community_id, import_id=import_id)
        return _opening(opening, language)
    roster = await service.preview_roster(call, community_id=community_id, import_id=import_id)
    return _roster(roster, language)


def _opening(found: OpeningPreview, language: Language) -> PreviewView:
    return PreviewView(
        id=found.made.id,
        digest=found.digest,
        sheet=found.sheet,
        other_sheets=list(found.other_sheets),
        unknown_columns=list(found.columns.unknown),
        counts={outcome: found.count(outcome) for outcome in Outcome},
        rows=[
            PreviewRow(
                row=row.row,
                name=row.name,
                outcome=row.outcome,
                member_id=row.member.id if row.member else None,
                minutes=row.minutes,
                reasons=_reasons(row.reasons, language),
            )
            for row in found.rows
        ],
        total_minutes=found.total_minutes,
    )


def _reasons(reasons: Iterable[FieldError], language: Language) -> list[ReasonRow]:
    return [ReasonRow(column=one.field, detail=say(one.text, language)) for one in reasons]


def _roster(found: Preview, language: Language) -> PreviewView:
    return PreviewView(
        id=found.made.id,
        digest=found.plan.digest,
        sheet=found.sheet,
        other_sheets=list(found.other_sheets),
        unknown_columns=list(found.columns.unknown),
        counts={outcome: found.plan.count(outcome) for outcome in Outcome},
        rows=[_row(row, language) for row in found.plan.rows if row.outcome is not Outcome.UNCHANGED],
        missing=[MissingRow(member_id=m.id, number=m.number, name=m.name) for m in found.plan.missing],
        new_branches=[name for _, name in found.plan.new_branches],
    )


def _row(row: RowPlan, language: Language) -> PreviewRow:
    return PreviewRow(
        row=row.row,
        name=row.name,
        outcome=row.outcome,
        member_id=row.member.id if row.member else None,
        changes=[_change(change, language) for change in row.changes],
        reasons=_reasons(row.reasons, language),
        notes=[say(note, language) for note in row.notes],
    )


def _change(change: FieldChange, language: Language) -> ChangeRow:
    def said(words: tuple[str, ...]) -> list[str]:
        return [translate(word, language) for word in words]

    return ChangeRow(field=change.field, before=said(change.before), after=said(change.after))
