"""Use cases of single dates: one skipped, moved or added; and what a changed holiday hits."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, Arguments, reading, use_case
from timebank.core.errors import Invalid, NotFound
from timebank.core.provenance import Provenance
from timebank.pairing import queries
from timebank.pairing.service.rounds import DESK, READERS
from timebank.pairing.steps import pairs as steps
from timebank.pairing.views import DatesPage, HolidayHit
from timebank.people import queries as people
from timebank.requests import queries as requests
from timebank.requests.model import Kind, RequestView
from timebank.requests.recurrence import queries as recurrence
from timebank.requests.recurrence import steps as recurrence_steps
from timebank.requests.recurrence.model import ChangeKind, DayChange, Series
from timebank.requests.recurrence.rules import change_problems, next_turns


async def _asking(db: AsyncSession, arguments: Arguments) -> Iterable[UUID]:
    return [(await requests.request(db, arguments["request_id"])).member_id]


async def _both(db: AsyncSession, arguments: Arguments) -> Iterable[UUID]:
    pair = await queries.pair(db, arguments["pair_id"])
    return [pair.helper_id, pair.recipient_id]


@reading(who=READERS, where="community_id")
async def dates_page(db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID) -> DatesPage:
    """The next dates of a standing request; raises `NotFound`."""
    view, series = await _standing(db, act, community_id, request_id)
    return DatesPage(view, await people.member(db, view.member_id), next_turns(series, act.today))


@use_case(who=DESK, where="community_id", on_behalf=_asking)
async def skip_date(
    db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID, version: int, on_day: date
) -> UUID:
    """Nobody comes on this one day; the change's id. Raises `NotFound`, `Stale`, `Invalid`."""
    change = DayChange(act.id_for("day_change"), ChangeKind.SKIP, on_day=on_day)
    return await _change(db, act, community_id, request_id, version, change)


@use_case(who=DESK, where="community_id", on_behalf=_asking)
async def move_date(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    request_id: UUID,
    version: int,
    on_day: date,
    to_day: date,
    from_minute: int,
) -> UUID:
    """This once on another day, or at another hour; the change's id. Raises `NotFound`, `Stale`, `Invalid`."""
    change = DayChange(act.id_for("day_change"), ChangeKind.MOVE, on_day, to_day, from_minute)
    return await _change(db, act, community_id, request_id, version, change)


@use_case(who=DESK, where="community_id", on_behalf=_asking)
async def add_date(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    request_id: UUID,
    version: int,
    to_day: date,
    from_minute: int,
) -> UUID:
    """Once more beside the rule; the change's id. Raises `NotFound`, `Stale`, `Invalid`."""
    change = DayChange(act.id_for("day_change"), ChangeKind.ADD, None, to_day, from_minute)
    return await _change(db, act, community_id, request_id, version, change)


@use_case(who=DESK, where="community_id", on_behalf=_asking)
async def undo_date(
    db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID, version: int, change_id: UUID
) -> None:
    """Let a changed date be as the rule has it. Raises `NotFound`, `Stale`."""
    await _standing(db, act, community_id, request_id)
    await recurrence_steps.hold(db, request_id, version=version)
    await recurrence_steps.undo_change(db, request_id, change_id, by=act.actor.id, now=act.now)
    await _follow(db, act, request_id)


@reading(who=READERS, where="community_id")
async def holiday_hits(db: AsyncSession, act: Act, *, community_id: UUID) -> list[HolidayHit]:
    """Visits that the calendar as it is now hits, with their people."""
    found = await queries.holiday_hits(db, community_id, act.now)
    both = {who for hit in found for who in (hit.pair.helper_id, hit.pair.recipient_id)}
    persons = await people.members(db, both)
    return [HolidayHit(hit, persons[hit.pair.helper_id], persons[hit.pair.recipient_id]) for hit in found]


@use_case(who=DESK, where="community_id", on_behalf=_both)
async def follow_calendar(db: AsyncSession, act: Act, *, community_id: UUID, pair_id: UUID) -> None:
    """Let a pair's visits be as the calendar now says. Raises `NotFound`."""
    pair = await steps.locked(db, community_id, pair_id)
    await steps.follow_dates(db, pair, by=act.actor.id, provenance=Provenance.DESK, now=act.now)


async def _change(
    db: AsyncSession, act: Act, community_id: UUID, request_id: UUID, version: int, change: DayChange
) -> UUID:
    _, series = await _standing(db, act, community_id, request_id)
    await recurrence_steps.hold(db, request_id, version=version)
    found = change_problems(series, change, today=act.today)
    if found:
        raise Invalid(found)
    await recurrence_steps.write_change(db, community_id, request_id, change, by=act.actor.id, now=act.now)
    await _follow(db, act, request_id)
    return change.id


async def _follow(db: AsyncSession, act: Act, request_id: UUID) -> None:
    pair = await queries.visiting_pair(db, request_id)
    if pair is not None:
        await steps.follow_dates(db, pair, by=act.actor.id, provenance=Provenance.DESK, now=act.now)


async def _standing(
    db: AsyncSession, act: Act, community_id: UUID, request_id: UUID
) -> tuple[RequestView, Series]:
    view = await requests.request(db, request_id)
    if view.community_id != community_id or view.wish.kind is not Kind.WEEKLY:
        raise NotFound
    return view, (await recurrence.series(db, community_id, [view], act.today))[request_id]
