"""Paper: numbers for printed lines, and lines typed back as visits after one preview, all or none."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.access.kin.queries import kin_of_actor
from timebank.core import clock
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text, TooLarge
from timebank.core.provenance import Provenance
from timebank.people import queries as people
from timebank.people.model import CATEGORY_LABELS, Brief
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import SchemePolicy, SchemeView
from timebank.visits import queries, rules
from timebank.visits.model import SHEET_ROWS_MAX, Served, SheetRow, VisitView
from timebank.visits.service.checking import doubts
from timebank.visits.service.entering import Entered, facts_of, meeting_of, refuse_many, write, wrong_with
from timebank.visits.service.parties import DESK

# More do not fit beside the names on a sheet of A4; another kind is written by hand.
CATEGORIES_PRINTED = 7


@dataclass(frozen=True)
class Line:
    """A typed line as it was understood. `helpers`/`recipients`: several people it may mean."""

    row: SheetRow
    place: int
    helper: Brief | None = None
    recipient: Brief | None = None
    helpers: tuple[Brief, ...] = ()
    recipients: tuple[Brief, ...] = ()
    served: Served | None = None
    errors: tuple[FieldError, ...] = ()
    doubts: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Blank:
    """Lines to fill in with a pencil: their numbers, and the kinds of service to tick."""

    scheme: SchemeView
    numbers: tuple[int, ...]
    categories: tuple[str, ...]


async def _parties_of_sheet(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    lines = await _people(db, arguments["community_id"], arguments["rows"])
    return {brief.id for line in lines for brief in (line.helper, line.recipient) if brief}


@use_case(who=DESK, where="community_id")
async def reserve_numbers(db: AsyncSession, act: Act, *, community_id: UUID, count: int) -> int:
    """Numbers for blank lines about to be printed; the first of `count` that follow one another."""
    if not 1 <= count <= SHEET_ROWS_MAX:
        raise TooLarge(limit=SHEET_ROWS_MAX)
    # Held to the commit, so that a sheet's numbers follow one another whoever prints at the same moment.
    await db.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('timebank.visit_numbers', 0))"))
    taken = await db.scalars(
        text("SELECT nextval('timebank.visit_numbers') FROM generate_series(1, :n)"), {"n": count}
    )
    return int(min(taken))


@reading(who=DESK, where="community_id")
async def blank_sheet(
    db: AsyncSession, act: Act, *, community_id: UUID, scheme_id: UUID, first: int, count: int
) -> Blank:
    """A sheet of numbers given out before, to print, or print again. Raises `NotFound` for other numbers."""
    scheme = await schemes.scheme(db, scheme_id)
    if scheme.community_id != community_id or not await queries.number_issued(db, first + count - 1):
        raise NotFound
    versions = (await schemes.scheme_policies(db, {scheme_id}))[scheme_id]
    dated = scheme_rules.in_force(versions, act.today)
    policy = dated.content if dated else SchemePolicy()
    allowed = [code for code in CATEGORY_LABELS if scheme_rules.category_barrier(policy, code) is None]
    return Blank(scheme, tuple(range(first, first + count)), tuple(allowed[:CATEGORIES_PRINTED]))


@reading(who=DESK, where="community_id")
async def check_sheet(
    db: AsyncSession, act: Act, *, community_id: UUID, rows: list[SheetRow], scheme_id: UUID | None
) -> list[Line]:
    """What typed lines would become, with what is wrong or doubtful beside each; empty lines are left out."""
    return await _lines(db, act, community_id, rows, scheme_id)


@use_case(who=DESK, where="community_id", on_behalf=_parties_of_sheet)
async def apply_sheet(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    rows: list[SheetRow],
    scheme_id: UUID | None,
    provenance: Provenance = Provenance.PAPER,
    signed: bool = True,
) -> Entered:
    """Write down every line of a sheet, or, where one is wrong, none: raises `Invalid` with rows."""
    lines = await _lines(db, act, community_id, rows, scheme_id)
    found = [error for line in lines for error in line.errors]
    if found:
        raise Invalid(found)
    served = [line.served for line in lines if line.served]
    if not served:
        raise Invalid([FieldError("rows", Text(N_("还没有填任何一行")))])
    return await write(db, act, community_id, served, provenance=provenance, signed=signed)


async def _lines(
    db: AsyncSession, act: Act, community_id: UUID, rows: Sequence[SheetRow], scheme_id: UUID | None
) -> list[Line]:
    refuse_many(rows)
    planned = await queries.numbered(db, {row.number for row in rows if row.number is not None})
    lines = await _people(db, community_id, rows)
    involved = {one.id for line in lines for one in (line.helper, line.recipient) if one}
    kin = await kin_of_actor(db, act.actor, involved, act.today)
    understood = [_understood(act, line, planned.get(line.row.number or 0), scheme_id, kin) for line in lines]
    served = [line.served for line in understood if line.served]
    known = await facts_of(db, community_id, served)
    meetings = {line.place: meeting_of(line.served) for line in understood if line.served}
    made = []
    for line in understood:
        if line.served is None:
            made.append(line)
            continue
        wrong = [*line.errors, *await wrong_with(db, act, known, line.served, place=line.place)]
        wrong += _typed_twice(line, understood)
        beside = [meeting for place, meeting in meetings.items() if place != line.place]
        look = [] if wrong else doubts(known, meetings[line.place], beside=beside)
        made.append(replace(line, errors=tuple(wrong), doubts=tuple(look)))
    return made


async def _people(db: AsyncSession, community_id: UUID, rows: Sequence[SheetRow]) -> list[Line]:
    """Who is meant on each line that is not empty; a number of a planned visit says it too."""
    planned = await queries.numbered(db, {row.number for row in rows if row.number is not None})
    here = {number: view for number, view in planned.items() if view.community_id == community_id}
    briefs = await people.briefs(db, {member for view in here.values() for member in view.parties})
    asked: dict[str, list[Brief]] = {}

    async def meant(words: str, else_id: UUID | None) -> list[Brief]:
        if not words:
            return [briefs[else_id]] if else_id in briefs else []
        if words not in asked:
            asked[words] = await people.meant(db, community_id, words)
        return asked[words]

    lines = []
    for place, row in enumerate(rows, 1):
        view = here.get(row.number or 0)
        if row.is_empty:
            continue
        helpers = await meant(row.helper, view.helper_id if view else None)
        recipients = await meant(row.recipient, view.recipient_id if view else None)
        lines.append(
            Line(
                row,
                place,
                helper=helpers[0] if len(helpers) == 1 else None,
                recipient=recipients[0] if len(recipients) == 1 else None,
                helpers=tuple(helpers) if len(helpers) > 1 else (),
                recipients=tuple(recipients) if len(recipients) > 1 else (),
            )
        )
    return lines


def _understood(
    act: Act, line: Line, view: VisitView | None, scheme_id: UUID | None, kin: Collection[UUID]
) -> Line:
    """The line as a visit that has happened, or what is missing to make it one."""
    row, place = line.row, line.place
    found: list[FieldError] = []

    def wrong(field: str, message: str) -> None:
        found.append(FieldError(field, Text(message), place))

    for field, person, several in (
        ("helper", line.helper, line.helpers),
        ("recipient", line.recipient, line.recipients),
    ):
        problem = rules.person_problem(1 if person else len(several), field=field, row=place)
        found += [problem] if problem else []
        if person and person.id in act.actor.memberships:
            wrong(field, N_("这一行是您自己的事；请划掉，让另一位协调员录入"))
        elif person and person.id in kin:
            wrong(field, N_("这一行是您家人的事；请划掉，让另一位协调员录入"))
    category = row.category or (view.category if view else None)
    if category is None or category not in CATEGORY_LABELS:
        wrong("category", N_("请选服务类别"))
    day = row.served_on or (view.served_on if view else None)
    if day is None:
        wrong("served_on", N_("请填服务日期"))
    if (row.begin is None) != (row.end is None):
        wrong("end", N_("开始和结束时间要一起填"))
    minutes = row.minutes if row.minutes is not None else _between(row.begin, row.end)
    if minutes is None:
        wrong("minutes", N_("请填时长，或开始和结束时间"))
    scheme = view.scheme_id if view else scheme_id
    if scheme is None:
        wrong("scheme_id", N_("请选一个互助项目"))
    if found or not (line.helper and line.recipient and category and day and scheme) or minutes is None:
        return replace(line, errors=tuple(found))
    same = view is not None and {line.helper.id, line.recipient.id} == view.parties
    served = Served(
        category=category,
        helper_id=line.helper.id,
        recipient_id=line.recipient.id,
        served_on=day,
        minutes=minutes,
        scheme_id=scheme,
        began_at=_instant(day, row.begin),
        ended_at=_instant(day, row.end),
        number=row.number,
        visit_id=view.id if view is not None and same else None,
    )
    return replace(line, served=served)


def _typed_twice(line: Line, lines: Sequence[Line]) -> list[FieldError]:
    number = line.row.number
    if number is None or not any(o.row.number == number and o.place < line.place for o in lines):
        return []
    return [FieldError("number", Text(N_("这个编号在上面已经填过一次")), line.place)]


def _between(begin: time | None, end: time | None) -> int | None:
    if begin is None or end is None:
        return None
    return (end.hour * 60 + end.minute) - (begin.hour * 60 + begin.minute)


def _instant(day: date, at: time | None) -> datetime | None:
    return datetime.combine(day, at, tzinfo=clock.zone()) if at else None
