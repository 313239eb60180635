"""Writing requests. Every change of status goes through `MOVES`."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.errors import NotFound, Stale
from timebank.core.provenance import Provenance
from timebank.requests.errors import RequestMoved
from timebank.requests.model import MOVES, OPEN, Kind, Move, Settled, Status, Wish
from timebank.requests.rules import status_text
from timebank.requests.tables import OfferRow, Request, RequestWindow


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID) -> None:
    """Whatever a member still asks for and offers is another's from now on; what has ended stays."""
    await db.execute(
        update(Request)
        .where(Request.member_id == from_id, Request.status.in_(OPEN))
        .values(member_id=to_id, version=Request.version + 1)
    )
    await db.execute(
        update(OfferRow)
        .where(OfferRow.member_id == from_id, OfferRow.ended_at.is_(None))
        .values(member_id=to_id, version=OfferRow.version + 1)
    )


async def end_all(db: AsyncSession, member_id: UUID, *, reason: str, now: datetime) -> None:
    """A member asks for nothing any more, and offers nothing; what has ended stays as it ended."""
    await db.execute(
        update(Request)
        .where(Request.member_id == member_id, Request.status.in_(OPEN))
        .values(
            status=MOVES[Move.WITHDRAW][1], status_reason=reason, changed_at=now, version=Request.version + 1
        )
    )
    await db.execute(
        update(OfferRow)
        .where(OfferRow.member_id == member_id, OfferRow.ended_at.is_(None))
        .values(ended_at=now, version=OfferRow.version + 1)
    )


async def submit(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    wish: Wish,
    *,
    request_id: UUID,
    provenance: Provenance,
    created_by: UUID,
    now: datetime,
) -> UUID:
    """Write down a new request, not yet reviewed; its id."""
    await db.execute(
        insert(Request).values(
            id=request_id,
            community_id=community_id,
            member_id=member_id,
            status=Status.SUBMITTED,
            provenance=provenance,
            created_by=created_by,
            created_at=now,
            changed_at=now,
            **_columns(wish),
        )
    )
    await _write_windows(db, community_id, request_id, wish)
    return request_id


async def hold_asking(db: AsyncSession, member_id: UUID) -> None:
    """Let one wish of a member be written down at a time: who waited sees what the other wrote."""
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('timebank.asking ' || :member, 0))"),
        {"member": str(member_id)},
    )


async def change(
    db: AsyncSession, community_id: UUID, request_id: UUID, wish: Wish, *, version: int, now: datetime
) -> None:
    """Put another wish in a request's place; raises `Stale` if it is no longer as it was seen."""
    written = await db.scalar(
        update(Request)
        .where(Request.id == request_id, Request.version == version)
        .values(version=version + 1, changed_at=now, **_columns(wish))
        .returning(Request.id)
    )
    if written is None:
        raise Stale(await db.scalar(select(Request.version).where(Request.id == request_id)))
    await db.execute(delete(RequestWindow).where(RequestWindow.request_id == request_id))
    await _write_windows(db, community_id, request_id, wish)


async def hold(db: AsyncSession, request_ids: Collection[UUID]) -> None:
    """Hold requests until the transaction ends, in id order: whoever fills a seat waits for who fills another."""
    await db.execute(
        select(Request.id).where(Request.id.in_(request_ids)).order_by(Request.id).with_for_update()
    )


async def publish(db: AsyncSession, request_id: UUID, *, now: datetime, version: int | None = None) -> None:
    """Let the next match round see it."""
    await move(db, request_id, Move.PUBLISH, now=now, version=version)


async def reject(
    db: AsyncSession, request_id: UUID, *, reason: str, now: datetime, version: int | None = None
) -> None:
    """Refuse it, with the reason that the member is told."""
    await move(db, request_id, Move.REJECT, now=now, version=version, reason=reason)


async def withdraw(
    db: AsyncSession,
    request_id: UUID,
    *,
    now: datetime,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """Take it back: no longer needed."""
    await move(db, request_id, Move.WITHDRAW, now=now, version=version, reason=reason)


async def mark_matched(db: AsyncSession, request_ids: Collection[UUID], *, now: datetime) -> None:
    """Both sides said yes. Raises `RequestMoved` if one of them is not published (any more)."""
    await _move_all(db, request_ids, Move.MATCH, now=now)


async def mark_published(db: AsyncSession, request_ids: Collection[UUID], *, now: datetime) -> None:
    """Back to the pool: the match did not last. Raises `RequestMoved` if one of them is not matched."""
    await _move_all(db, request_ids, Move.RETURN, now=now)


async def settle_first(db: AsyncSession, request_id: UUID, settled: Settled) -> None:
    """Keep when a standing request first comes: its weekday, its hour, where the count begins."""
    await db.execute(
        update(Request)
        .where(Request.id == request_id)
        .values(first_on=settled.on, first_minute=settled.from_minute)
    )


async def mark_done(db: AsyncSession, request_ids: Collection[UUID], *, now: datetime) -> None:
    """The help was given, or the pair ended well. Those not matched stay as they are."""
    await _finish(db, Request.id.in_(request_ids), now=now)


async def finish_once(db: AsyncSession, request_ids: Collection[UUID], *, now: datetime) -> None:
    """Help was given for these: those asked for once are done, the weekly ones go on."""
    if request_ids:
        await _finish(db, Request.id.in_(request_ids) & (Request.kind == Kind.ONCE), now=now)


async def expire_due(db: AsyncSession, *, now: datetime, community_id: UUID | None = None) -> list[UUID]:
    """End every request whose last day is over and that nobody was found for; their ids.

    In all visible communities, unless one is named.
    """
    before, after = MOVES[Move.EXPIRE]
    where = [Request.community_id == community_id] if community_id else []
    ended = await db.scalars(
        update(Request)
        .where(Request.status.in_(before), Request.expires_on < clock.day_of(now), *where)
        .values(status=after, changed_at=now, version=Request.version + 1)
        .returning(Request.id)
    )
    return sorted(ended)


async def note_passed_over(
    db: AsyncSession, why: Mapping[UUID, Mapping[str, int]], *, again: Collection[UUID] = ()
) -> None:
    """Count one more round in which nobody was found, and keep why: how many helpers fell to which reason.

    Those in `again` were counted already; only their reasons are new.
    """
    for request_id, counts in sorted(why.items()):
        await db.execute(
            update(Request)
            .where(Request.id == request_id)
            .values(
                passed_over=Request.passed_over + (0 if request_id in again else 1), last_why=dict(counts)
            )
        )


async def move(
    db: AsyncSession,
    request_id: UUID,
    what: Move,
    *,
    now: datetime,
    version: int | None = None,
    reason: str | None = None,
) -> None:
    """Move one request; `Stale` if its version is not the one seen, `RequestMoved` if it stands elsewhere."""
    before, after = MOVES[what]
    seen = [Request.version == version] if version is not None else []
    values: dict[str, object] = {"status": after, "status_reason": reason, "changed_at": now}
    if what is Move.PUBLISH:
        values["published_at"] = func.coalesce(Request.published_at, now)
    if what is Move.RETURN:
        values |= {"first_on": None, "first_minute": None}
    written = await db.scalar(
        update(Request)
        .where(Request.id == request_id, Request.status.in_(before), *seen)
        .values(version=Request.version + 1, **values)
        .returning(Request.id)
    )
    if written is None:
        await _refuse(db, request_id, version)


async def _finish(db: AsyncSession, which: ColumnElement[bool], *, now: datetime) -> None:
    before, after = MOVES[Move.FINISH]
    await db.execute(
        update(Request)
        .where(which, Request.status.in_(before))
        .values(status=after, changed_at=now, version=Request.version + 1)
    )


async def _move_all(db: AsyncSession, request_ids: Collection[UUID], what: Move, *, now: datetime) -> None:
    # In id order, so that two rounds ending at once do not wait for each other in a ring.
    for request_id in sorted(set(request_ids)):
        await move(db, request_id, what, now=now)


async def _refuse(db: AsyncSession, request_id: UUID, version: int | None) -> None:
    found = (
        await db.execute(select(Request.status, Request.version).where(Request.id == request_id))
    ).one_or_none()
    if found is None:
        raise NotFound
    if version is not None and found.version != version:
        raise Stale(found.version)
    raise RequestMoved(status=status_text(Status(found.status)))


async def _write_windows(db: AsyncSession, community_id: UUID, request_id: UUID, wish: Wish) -> None:
    rows = [
        {
            "community_id": community_id,
            "request_id": request_id,
            "position": position,
            "on_day": window.on_day,
            "weekday": window.weekday,
            "from_minute": window.from_minute,
            "to_minute": window.to_minute,
        }
        for position, window in enumerate(wish.windows)
    ]
    if rows:
        await db.execute(insert(RequestWindow), rows)


def _columns(wish: Wish) -> dict[str, object]:
    return {
        "scheme_id": wish.scheme_id,
        "category": wish.category,
        "skills": list(wish.skills),
        "circumstances": list(wish.circumstances),
        "kind": wish.kind,
        "helpers": wish.helpers,
        "helper_branches": list(wish.helper_branches),
        "gives": list(wish.gives),
        "prefers": list(wish.prefers),
        "every": wish.recurrence.every,
        "nth": wish.recurrence.nth,
        "on_holidays": wish.on_holidays,
        "duration_minutes": wish.duration_minutes,
        "starts_on": wish.starts_on,
        "expires_on": wish.expires_on,
        "priority": wish.priority,
        "wanted_gender": wish.wanted_gender,
        "wanted_dialect": wish.wanted_dialect,
        "place": wish.place,
        "note": wish.note,
    }
