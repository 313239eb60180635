"""Reading activities and who takes part in them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.activities.model import (
    STAFFING,
    TAKES_PART,
    ActivityKind,
    ActivityView,
    Earners,
    Gathering,
    Heads,
    Invitation,
    Part,
    Participation,
    Planned,
    Report,
    Standing,
    Status,
    Taking,
)
from timebank.activities.settling.queries import posted
from timebank.activities.tables import Activity, ParticipationRow
from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, decode, lost_place
from timebank.core.provenance import Provenance
from timebank.people import queries as people
from timebank.visits.model import Refusal

PLACES_SHOWN = 50
# A member who looks at what is on sees so many.
INVITATIONS_MAX = 50


class When(StrEnum):
    """Which part of the list."""

    COMING = "coming"
    PAST = "past"
    ALL = "all"


async def activity(db: AsyncSession, activity_id: UUID) -> ActivityView:
    """One activity; raises `NotFound`."""
    found = await activities(db, [activity_id])
    if activity_id not in found:
        raise NotFound
    return found[activity_id]


async def activities(db: AsyncSession, activity_ids: Collection[UUID]) -> dict[UUID, ActivityView]:
    """Several activities by id; those not visible are left out."""
    views = await _views(db, select(Activity).where(Activity.id.in_(activity_ids)))
    return {view.id: view for view in views}


async def list_activities(
    db: AsyncSession,
    community_id: UUID,
    today: date,
    *,
    when: When = When.COMING,
    kind: ActivityKind | None = None,
    words: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[ActivityView]:
    """A page of activities by day: what comes, the next first; what is past or all, the latest first."""
    limit = min(limit, PAGE_ROWS_MAX)
    place = tuple_(Activity.held_on, Activity.from_minute, Activity.id)
    wanted = select(Activity).where(
        Activity.community_id == community_id, *_narrowed(when, today, kind, words)
    )
    start = _start(after)
    if when is When.COMING:
        wanted = wanted.order_by(Activity.held_on, Activity.from_minute, Activity.id)
        wanted = wanted.where(place > start) if start else wanted
    else:
        latest = (Activity.held_on.desc(), Activity.from_minute.desc(), Activity.id.desc())
        wanted = wanted.order_by(*latest)
        wanted = wanted.where(place < start) if start else wanted
    views = await _views(db, wanted.limit(limit + 1))
    keys = [[str(view.plan.held_on), str(view.plan.from_minute), str(view.id)] for view in views]
    return cut(views, limit=limit, key=keys)


async def gathering(db: AsyncSession, activity_id: UUID) -> Gathering:
    """An activity with everybody in it; raises `NotFound`."""
    view = await activity(db, activity_id)
    found = await _participations(db, ParticipationRow.activity_id == activity_id)
    known = await people.briefs(db, {one.member_id for one in found})
    takings = tuple(Taking(one, known[one.member_id]) for one in found)
    return Gathering(view, takings, await posted(db, activity_id))


async def participation(db: AsyncSession, activity_id: UUID, member_id: UUID) -> Participation | None:
    """Somebody's part in an activity."""
    mine = (ParticipationRow.activity_id == activity_id) & (ParticipationRow.member_id == member_id)
    return next(iter(await _participations(db, mine)), None)


async def waiting(db: AsyncSession, activity_id: UUID) -> list[Participation]:
    """Who waits for a seat, the first first."""
    return await _participations(
        db, (ParticipationRow.activity_id == activity_id) & (ParticipationRow.standing == Standing.WAITING)
    )


async def serving(db: AsyncSession, activity_id: UUID) -> set[UUID]:
    """The members whose hours are written down: who speak or help, and all others where everybody earns."""
    everybody = Activity.earners == Earners.EVERYBODY
    rows = await db.scalars(
        select(ParticipationRow.member_id)
        .join(Activity, Activity.id == ParticipationRow.activity_id)
        .where(
            Activity.id == activity_id,
            ParticipationRow.part.in_(STAFFING) | everybody,
            ParticipationRow.standing.in_(TAKES_PART),
        )
    )
    return set(rows)


async def invitations(db: AsyncSession, community_id: UUID, member_id: UUID, today: date) -> list[Invitation]:
    """What is to come, as one member sees it, the next first; what was called off only where they are in it."""
    mine = select(ParticipationRow.activity_id).where(
        ParticipationRow.community_id == community_id,
        ParticipationRow.member_id == member_id,
        ParticipationRow.standing.in_(TAKES_PART),
    )
    views = await _views(
        db,
        select(Activity)
        .where(
            Activity.community_id == community_id,
            Activity.held_on >= today,
            or_(Activity.status != Status.CANCELLED, Activity.id.in_(mine)),
        )
        .order_by(Activity.held_on, Activity.from_minute, Activity.id)
        .limit(INVITATIONS_MAX),
    )
    return await _as_seen_by(db, member_id, views)


async def invitation(db: AsyncSession, activity_id: UUID, member_id: UUID) -> Invitation:
    """One activity as a member sees it; raises `NotFound`."""
    return (await _as_seen_by(db, member_id, [await activity(db, activity_id)]))[0]


async def of_member(
    db: AsyncSession, community_id: UUID, member_id: UUID, from_on: date, until_on: date
) -> list[Invitation]:
    """What a member takes part in between two days, both included, the earliest first."""
    views = await _views(
        db,
        select(Activity)
        .join(ParticipationRow, ParticipationRow.activity_id == Activity.id)
        .where(
            ParticipationRow.community_id == community_id,
            ParticipationRow.member_id == member_id,
            ParticipationRow.standing.in_(TAKES_PART),
            Activity.held_on.between(from_on, until_on),
        )
        .order_by(Activity.held_on, Activity.from_minute, Activity.id),
    )
    return await _as_seen_by(db, member_id, views)


async def last_seen(db: AsyncSession, community_id: UUID) -> dict[UUID, date]:
    """The last day, past or to come, on which each member takes part in something; who stayed away did not."""
    rows = await db.execute(
        select(ParticipationRow.member_id, func.max(Activity.held_on))
        .join(Activity, Activity.id == ParticipationRow.activity_id)
        .where(
            ParticipationRow.community_id == community_id,
            ParticipationRow.standing.in_(TAKES_PART),
            ParticipationRow.came.is_not(False),
            Activity.status != Status.CANCELLED,
        )
        .group_by(ParticipationRow.member_id)
    )
    return {row.member_id: row[1] for row in rows}


async def on_day(db: AsyncSession, community_id: UUID, day: date) -> list[ActivityView]:
    """What is on that day and not called off, by time."""
    return await _views(
        db,
        select(Activity)
        .where(
            Activity.community_id == community_id,
            Activity.held_on == day,
            Activity.status != Status.CANCELLED,
        )
        .order_by(Activity.from_minute, Activity.id),
    )


async def due(db: AsyncSession, community_id: UUID, today: date) -> list[ActivityView]:
    """What is over and whose sign-in sheet nobody has typed in, the oldest first."""
    return await _views(
        db,
        select(Activity)
        .where(
            Activity.community_id == community_id,
            Activity.held_on < today,
            Activity.status == Status.PLANNED,
        )
        .order_by(Activity.held_on, Activity.id)
        .limit(PAGE_ROWS_MAX),
    )


async def places(db: AsyncSession, community_id: UUID) -> Sequence[str]:
    """Where there were activities, the most frequent first."""
    rows = await db.scalars(
        select(Activity.place)
        .where(Activity.community_id == community_id)
        .group_by(Activity.place)
        .order_by(func.count().desc(), Activity.place)
        .limit(PLACES_SHOWN)
    )
    return rows.all()


def _narrowed(
    when: When, today: date, kind: ActivityKind | None, words: str | None
) -> Iterable[ColumnElement[bool]]:
    if when is When.COMING:
        yield Activity.held_on >= today
    if when is When.PAST:
        yield Activity.held_on < today
    if kind is not None:
        yield Activity.kind == kind
    for word in (words or "").split():
        said = (Activity.title, Activity.place, Activity.guest_speaker)
        yield or_(*(column.icontains(word, autoescape=True) for column in said))


def _start(after: str | None) -> tuple[date, int, UUID] | None:
    key = decode(after, parts=3)
    if key is None:
        return None
    try:
        return date.fromisoformat(key[0]), int(key[1]), UUID(key[2])
    except ValueError:
        raise lost_place() from None


async def _as_seen_by(db: AsyncSession, member_id: UUID, views: Sequence[ActivityView]) -> list[Invitation]:
    ids = [view.id for view in views]
    rows = await _participations(
        db, ParticipationRow.activity_id.in_(ids) & (ParticipationRow.member_id == member_id)
    )
    mine = {one.activity_id: one for one in rows}
    queued = [one for one in rows if one.standing is Standing.WAITING]
    ahead = {one.activity_id: await _ahead_of(db, one) for one in queued}
    return [Invitation(view, mine.get(view.id), ahead.get(view.id, 0)) for view in views]


async def _ahead_of(db: AsyncSession, one: Participation) -> int:
    counted = select(func.count()).where(
        ParticipationRow.activity_id == one.activity_id,
        ParticipationRow.standing == Standing.WAITING,
        ParticipationRow.turn < one.turn,
    )
    return await db.scalar(counted) or 0


async def _views(db: AsyncSession, wanted: Select[Activity]) -> list[ActivityView]:
    rows = (await db.scalars(wanted.execution_options(populate_existing=True))).all()
    counts = await _counts(db, [row.id for row in rows])
    return [_view(row, *counts.get(row.id, (0, Heads()))) for row in rows]


async def _counts(db: AsyncSession, activity_ids: Collection[UUID]) -> dict[UUID, tuple[int, Heads]]:
    """How many wait, and how many came."""
    one = ParticipationRow
    came = func.coalesce(one.came, false())
    is_participant = one.part == Part.PARTICIPANT
    rows = await db.execute(
        select(
            one.activity_id,
            func.count().filter(one.standing == Standing.WAITING).label("waiting"),
            func.count().filter(came, is_participant).label("participants"),
            func.count().filter(came, is_participant, one.standing == Standing.WALKED_IN).label("walked_in"),
            func.count().filter(came, ~is_participant).label("staffing"),
        )
        .where(one.activity_id.in_(activity_ids))
        .group_by(one.activity_id)
    )
    return {
        row.activity_id: (row.waiting, Heads(row.participants, row.walked_in, row.staffing)) for row in rows
    }


async def _participations(db: AsyncSession, which: ColumnElement[bool]) -> list[Participation]:
    rows = await db.scalars(
        select(ParticipationRow)
        .where(which)
        .order_by(ParticipationRow.activity_id, ParticipationRow.turn)
        .execution_options(populate_existing=True)
    )
    return [_participation(row) for row in rows]


def _view(row: Activity, waiting: int, heads: Heads) -> ActivityView:
    return ActivityView(
        id=row.id,
        community_id=row.community_id,
        plan=Planned(
            kind=ActivityKind(row.kind),
            title=row.title,
            place=row.place,
            held_on=row.held_on,
            from_minute=row.from_minute,
            to_minute=row.to_minute,
            seats=row.seats,
            guest_speaker=row.guest_speaker,
            note=row.note,
            scheme_id=row.scheme_id,
            earners=Earners(row.earners),
        ),
        status=Status(row.status),
        status_reason=row.status_reason,
        seats_taken=row.seats_taken,
        waiting=waiting,
        heads=Heads(heads.participants, heads.walked_in, heads.staffing, row.guests or 0),
        report=_report(row.notes, row.went_well, row.reported_by, row.reported_at),
        version=row.version,
    )


def _report(notes: str | None, went_well: str | None, by: UUID | None, at: datetime | None) -> Report | None:
    return None if by is None or at is None else Report(notes, went_well, by, at)


def _refusal(stored: Mapping[str, Any] | None) -> Refusal | None:
    if stored is None:
        return None
    account = stored.get("account_id")
    return Refusal(stored["code"], UUID(account) if account else None, stored.get("short_minutes"))


def _participation(row: ParticipationRow) -> Participation:
    return Participation(
        id=row.id,
        activity_id=row.activity_id,
        member_id=row.member_id,
        part=Part(row.part),
        standing=Standing(row.standing),
        provenance=Provenance(row.provenance),
        said_at=row.said_at,
        turn=row.turn,
        moved_up_at=row.moved_up_at,
        withdrawn_because=row.withdrawn_because,
        came=row.came,
        served_minutes=row.served_minutes,
        refusal=_refusal(row.refusal),
    )
