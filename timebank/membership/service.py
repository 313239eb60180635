"""Use cases of many: rosters in and out, opening balances, two records of one person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.errors import OwnAffair
from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Stale, Text
from timebank.hours import queries as hours_queries
from timebank.hours import steps as hours
from timebank.hours.errors import as_error
from timebank.hours.refusals import Refused
from timebank.membership import columns, opening, queries, steps
from timebank.membership.errors import ColumnsUnknown, ImportClosed, MergeRefused, PreviewChanged
from timebank.membership.model import (
    ImportKind,
    ImportStatus,
    ImportView,
    MergeLook,
    Named,
    OpeningBalance,
    OpeningLook,
    OpeningPreview,
    Outcome,
    Preview,
    Progress,
    RefusedRows,
    RosterLook,
    Signed,
    Upload,
)
from timebank.membership.tables import Import
from timebank.people import queries as people
from timebank.people.errors import ReasonNeeded
from timebank.people.id_numbers import open_id
from timebank.people.model import Brief, MemberView

# So many at a time are looked through; the next ones come up when these are dealt with.
ALIKE_MAX = 100
DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def _both(db: AsyncSession, arguments: dict[str, Any]) -> tuple[UUID, UUID]:
    return arguments["kept_id"], arguments["ended_id"]


@use_case(who=DESK, where="community_id")
async def upload(db: AsyncSession, act: Act, *, community_id: UUID, kind: ImportKind, file: Upload) -> UUID:
    """Keep a spreadsheet to look at before anything is done.

    Raises `NoHeader`, `Invalid`; for opening balances `NoAmounts`, `OpeningTooLong`.
    """
    names = await queries.remembered(db, community_id, kind)
    table = columns.find_table(file.sheet, kind, names)
    found = columns.read_columns(table, kind, names)
    if kind is ImportKind.OPENING:
        opening.refuse_unusable(table, found, rows_max=hours.WISHES_MAX)
    return await steps.keep_upload(
        db,
        community_id,
        file,
        kind=kind,
        import_id=act.id_for("import"),
        made_by=act.actor.name,
        now=act.now,
        seal=act.seal,
    )


@reading(who=DESK, where="community_id")
async def imports(db: AsyncSession, act: Act, *, community_id: UUID, kind: ImportKind) -> list[ImportView]:
    """The last imports, the newest first."""
    return await queries.imports(db, community_id, kind)


@reading(who=DESK, where="community_id")
async def one_import(
    db: AsyncSession, act: Act, *, community_id: UUID, kind: ImportKind, import_id: UUID
) -> ImportView:
    """One import, applied or not."""
    return queries.view(await queries.the_import(db, community_id, import_id, kind))


@reading(who=DESK, where="community_id")
async def progress(db: AsyncSession, act: Act, *, community_id: UUID, import_id: UUID) -> Progress | None:
    """How far an uploaded roster's import has come; None: it was not begun, is over, or is a short one."""
    row = await queries.the_import(db, community_id, import_id, ImportKind.ROSTER)
    return await queries.progress(db, row.id) if row.content_sealed is not None else None


@reading(who=DESK, where="community_id")
async def look_at_roster(
    db: AsyncSession, act: Act, *, community_id: UUID, file: Upload, named: Sequence[Named] = ()
) -> RosterLook:
    """What a roster would do, without keeping it; `named` says what columns mean, this once."""
    names = await queries.remembered(db, community_id, ImportKind.ROSTER) | columns.names_of(named)
    return await queries.look_at_roster(db, community_id, file.sheet, names, today=act.today, seal=act.seal)


@reading(who=DESK, where="community_id")
async def look_at_opening(
    db: AsyncSession, act: Act, *, community_id: UUID, file: Upload, named: Sequence[Named] = ()
) -> OpeningLook:
    """What opening balances would post, without keeping them; `named` says what columns mean, this once."""
    names = await queries.remembered(db, community_id, ImportKind.OPENING) | columns.names_of(named)
    return await queries.look_at_opening(db, community_id, file.sheet, names, seal=act.seal)


@reading(who=DESK, where="community_id")
async def preview_roster(db: AsyncSession, act: Act, *, community_id: UUID, import_id: UUID) -> Preview:
    """What an uploaded roster would do now. Raises `ImportClosed`."""
    row = await queries.the_import(db, community_id, import_id, ImportKind.ROSTER)
    return await queries.preview(db, row, today=act.today, seal=act.seal)


@reading(who=DESK, where="community_id")
async def refused_rows(
    db: AsyncSession, act: Act, *, community_id: UUID, kind: ImportKind, import_id: UUID
) -> RefusedRows:
    """The rows of an upload that are refused, to be corrected. Raises `ImportClosed`."""
    row = await queries.the_import(db, community_id, import_id, kind)
    return await queries.refused_rows(db, row, today=act.today, seal=act.seal)


@use_case(who=DESK, where="community_id")
async def name_columns(
    db: AsyncSession, act: Act, *, community_id: UUID, kind: ImportKind, named: Sequence[Named]
) -> None:
    """Say once what a column means; an empty field leaves it out. Raises `Invalid`."""
    fields = columns.field_names(kind)
    wrong = [
        FieldError(name.header, Text(N_("请从列出的选项里选")))
        for name in named
        if name.field and name.field not in fields
    ]
    if wrong:
        raise Invalid(wrong)
    await steps.name_columns(db, community_id, kind, named)


@use_case(who=DESK, where="community_id")
async def apply_roster(
    db: AsyncSession, act: Act, *, community_id: UUID, import_id: UUID, digest: str
) -> ImportView:
    """Do what was previewed under `digest`, in one transaction; refused rows are left out.

    Raises `ImportClosed`, `ColumnsUnknown`, `PreviewChanged`.
    """
    row = await queries.the_import(db, community_id, import_id, ImportKind.ROSTER, lock=True)
    found = await queries.preview(db, row, today=act.today, seal=act.seal, told=act.told)
    if found.columns.unknown:
        raise ColumnsUnknown(headers=found.columns.unknown)
    if found.plan.digest != digest:
        raise PreviewChanged
    await steps.apply_plan(
        db,
        community_id,
        found.plan,
        import_id=import_id,
        actor_id=act.actor.id,
        now=act.now,
        seal=act.seal,
        told=act.told,
    )
    return _close(row, act, {str(outcome): found.plan.count(outcome) for outcome in Outcome})


@reading(who=DESK, where="community_id")
async def preview_opening(
    db: AsyncSession, act: Act, *, community_id: UUID, import_id: UUID
) -> OpeningPreview:
    """What uploaded opening balances would post now. Raises `ImportClosed`."""
    row = await queries.the_import(db, community_id, import_id, ImportKind.OPENING)
    return await queries.preview_opening(db, row, seal=act.seal)


@use_case(who=DESK, where="community_id")
async def sign_off(
    db: AsyncSession, act: Act, *, community_id: UUID, import_id: UUID, digest: str, signed: Signed
) -> ImportView:
    """Post the opening balances that were previewed under `digest`, all or nothing; refused rows are left out.

    Raises `ImportClosed`, `ColumnsUnknown`, `PreviewChanged`, `OwnAffair`, `TotalDiffers`, `OpeningRefused`.
    """
    await steps.lock_openings(db, community_id)
    row = await queries.the_import(db, community_id, import_id, ImportKind.OPENING, lock=True)
    found = await queries.preview_opening(db, row, seal=act.seal)
    if found.columns.unknown:
        raise ColumnsUnknown(headers=found.columns.unknown)
    if found.digest != digest:
        raise PreviewChanged
    if opening.concerns(found, act.actor.memberships):
        raise OwnAffair
    opening.refuse_another_total(found, signed)
    await steps.post_openings(db, found, signed_by=act.actor.id, now=act.now)
    counts = {str(outcome): found.count(outcome) for outcome in Outcome}
    return _close(row, act, counts | {"total_minutes": found.total_minutes})


@reading(who=DESK, where="community_id")
async def opening_of(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> OpeningBalance:
    """A member's opening balance as it stands. Raises `NotFound`."""
    return await queries.opening_of(db, community_id, member_id)


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def take_back_opening(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, reason: str
) -> UUID:
    """Take a member's opening balance back, so that another can be brought in; the transfer taken back.

    Raises `NotFound`, `NotPosted`.
    """
    await steps.lock_openings(db, community_id)
    found = (await hours.brought(db, community_id, [member_id]))[member_id]
    if found.transfer_id is None:
        raise NotFound
    [answer] = await hours.reverse(
        db,
        community_id,
        [found.transfer_id],
        reason=reason,
        root=act.root,
        actor_id=act.actor.id,
        now=act.now,
    )
    if isinstance(answer, Refused):
        name = await hours_queries.name_of(db, community_id, answer.account_id)
        raise as_error(answer, answer.text(name))
    return found.transfer_id


@reading(who=DESK, where="community_id")
async def alike(db: AsyncSession, act: Act, *, community_id: UUID) -> list[tuple[Brief, Brief]]:
    """Records two and two that may be one person's, by name."""
    return await people.alike(db, community_id, limit=ALIKE_MAX)


@reading(who=DESK, where="community_id")
async def meant(db: AsyncSession, act: Act, *, community_id: UUID, words: str) -> list[Brief]:
    """Whom words typed for the other record may mean."""
    return await people.meant(db, community_id, words)


@reading(who=DESK, where="community_id")
async def look_at_merge(
    db: AsyncSession, act: Act, *, community_id: UUID, kept_id: UUID, ended_id: UUID
) -> MergeLook:
    """What merging one record into another would do. Raises `NotFound`, `NotWithOneself`."""
    found = await queries.look_at_merge(db, kept_id, ended_id, act.today)
    if community_id not in (found.kept.community_id, found.ended.community_id):
        raise NotFound
    return found


@use_case(who=DESK, where="community_id", on_behalf=_both)
async def merge(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    kept_id: UUID,
    ended_id: UUID,
    version: int,
    kept_version: int,
    reason: str,
) -> UUID:
    """Let a record, read at `version`, end in another of the same person; the kept one's id. It can't be undone.

    Nobody does it for themselves: both are parties. Raises `MergeRefused`, `NotPosted`, `Stale`, `OwnAffair`.
    """
    found = await queries.look_at_merge(db, kept_id, ended_id, act.today)
    if community_id not in (found.kept.community_id, found.ended.community_id):
        raise NotFound
    if (found.ended.version, found.kept.version) != (version, kept_version):
        raise Stale(found.ended.version)
    if found.obstacles:
        raise MergeRefused(found.obstacles)
    answer = await steps.merge(
        db,
        found,
        transfer_id=act.id_for("merge"),
        reason=reason,
        actor_id=act.actor.id,
        now=act.now,
        seal=act.seal,
    )
    if isinstance(answer, Refused):
        name = await hours_queries.name_of(db, community_id, answer.account_id)
        raise as_error(answer, answer.text(name))
    return kept_id


@use_case(who=DESK, where="community_id")
async def drop_import(
    db: AsyncSession, act: Act, *, community_id: UUID, kind: ImportKind, import_id: UUID
) -> ImportView:
    """Forget an upload; nothing was done with it. Raises `ImportClosed`."""
    row = await queries.the_import(db, community_id, import_id, kind, lock=True)
    if row.content_sealed is None:
        raise ImportClosed
    steps.close(row, status=ImportStatus.DROPPED, outcome={}, by=act.actor.name, now=act.now)
    return queries.view(row)


@reading(who=DESK, where="community_id")
async def may_export(db: AsyncSession, act: Act, *, community_id: UUID) -> None:
    """Only whoever may have the roster is asked as what they want it."""


@use_case(who=DESK, where="community_id")
async def export_roster(db: AsyncSession, act: Act, *, community_id: UUID) -> list[MemberView]:
    """Everybody of the community as a roster; written down, since it leaves the house."""
    everybody = await people.members_of(db, community_id)
    # Who was merged is there once; brought back, the ended record would be the same person a second time.
    return [member for member in everybody if member.merged_into is None]


@use_case(who=DESK, where="community_id")
async def export_ids(db: AsyncSession, act: Act, *, community_id: UUID) -> dict[UUID, str]:
    """Everybody's ID number in full but one's own, for a reason that is written down. Raises `ReasonNeeded`."""
    if not act.reason:
        raise ReasonNeeded
    sealed = await people.sealed_ids(db, community_id)
    return {
        member_id: open_id(act.seal, kept, member_id=member_id)
        for member_id, kept in sealed.items()
        if member_id not in act.actor.memberships
    }


def _close(row: Import, act: Act, counts: dict[str, int]) -> ImportView:
    steps.close(row, status=ImportStatus.APPLIED, outcome=counts, by=act.actor.name, now=act.now)
    return queries.view(row)
