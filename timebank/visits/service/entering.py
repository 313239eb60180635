"""Visits that have happened, told late or on paper, written down all at once with their true days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, use_case
from timebank.core.errors import N_, FieldError, Invalid, Text, TooLarge
from timebank.core.provenance import Provenance
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import ConfirmBy
from timebank.visits import queries, rules, steps
from timebank.visits.errors import OnlyThemselves
from timebank.visits.model import SHEET_ROWS_MAX, Move, Outcome, Served, Status, VisitView
from timebank.visits.service.checking import Facts, Meeting, barriers, facts
from timebank.visits.service.parties import DESK
from timebank.visits.tables import Visit

_OPEN = (Status.PLANNED, Status.ATTENDED, Status.CLAIMED)


@dataclass(frozen=True)
class Entered:
    """How a batch ended: the visits, and how many were posted at once."""

    outcomes: list[Outcome]
    posted: int


async def _parties_of_rows(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    rows: Sequence[Served] = arguments["rows"]
    return {member for row in rows for member in (row.helper_id, row.recipient_id)}


@use_case(who=DESK, where="community_id", on_behalf=_parties_of_rows)
async def enter(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    rows: list[Served],
    provenance: Provenance,
    signed: bool,
) -> Entered:
    """Write down visits that have happened, each with its true day, and post those that both sides signed.

    `signed` False: only the helper's word is known, and the recipient is still to confirm. All or none:
    raises `Invalid` naming field and row, `TooLarge` past 100 rows, `OnlyThemselves` where a scheme wants
    the recipient's own word and it came neither by hand nor on paper.
    """
    refuse_many(rows)
    known = await facts_of(db, community_id, rows)
    found = [
        error for n, row in enumerate(rows, 1) for error in await wrong_with(db, act, known, row, place=n)
    ]
    if found:
        raise Invalid(found)
    return await write(db, act, community_id, rows, provenance=provenance, signed=signed)


async def wrong_with(
    db: AsyncSession, act: Act, known: Facts, row: Served, *, place: int
) -> list[FieldError]:
    """Everything that refuses one line."""
    found = [
        FieldError(error.field, error.text, place)
        for error in rules.minutes_problems(row.minutes) + rules.day_problems(row.served_on, today=act.today)
    ]
    if row.began_at and row.ended_at and row.ended_at <= row.began_at:
        found.append(FieldError("end", Text(N_("结束时间要晚于开始时间")), place))
    if row.visit_id is not None:
        visit = known.planned.get(row.visit_id)
        if visit is None or visit.community_id != known.community_id:
            found.append(FieldError("number", Text(N_("没有这张服务单")), place))
        elif visit.status not in _OPEN:
            status = rules.status_text(visit.status)
            message = Text(N_("这一行已经登记过：服务单现在是“{status}”"), {"status": status})
            found.append(FieldError("number", message, place))
        elif visit.parties != {row.helper_id, row.recipient_id} or visit.helper_id != row.helper_id:
            found.append(FieldError("number", Text(N_("这个编号的服务单是另外两位的；请核对")), place))
    elif row.number is not None:
        found += await _wrong_number(db, row.number, place=place)
    return found + barriers(known, meeting_of(row), row=place)


async def _wrong_number(db: AsyncSession, number: int, *, place: int) -> list[FieldError]:
    if await queries.numbered(db, [number]):
        return [FieldError("number", Text(N_("这个编号的服务单是另外两位的；请核对")), place)]
    if not await queries.number_issued(db, number):
        return [FieldError("number", Text(N_("没有印过这个编号；抄错了就改，没有就空着")), place)]
    return []


async def facts_of(db: AsyncSession, community_id: UUID, rows: Sequence[Served]) -> Facts:
    """All that has to be known about these rows."""
    members = {member for row in rows for member in (row.helper_id, row.recipient_id)}
    known = await facts(db, community_id, member_ids=members, days={row.served_on for row in rows})
    return replace(known, planned=await queries.visits(db, [row.visit_id for row in rows if row.visit_id]))


async def write(
    db: AsyncSession,
    act: Act,
    community_id: UUID,
    rows: Sequence[Served],
    *,
    provenance: Provenance,
    signed: bool,
) -> Entered:
    """Write the rows down as claimed, and, if both sides signed, as confirmed and posted."""
    if signed and provenance is not Provenance.PAPER:
        await _refuse_hearsay(db, rows)
    fresh = [
        _columns(act, community_id, row, place=place, provenance=provenance)
        for place, row in enumerate(rows)
        if row.visit_id is None
    ]
    ids = [row.visit_id or act.id_for("visit", place) for place, row in enumerate(rows)]
    for plain in ([one for one in fresh if "number" not in one], [one for one in fresh if "number" in one]):
        if plain:
            await db.execute(insert(Visit), plain)
    await _fill_in(db, act, community_id, rows, provenance=provenance)
    made = await steps.locked_all(db, community_id, ids)
    if not signed:
        views = {visit.id: visit for visit in made}
        return Entered([Outcome(views[visit_id], posted=False) for visit_id in ids], posted=0)
    await steps.move_all(
        db,
        made,
        Move.CONFIRM,
        now=act.now,
        values=[
            {
                "confirmed_minutes": visit.claimed.minutes if visit.claimed else None,
                "confirmed_by": act.actor.id,
                "confirmed_at": act.now,
                "confirmed_source": provenance,
            }
            for visit in made
        ],
    )
    settlers = dict.fromkeys(ids, act.actor.id)
    outcomes = await steps.settle_many(db, community_id, settlers, now=act.now)
    return Entered(outcomes, posted=sum(outcome.posted for outcome in outcomes))


async def _refuse_hearsay(db: AsyncSession, rows: Sequence[Served]) -> None:
    versions = await schemes.scheme_policies(db, {row.scheme_id for row in rows})
    for row in rows:
        dated = scheme_rules.in_force(versions[row.scheme_id], row.served_on)
        if dated is not None and dated.content.confirm_by is ConfirmBy.RECIPIENT:
            raise OnlyThemselves


def _columns(
    act: Act, community_id: UUID, row: Served, *, place: int, provenance: Provenance
) -> dict[str, object]:
    number = {} if row.number is None else {"number": row.number}
    return {
        "id": act.id_for("visit", place),
        "community_id": community_id,
        "scheme_id": row.scheme_id,
        "category": row.category,
        "helper_id": row.helper_id,
        "recipient_id": row.recipient_id,
        "place": row.place,
        "note": row.note,
        "status": Status.CLAIMED,
        "revision": 0,
        "provenance": provenance,
        "created_by": act.actor.id,
        "created_at": act.now,
        "changed_at": act.now,
        "version": 1,
        **_claim(act, row, provenance),
        **number,
    }


async def _fill_in(
    db: AsyncSession, act: Act, community_id: UUID, rows: Sequence[Served], *, provenance: Provenance
) -> None:
    planned = {row.visit_id: row for row in rows if row.visit_id is not None}
    visits = await steps.locked_all(db, community_id, planned)
    by_columns: dict[tuple[str, ...], list[VisitView]] = {}
    values = {visit.id: _claim(act, planned[visit.id], provenance) for visit in visits}
    for visit in visits:
        by_columns.setdefault(tuple(values[visit.id]), []).append(visit)
    for alike in by_columns.values():
        await steps.move_all(db, alike, Move.CLAIM, now=act.now, values=[values[visit.id] for visit in alike])


def _claim(act: Act, row: Served, provenance: Provenance) -> dict[str, object]:
    values: dict[str, object] = {
        "served_on": row.served_on,
        "claimed_minutes": row.minutes,
        "claimed_by": act.actor.id,
        "claimed_at": act.now,
        "claimed_source": provenance,
    }
    if row.began_at and row.ended_at:
        values |= {
            "checked_in_at": row.began_at,
            "checked_in_source": provenance,
            "checked_out_at": row.ended_at,
            "checked_out_source": provenance,
        }
    return values


def meeting_of(row: Served) -> Meeting:
    """A row as a meeting of two people."""
    span = (row.began_at, row.ended_at) if row.began_at and row.ended_at else None
    return Meeting(
        scheme_id=row.scheme_id,
        category=row.category,
        helper_id=row.helper_id,
        recipient_id=row.recipient_id,
        on=row.served_on,
        minutes=row.minutes,
        span=span,
        visit_id=row.visit_id,
    )


def refuse_many(rows: Sequence[object]) -> None:
    """A batch has its limit."""
    if len(rows) > SHEET_ROWS_MAX:
        raise TooLarge(limit=SHEET_ROWS_MAX)
