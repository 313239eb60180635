"""Reading imports and what they would do."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.delegates import queries as delegates
from timebank.access.guard import Told, nobody_listens
from timebank.access.kin import queries as kin
from timebank.core.errors import NotFound
from timebank.core.sealing import Seal
from timebank.hours import queries as hours
from timebank.hours import steps as hours_steps
from timebank.membership import columns as columns_of
from timebank.membership import merging, opening, rules
from timebank.membership.errors import ImportClosed
from timebank.membership.model import (
    CardFate,
    Cell,
    ImportKind,
    ImportStatus,
    ImportView,
    MergeLook,
    OpeningBalance,
    OpeningLook,
    OpeningPreview,
    OpeningRow,
    Outcome,
    Preview,
    Progress,
    RefusedRows,
    RosterLook,
    RowPlan,
    Sheet,
    Stage,
)
from timebank.membership.recognition import Register
from timebank.membership.tables import ColumnName, Import, ImportProgress
from timebank.pairing import queries as pairing
from timebank.people import queries as people
from timebank.people.errors import NotWithOneself
from timebank.people.id_numbers import index_id
from timebank.people.model import MemberView
from timebank.requests import queries as requests
from timebank.schemes import queries as schemes
from timebank.visits import queries as visits

LISTED_MAX = 50


async def imports(db: AsyncSession, community_id: UUID, kind: ImportKind) -> list[ImportView]:
    """The last imports of a community, the newest first."""
    rows = await db.scalars(
        select(Import)
        .where(Import.community_id == community_id, Import.kind == kind)
        .order_by(Import.made_at.desc(), Import.id.desc())
        .limit(LISTED_MAX)
    )
    return [view(row) for row in rows]


async def the_import(
    db: AsyncSession, community_id: UUID, import_id: UUID, kind: ImportKind, *, lock: bool = False
) -> Import:
    """One import of a community; raises `NotFound`."""
    query = select(Import).where(
        Import.id == import_id, Import.community_id == community_id, Import.kind == kind
    )
    # Not against keys: the progress that is written beside it refers to this row.
    row = await db.scalar(query.with_for_update(key_share=True) if lock else query)
    if row is None:
        raise NotFound
    return row


async def remembered(db: AsyncSession, community_id: UUID, kind: ImportKind) -> dict[str, str]:
    """What this community's coordinators said their columns mean; an empty field: left out."""
    rows = await db.execute(
        select(ColumnName.header, ColumnName.field).where(
            ColumnName.community_id == community_id, ColumnName.kind == kind
        )
    )
    return {row.header: row.field for row in rows}


async def progress(db: AsyncSession, import_id: UUID) -> Progress | None:
    """How far an import has come, if it was begun and said so; it runs as long as its row is locked."""
    row = await db.get(ImportProgress, import_id, populate_existing=True)
    if row is None:
        return None
    free = select(Import.id).where(Import.id == import_id).with_for_update(read=True, skip_locked=True)
    return Progress(
        stage=Stage(row.stage),
        done=row.done,
        total=row.total,
        by=row.by,
        at=row.at,
        running=await db.scalar(free) is None,
    )


async def preview(
    db: AsyncSession, row: Import, *, today: date, seal: Seal, told: Told = nobody_listens
) -> Preview:
    """What an uploaded roster would do now. Raises `ImportClosed`, `NoHeader`, `Invalid`."""
    sheet = open_sheet(row, seal)
    names = await remembered(db, row.community_id, ImportKind.ROSTER)
    found = await look_at_roster(db, row.community_id, sheet, names, today=today, seal=seal, told=told)
    return Preview(made=view(row), **vars(found))


async def look_at_roster(
    db: AsyncSession,
    community_id: UUID,
    sheet: Sheet,
    names: Mapping[str, str],
    *,
    today: date,
    seal: Seal,
    told: Told = nobody_listens,
) -> RosterLook:
    """What a roster would do now, its columns named as in `names`. Raises `NoHeader`, `Invalid`."""
    table = columns_of.find_table(sheet, ImportKind.ROSTER, names)
    columns = columns_of.read_columns(table, ImportKind.ROSTER, names)
    needed = (await schemes.house_policy(db, community_id, today)).content.approvals_to_join
    # In a thread: other desks do not wait for a large file.
    planned = await asyncio.to_thread(
        rules.plan,
        table,
        columns,
        await register(db, community_id, seal=seal),
        community_id=community_id,
        branches={branch.name: branch.id for branch in await people.branches(db, community_id)},
        told=told,
        approvals_needed=needed,
    )
    return RosterLook(
        headers=table.headers, columns=columns, plan=planned, sheet=sheet.name, other_sheets=sheet.others
    )


async def preview_opening(db: AsyncSession, row: Import, *, seal: Seal) -> OpeningPreview:
    """What uploaded opening balances would post now. Raises `ImportClosed`, `NoHeader`, `Invalid`."""
    sheet = open_sheet(row, seal)
    names = await remembered(db, row.community_id, ImportKind.OPENING)
    found = await look_at_opening(db, row.community_id, sheet, names, seal=seal)
    return OpeningPreview(made=view(row), **vars(found))


async def look_at_opening(
    db: AsyncSession, community_id: UUID, sheet: Sheet, names: Mapping[str, str], *, seal: Seal
) -> OpeningLook:
    """What opening balances would post now. Raises `NoHeader`, `NoAmounts`, `OpeningTooLong`, `Invalid`."""
    table = columns_of.find_table(sheet, ImportKind.OPENING, names)
    columns = columns_of.read_columns(table, ImportKind.OPENING, names)
    opening.refuse_unusable(table, columns, rows_max=hours_steps.WISHES_MAX)
    known = await register(db, community_id, seal=seal)
    ids = [member.id for member in known.members]
    accounts = opening.Accounts(
        await hours.account_views(db, community_id, ids),
        opening.with_merged(await hours_steps.brought(db, community_id, ids), known.members),
    )
    rows = opening.plan(table, columns, known, accounts)
    return OpeningLook(
        headers=table.headers,
        columns=columns,
        rows=rows,
        digest=opening.digest(rows),
        sheet=sheet.name,
        other_sheets=sheet.others,
    )


async def refused_rows(db: AsyncSession, row: Import, *, today: date, seal: Seal) -> RefusedRows:
    """The rows of an upload that would be refused now. Raises `ImportClosed`, `NoHeader`, `Invalid`."""
    kind = ImportKind(row.kind)
    planned: Iterable[RowPlan | OpeningRow]
    if kind is ImportKind.ROSTER:
        planned = (await preview(db, row, today=today, seal=seal)).plan.of(Outcome.REFUSED)
    else:
        planned = (await preview_opening(db, row, seal=seal)).of(Outcome.REFUSED)
    names = await remembered(db, row.community_id, kind)
    table = columns_of.find_table(open_sheet(row, seal), kind, names)
    cells = dict(table.rows)
    return RefusedRows(headers=table.headers, rows=tuple((cells[one.row], one.reasons) for one in planned))


async def look_at_merge(db: AsyncSession, kept_id: UUID, ended_id: UUID, today: date) -> MergeLook:
    """What merging one record into another would do. Raises `NotFound`, `NotWithOneself`."""
    if kept_id == ended_id:
        raise NotWithOneself
    kept, ended = await people.member(db, kept_id), await people.member(db, ended_id)
    community_id = kept.community_id
    both = (kept_id, ended_id)
    accounts = await hours.account_views(db, community_id, both)
    balances = tuple(
        accounts[one].balance if one in accounts and not accounts[one].closed else None for one in both
    )
    visits_open = await visits.open_parties(db, both)
    proposals = [
        one for each in both for one in await pairing.open_proposals(db, community_id, member_id=each)
    ]
    pairs = [one for each in both for one in await pairing.living_pairs(db, community_id, member_id=each)]
    parties = [*visits_open, *((one.helper_id, one.recipient_id) for one in proposals)]
    parties += [(one.helper_id, one.recipient_id) for one in pairs]
    asked = [{one.request_id for one in proposals if one.helper_id == each} for each in both]
    requests_open, offers_open = await requests.open_of(db, ended_id)
    details = merging.filled(kept.details, ended.details, kept.status)
    return MergeLook(
        kept=kept,
        ended=ended,
        kept_minutes=balances[0].posted if balances[0] else None,
        minutes=balances[1].posted if balances[1] else None,
        visits=sum(ended_id in pair for pair in visits_open),
        requests=requests_open,
        offers=offers_open,
        proposals=sum(ended_id in (one.helper_id, one.recipient_id) for one in proposals),
        pairs=sum(ended_id in (one.helper_id, one.recipient_id) for one in pairs),
        card=await _card_fate(db, kept_id, ended_id),
        details=details,
        changes=merging.changes(kept, ended, details),
        obstacles=merging.obstacles(
            kept,
            ended,
            accounts=(balances[0], balances[1]),
            between=merging.is_between(parties, kept_id, ended_id),
            asked_twice=bool(asked[0] & asked[1]),
            tied=await _tied(db, ended_id, today),
        ),
    )


async def helping(db: AsyncSession, member: MemberView) -> int:
    """How many visits, proposals and pairs that are not over somebody is the helper of."""
    proposals = await pairing.open_proposals(db, member.community_id, member_id=member.id)
    pairs = await pairing.living_pairs(db, member.community_id, member_id=member.id)
    parties = await visits.open_parties(db, [member.id])
    helpers = [helper_id for helper_id, _ in parties]
    helpers += [one.helper_id for one in proposals] + [one.helper_id for one in pairs]
    return helpers.count(member.id)


async def _tied(db: AsyncSession, member_id: UUID, today: date) -> bool:
    family = [one for one in await kin.ties_of(db, member_id) if one.counts(today)]
    acting = [one for one in await delegates.delegates_of(db, member_id) if one.counts(today)]
    return bool(family or acting or await delegates.acting_for(db, [member_id], today))


async def _card_fate(db: AsyncSession, kept_id: UUID, ended_id: UUID) -> CardFate:
    if await access.live_card(db, ended_id) is None:
        return CardFate.NONE
    return CardFate.MOVES if await access.live_card(db, kept_id) is None else CardFate.STOPS


async def opening_of(db: AsyncSession, community_id: UUID, member_id: UUID) -> OpeningBalance:
    """A member's opening balance and the file it came from. Raises `NotFound`."""
    member = await people.member(db, member_id)
    if member.community_id != community_id:
        raise NotFound
    found = (await hours_steps.brought(db, community_id, [member_id]))[member_id]
    made = None
    if found.transfer_id is not None:
        about = (await hours.abouts(db, community_id, [found.transfer_id])).get(found.transfer_id)
        made = await db.get(Import, about.subject_id) if about else None
    return OpeningBalance(
        member=member,
        minutes=found.minutes,
        transfer_id=found.transfer_id,
        made=view(made) if made else None,
    )


async def register(db: AsyncSession, community_id: UUID, *, seal: Seal) -> Register:
    """Everybody of a community, to be recognised in a spreadsheet."""
    return Register(
        await people.members_of(db, community_id),
        await people.id_indexes(db, community_id),
        lambda id_number: index_id(seal, id_number),
    )


def view(row: Import) -> ImportView:
    """An import as the list shows it."""
    counts = {name: value for name, value in (row.outcome or {}).items() if isinstance(value, int)}
    return ImportView(
        id=row.id,
        community_id=row.community_id,
        kind=ImportKind(row.kind),
        file_name=row.file_name,
        status=ImportStatus(row.status),
        made_by=row.made_by,
        made_at=row.made_at,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        counts=counts,
    )


def open_sheet(row: Import, seal: Seal) -> Sheet:
    """The cells of an uploaded import; raises `ImportClosed`."""
    if row.content_sealed is None:
        raise ImportClosed
    kept = json.loads(seal.open(row.content_sealed, purpose=purpose(row.id)))
    rows = tuple(tuple(_cell(cell) for cell in cells) for cells in kept["rows"])
    return Sheet(kept["name"], rows, tuple(kept["others"]))


def purpose(import_id: UUID) -> str:
    """What an import's cells are sealed for."""
    return f"import {import_id}"


def write_sheet(sheet: Sheet) -> str:
    """The cells as JSON; a date is an object, so that a text that looks like one stays a text."""
    rows = [
        [{"day": cell.isoformat()} if isinstance(cell, date) else cell for cell in row] for row in sheet.rows
    ]
    return json.dumps({"name": sheet.name, "others": sheet.others, "rows": rows}, ensure_ascii=False)


def _cell(kept: Any) -> Cell:
    if isinstance(kept, dict):
        return date.fromisoformat(kept["day"])
    cell: Cell = kept
    return cell
