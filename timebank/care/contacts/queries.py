"""Reading contacts and rhythms, and whom nobody has seen for too long."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, cast, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.care.contacts import rules
from timebank.care.contacts.model import (
    DEFAULT,
    Contact,
    ContactKind,
    ContactView,
    InTouch,
    LastSeen,
    Rhythm,
    RhythmVersion,
    Seen,
    Watch,
)
from timebank.care.tables import ContactRow, RhythmRow
from timebank.core.errors import NotFound
from timebank.people import queries as people
from timebank.people.model import Brief
from timebank.visits import queries as visits

CONTACTS_SHOWN = 50
VERSIONS_SHOWN = 50
LATELY_SHOWN = 20


async def watch(db: AsyncSession, community_id: UUID, day: date) -> Watch:
    """Everybody in a hardship tier, with when they were last seen; the most pressing first."""
    tiered = await people.in_hardship(db, community_id)
    rhythm = await rhythm_on(db, community_id, day)
    seen = await last_seen(db, community_id, [one.id for one in tiered])
    return Watch(day, rhythm, rules.watched(tiered, seen, rhythm, day=day))


async def last_seen(
    db: AsyncSession, community_id: UUID, member_ids: Collection[UUID]
) -> dict[UUID, LastSeen]:
    """When each of these was last seen, and by what; whom nobody ever saw is missing."""
    if not member_ids:
        return {}
    visited = await visits.last_met(db, community_id, member_ids)
    contacted = await _last_contacts(db, community_id, member_ids)
    found = {}
    for member_id in member_ids:
        visit = LastSeen(visited[member_id], Seen.VISIT) if member_id in visited else None
        if (last := rules.later(visit, contacted.get(member_id))) is not None:
            found[member_id] = last
    return found


async def in_touch(db: AsyncSession, community_id: UUID, member_id: UUID, day: date) -> InTouch:
    """One member's contacts, and when they were last seen. Raises `NotFound`."""
    member = await member_here(db, community_id, member_id)
    rhythm = await rhythm_on(db, community_id, day)
    seen = await last_seen(db, community_id, [member_id])
    watched = rules.watched([member], seen, rhythm, day=day)
    return InTouch(
        member,
        next(iter(watched), None),
        seen.get(member_id),
        await contacts_of(db, community_id, member_id),
    )


async def contacts_of(db: AsyncSession, community_id: UUID, member_id: UUID) -> list[ContactView]:
    """A member's last contacts, the latest first, those that were struck out among them."""
    rows = await db.scalars(
        select(ContactRow)
        .where(ContactRow.community_id == community_id, ContactRow.member_id == member_id)
        .order_by(ContactRow.happened_on.desc(), ContactRow.id.desc())
        .limit(CONTACTS_SHOWN)
        .execution_options(populate_existing=True)
    )
    return [_view(row) for row in rows]


async def lately(db: AsyncSession, community_id: UUID) -> list[ContactView]:
    """The contacts of a community that were noted last, the latest first; not those that were struck out."""
    rows = await db.scalars(
        select(ContactRow)
        .where(ContactRow.community_id == community_id, ContactRow.struck_at.is_(None))
        .order_by(ContactRow.noted_at.desc(), ContactRow.id.desc())
        .limit(LATELY_SHOWN)
        .execution_options(populate_existing=True)
    )
    return [_view(row) for row in rows]


async def reached_since(db: AsyncSession, community_id: UUID, since: date) -> set[UUID]:
    """Who was really spoken to on that day or later."""
    rows = await db.scalars(
        select(ContactRow.member_id).where(
            ContactRow.community_id == community_id,
            ContactRow.happened_on >= since,
            ContactRow.reached,
            ContactRow.struck_at.is_(None),
        )
    )
    return set(rows)


async def contact(db: AsyncSession, contact_id: UUID) -> ContactView:
    """One contact; raises `NotFound`."""
    row = await db.get(ContactRow, contact_id, populate_existing=True)
    if row is None:
        raise NotFound
    return _view(row)


async def rhythm_on(db: AsyncSession, community_id: UUID, day: date) -> Rhythm:
    """The rhythm that holds on a day: the community's own, else two weeks."""
    row = await db.scalar(
        select(RhythmRow)
        .where(RhythmRow.community_id == community_id, RhythmRow.in_force_from <= day)
        .order_by(RhythmRow.in_force_from.desc(), RhythmRow.made_at.desc(), RhythmRow.id.desc())
        .limit(1)
    )
    return DEFAULT if row is None else _rhythm(row)


async def rhythms(db: AsyncSession, community_id: UUID) -> list[RhythmVersion]:
    """The community's own rhythms, the latest first."""
    rows = await db.scalars(
        select(RhythmRow)
        .where(RhythmRow.community_id == community_id)
        .order_by(RhythmRow.in_force_from.desc(), RhythmRow.made_at.desc(), RhythmRow.id.desc())
        .limit(VERSIONS_SHOWN)
    )
    return [
        RhythmVersion(rhythm=_rhythm(row), in_force_from=row.in_force_from, made_at=row.made_at)
        for row in rows
    ]


async def member_here(db: AsyncSession, community_id: UUID, member_id: UUID) -> Brief:
    """A member of this community; raises `NotFound`."""
    found = (await people.briefs(db, [member_id])).get(member_id)
    if found is None or found.community_id != community_id:
        raise NotFound
    return found


async def _last_contacts(
    db: AsyncSession, community_id: UUID, member_ids: Collection[UUID]
) -> dict[UUID, LastSeen]:
    asked = func.unnest(cast(list(member_ids), ARRAY(Uuid))).table_valued("id").render_derived()
    last = (
        select(ContactRow.happened_on, ContactRow.kind)
        .where(
            ContactRow.community_id == community_id,
            ContactRow.member_id == asked.c.id,
            ContactRow.reached,
            ContactRow.struck_at.is_(None),
        )
        .order_by(ContactRow.happened_on.desc(), ContactRow.id.desc())
        .limit(1)
        .lateral()
    )
    rows = await db.execute(select(asked.c.id, last.c.happened_on, last.c.kind).join(last, true()))
    return {row.id: LastSeen(row.happened_on, Seen(row.kind)) for row in rows}


def _rhythm(row: RhythmRow) -> Rhythm:
    return Rhythm({1: row.tier_1_days, 2: row.tier_2_days, 3: row.tier_3_days})


def _view(row: ContactRow) -> ContactView:
    return ContactView(
        id=row.id,
        member_id=row.member_id,
        contact=Contact(
            kind=ContactKind(row.kind),
            happened_on=row.happened_on,
            by_whom=row.by_whom,
            reached=row.reached,
            word=row.word,
        ),
        noted_at=row.noted_at,
        struck_because=row.struck_because,
    )
