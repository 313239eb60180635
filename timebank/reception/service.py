"""Use cases of the reception."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, Text
from timebank.people import queries as people
from timebank.reception import queries, rules, steps
from timebank.reception.model import About, Move, Opening, Place, Visitor

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
ANYBODY = DESK | {Role.MEMBER}


@reading(who=ANYBODY, where="community_id")
async def places(db: AsyncSession, act: Act, *, community_id: UUID, given_up: bool = False) -> list[Place]:
    """Where one can go, by name; with `given_up` those too where one cannot go any more."""
    return await queries.places(db, community_id, open_on=None if given_up else act.today)


@reading(who=DESK, where="community_id")
async def place(db: AsyncSession, act: Act, *, community_id: UUID, place_id: UUID) -> Place:
    """One place. Raises `NotFound`."""
    return await queries.place(db, community_id, place_id)


@use_case(who=DESK, where="community_id")
async def add_place(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    name: str,
    address: str,
    note: str | None,
    hours: Sequence[Opening],
) -> UUID:
    """Write down where one can go; its id. Raises `Invalid`."""
    _refuse(name, address, hours)
    made = act.id_for("place")
    await steps.write_place(
        db,
        community_id,
        place_id=made,
        name=name.strip(),
        address=address,
        note=note,
        hours=hours,
        now=act.now,
    )
    return made


@use_case(who=DESK, where="community_id")
async def change_place(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    place_id: UUID,
    version: int,
    name: str,
    address: str,
    note: str | None,
    hours: Sequence[Opening],
    closed_on: date | None,
) -> None:
    """Put it differently, or give it up from a day on. Raises `Invalid`, `Stale`, `NotFound`."""
    _refuse(name, address, hours)
    await steps.change_place(
        db,
        community_id,
        place_id,
        version=version,
        name=name.strip(),
        address=address,
        note=note,
        hours=hours,
        closed_on=closed_on,
    )


@reading(who=DESK, where="community_id")
async def queue(db: AsyncSession, act: Act, *, community_id: UUID) -> list[Visitor]:
    """Everybody who came today, in the order of their numbers."""
    return await queries.visitors(db, community_id, act.today)


@use_case(who=DESK, where="community_id")
async def let_in(db: AsyncSession, act: Act, *, community_id: UUID, words: str, about: About) -> Visitor:
    """Give whoever came in the next number; `words` is a name or a member's number. Raises `Invalid`."""
    name = " ".join(words.split())
    if not 1 <= len(name) <= 60:
        raise Invalid([FieldError("who", Text(N_("请写名字或会员号")))])
    found = await people.meant(db, community_id, name)
    exact = [one for one in found if name in (one.name, one.number)]
    known = exact[0] if len(exact) == 1 else None
    return await steps.let_in(
        db,
        community_id,
        visitor_id=act.id_for("visitor"),
        member_id=known.id if known else None,
        name=known.name if known else name,
        about=about,
        day=act.today,
        by=act.actor.id,
        now=act.now,
    )


@use_case(who=DESK, where="community_id")
async def call_next(db: AsyncSession, act: Act, *, community_id: UUID) -> Visitor:
    """Call whoever has waited longest today. Raises `NobodyWaits`."""
    return await steps.call_next(db, community_id, day=act.today, by=act.actor.id, now=act.now)


@use_case(who=DESK, where="community_id")
async def move_visitor(
    db: AsyncSession, act: Act, *, community_id: UUID, visitor_id: UUID, what: Move, version: int
) -> Visitor:
    """Call them, say that they are served or gone, or take that back. Raises `VisitorMoved`, `Stale`, `NotFound`."""
    return await steps.move(db, community_id, visitor_id, what, version=version, by=act.actor.id, now=act.now)


def _refuse(name: str, address: str, hours: Sequence[Opening]) -> None:
    found = rules.problems(name, address, hours)
    if found:
        raise Invalid(found)
