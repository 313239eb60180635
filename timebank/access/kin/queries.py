"""Reading kinship: somebody's family, and whether an actor belongs to it."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Date, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.kin.model import KinKind, Relative, Tie
from timebank.access.kin.rules import TURNED
from timebank.access.tables import Kin
from timebank.core.actor import Actor
from timebank.core.errors import NotFound

_NEAR = text("SELECT timebank.near_kin(:own, :staff, :asked, :today)").bindparams(
    bindparam("own", type_=ARRAY(Uuid)),
    bindparam("staff", type_=Uuid),
    bindparam("asked", type_=ARRAY(Uuid)),
    bindparam("today", type_=Date),
)


async def ties_of(db: AsyncSession, member_id: UUID) -> list[Tie]:
    """A member's family, as recorded on either side; those that ended last."""
    rows = await db.scalars(
        select(Kin)
        .where((Kin.member_id == member_id) | (Kin.other_member_id == member_id), Kin.retracted_at.is_(None))
        .order_by(Kin.ended_on.desc().nulls_first(), Kin.recorded_at, Kin.id)
        .execution_options(populate_existing=True)
    )
    return [_seen_by(row, member_id) for row in rows]


async def ties_within(db: AsyncSession, community_id: UUID, on: date) -> list[Tie]:
    """Every tie between two members of one community that counts on a day, as each of the two sees it."""
    rows = await db.scalars(
        select(Kin)
        .where(
            Kin.community_id == community_id,
            Kin.other_community_id == community_id,
            Kin.retracted_at.is_(None),
        )
        .order_by(Kin.recorded_at, Kin.id)
        .execution_options(populate_existing=True)
    )
    both = [
        _seen_by(row, side)
        for row in rows
        for side in (row.member_id, row.other_member_id)
        if side is not None
    ]
    return [tie for tie in both if tie.counts(on)]


async def tie(db: AsyncSession, tie_id: UUID, *, member_id: UUID) -> Tie:
    """One tie as one of the two sees it. Raises `NotFound`."""
    row = await db.get(Kin, tie_id, populate_existing=True)
    if row is None or row.retracted_at is not None or member_id not in (row.member_id, row.other_member_id):
        raise NotFound
    return _seen_by(row, member_id)


async def kin_of_actor(
    db: AsyncSession, actor: Actor, member_ids: Collection[UUID], today: date
) -> frozenset[UUID]:
    """Which of these members are near kin of whoever acts, through ties wherever they were recorded."""
    return await _near(db, actor.memberships, actor.id, member_ids, today)


async def kin_among(
    db: AsyncSession, member_id: UUID, member_ids: Collection[UUID], today: date
) -> frozenset[UUID]:
    """Which of these members are near kin of one.

    Near are those a tie names, and those who are two steps away over spouses, parents and children: a
    sibling, a wife's mother, a son's wife.
    """
    return await _near(db, [member_id], None, member_ids, today)


async def kin_among_pairs(
    db: AsyncSession, pairs: Collection[tuple[UUID, UUID]], today: date
) -> frozenset[tuple[UUID, UUID]]:
    """Which of these pairs are near kin; asked once for all where, as nearly always, none is."""
    if not pairs:
        return frozenset()
    ones, others = ({pair[side] for pair in pairs} for side in (0, 1))
    values = {"own": sorted(ones), "staff": None, "asked": sorted(others), "today": today}
    of_somebody = frozenset((await db.scalars(_NEAR, values)).all())
    found = set()
    for one, other in sorted(pair for pair in pairs if pair[1] in of_somebody):
        if await kin_among(db, one, [other], today):
            found.add((one, other))
    return frozenset(found)


async def member_elsewhere(db: AsyncSession, community_id: UUID, *, number: str, name: str) -> UUID | None:
    """Who has exactly this number and this name in a community that may not be visible."""
    asked = text("SELECT timebank.member_elsewhere(:community, :number, :name)")
    found: UUID | None = await db.scalar(asked, {"community": community_id, "number": number, "name": name})
    return found


async def _near(
    db: AsyncSession, own: Collection[UUID], staff_id: UUID | None, asked: Collection[UUID], today: date
) -> frozenset[UUID]:
    if not asked:
        return frozenset()
    values = {"own": sorted(own), "staff": staff_id, "asked": sorted(asked), "today": today}
    return frozenset((await db.scalars(_NEAR, values)).all()) - frozenset(own)


def _seen_by(row: Kin, member_id: UUID) -> Tie:
    turned = row.member_id != member_id
    kind = KinKind(row.kind)
    if turned:
        other = Relative(community_id=row.community_id, member_id=row.member_id)
    else:
        other = Relative(
            community_id=row.other_community_id,
            member_id=row.other_member_id,
            name=row.other_name,
            phone=row.other_phone,
            gender=row.other_gender,
            staff_id=row.staff_id,
        )
    return Tie(
        id=row.id,
        member_id=member_id,
        kind=TURNED[kind] if turned else kind,
        other=other,
        said_by=row.said_by,
        said_on=row.said_on,
        recorded_by=row.recorded_by,
        ended_on=row.ended_on,
        version=row.version,
        turned=turned,
    )
