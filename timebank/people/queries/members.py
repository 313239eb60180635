"""Reading members: one, several, a page of them, those whom words may mean."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from timebank.access.tables import Unit
from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, decode
from timebank.core.tables import Act
from timebank.people import readings
from timebank.people.model import (
    RECEIVING,
    BranchView,
    Brief,
    Candidate,
    Contact,
    Details,
    Found,
    Gender,
    MemberView,
    Status,
)
from timebank.people.queries.calendar import absences, availability, away_on_day
from timebank.people.rules import tidy_phone
from timebank.people.tables import Branch, Member, TrainingDates

FOUND_MAX = 20
# By training, until when it holds: one statement with the member, since every visit asks.
_VALID_UNTIL = (
    select(func.jsonb_object_agg(TrainingDates.training, TrainingDates.valid_until))
    .where(TrainingDates.member_id == Member.id)
    .correlate(Member)
    .scalar_subquery()
    .label("valid_until")
)
GONE = frozenset({Status.LEFT, Status.DEAD})


async def member(db: AsyncSession, member_id: UUID) -> MemberView:
    """One member; raises `NotFound`."""
    found = await members(db, [member_id])
    if member_id not in found:
        raise NotFound
    return found[member_id]


async def members(db: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, MemberView]:
    """Several members in full, by id; those not visible are left out."""
    if not member_ids:
        return {}
    rows = await db.execute(
        select(Member, Branch.name, _VALID_UNTIL)
        .outerjoin(Branch, Branch.id == Member.branch_id)
        .where(Member.id.in_(member_ids))
        .execution_options(populate_existing=True)
    )
    return {row.Member.id: _view(row.Member, row.name, row.valid_until) for row in rows}


async def members_of(db: AsyncSession, community_id: UUID) -> list[MemberView]:
    """Everybody of a community, the dead and departed too, by member number."""
    rows = await db.execute(
        select(Member, Branch.name, _VALID_UNTIL)
        .outerjoin(Branch, Branch.id == Member.branch_id)
        .where(Member.community_id == community_id)
        .order_by(Member.number)
    )
    return [_view(row.Member, row.name, row.valid_until) for row in rows]


async def merged_into(db: AsyncSession, member_id: UUID) -> list[Brief]:
    """The records that were merged into a member's."""
    rows = await db.scalars(select(Member).where(Member.merged_into == member_id).order_by(Member.number))
    return [_brief(row) for row in rows]


async def alike(db: AsyncSession, community_id: UUID, *, limit: int) -> list[tuple[Brief, Brief]]:
    """Two records that may be one person's: one name, and a birthday or phone that agrees and none that doesn't.

    Of two with different ID numbers everybody knows that they are two people.
    """
    one, other = aliased(Member), aliased(Member)
    birth, phone = one.birth_on == other.birth_on, one.phone == other.phone
    rows = await db.execute(
        select(one, other)
        .join(
            other, (other.community_id == one.community_id) & (other.name == one.name) & (other.id > one.id)
        )
        .where(one.community_id == community_id)
        .where(*(each.merged_into.is_(None) & (each.status != Status.DEAD) for each in (one, other)))
        .where(one.id_index.is_(None) | other.id_index.is_(None))
        .where(func.coalesce(birth, True) & (func.coalesce(birth, False) | func.coalesce(phone, False)))
        .order_by(one.sort_key, one.id, other.id)
        .limit(limit)
    )
    return [(_brief(left), _brief(right)) for left, right in rows]


async def id_indexes(db: AsyncSession, community_id: UUID) -> dict[bytes, UUID]:
    """Whose each known ID number is, by its blind index."""
    rows = await db.execute(
        select(Member.id_index, Member.id).where(
            Member.community_id == community_id, Member.id_index.is_not(None)
        )
    )
    return {row.id_index: row.id for row in rows}


async def briefs(db: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, Brief]:
    """What lists show of several members, by id; those not visible are left out."""
    if not member_ids:
        return {}
    rows = await db.scalars(select(Member).where(Member.id.in_(member_ids)))
    return {row.id: _brief(row) for row in rows}


async def list_members(
    db: AsyncSession,
    community_id: UUID,
    *,
    words: str | None = None,
    role: str | None = None,
    status: Status | None = None,
    branch_id: UUID | None = None,
    away_on: date | None = None,
    after: str | None = None,
) -> Page[Brief]:
    """Members of one community by pinyin. `role` is `helper` or `recipient`.

    Without a `status` the dead and departed are left out; with `words` the best hits come first, on one page.
    """
    query = select(Member).where(Member.community_id == community_id)
    if role == "helper":
        query = query.where(Member.is_helper)
    if role == "recipient":
        query = query.where(Member.is_recipient)
    if branch_id is not None:
        query = query.where(Member.branch_id == branch_id)
    if away_on is not None:
        query = query.where(Member.id.in_(away_on_day(away_on)))
    if words and (found := await _hits(db, [community_id], words, most=PAGE_ROWS_MAX)) is not None:
        if status is not None:
            query = query.where(Member.status == status)
        rows = {row.id: row for row in await db.scalars(query.where(Member.id.in_(found)))}
        return Page([_brief(rows[member_id]) for member_id in found if member_id in rows])
    query = query.where(Member.status == status if status else Member.status.not_in(GONE))
    return await _page(db, query, after)


async def find(db: AsyncSession, community_ids: Collection[UUID], words: str) -> list[Found]:
    """The best hits among several communities: by name, pinyin, initials, phone end, member number."""
    found = await _hits(db, community_ids, words, most=FOUND_MAX)
    if not found:
        return []
    known = await briefs(db, found)
    names = {row.id: row.name for row in await db.execute(select(Unit.id, Unit.name))}
    return [
        Found(member=known[member_id], community=names[known[member_id].community_id])
        for member_id in found
        if member_id in known
    ]


async def meant(db: AsyncSession, community_id: UUID, words: str) -> list[Brief]:
    """Whom words typed at a desk may mean, the dead and departed left out.

    The number of a record that was merged means the other one. Those with exactly this number or name, else the best hits: one is the person, several are a question.
    """
    page = await list_members(db, community_id, words=words)
    led = await briefs(db, [brief.merged_into for brief in page.rows if brief.merged_into])
    if led and page.rows[0].merged_into and page.rows[0].number == words.strip():
        return [led[page.rows[0].merged_into]]
    living = [brief for brief in page.rows if brief.status not in GONE]
    return [brief for brief in living if words.strip() in (brief.number, brief.name)] or living


async def exactly(db: AsyncSession, community_id: UUID, words: str) -> list[Brief]:
    """Active members with exactly this number or phone, for who must not look around; a couple shares a phone."""
    named = [Member.number == words.strip()]
    if phone := tidy_phone(words):
        named.append(Member.phone == phone)
    here = select(Member).where(Member.community_id == community_id, Member.status == Status.ACTIVE)
    return [_brief(row) for row in await db.scalars(here.where(or_(*named)).order_by(Member.number))]


async def candidates(
    db: AsyncSession, community_id: UUID, member_ids: Collection[UUID] | None = None
) -> list[Candidate]:
    """The active helpers of a community, all or those named, with all that pairing needs, by id."""
    wanted = select(Member, _VALID_UNTIL).where(
        Member.community_id == community_id, Member.status == Status.ACTIVE, Member.is_helper
    )
    if member_ids is not None:
        wanted = wanted.where(Member.id.in_(member_ids))
    found = (await db.execute(wanted.order_by(Member.id))).all()
    rows, ends = [row.Member for row in found], {row.Member.id: row.valid_until for row in found}
    ids = [row.id for row in rows]
    week = await availability(db, ids)
    away_days = await absences(db, ids)
    return [
        Candidate(
            member=_brief(row),
            lat=row.lat,
            lon=row.lon,
            skills=frozenset(row.skills),
            dialects=frozenset(row.dialects),
            interests=frozenset(row.interests),
            trainings=frozenset(row.trainings),
            avoids=frozenset(row.avoids),
            windows=week.get(row.id, ()),
            absences=tuple(away_days.get(row.id, ())),
            valid_until=_days(ends[row.id]),
        )
        for row in rows
    ]


async def in_hardship(db: AsyncSession, community_id: UUID) -> list[Brief]:
    """Everybody in a hardship tier who may be helped, the hardest first."""
    rows = await db.scalars(
        select(Member)
        .where(Member.community_id == community_id, Member.status.in_(RECEIVING), Member.hardship_tier > 0)
        .order_by(Member.hardship_tier.desc(), Member.id)
    )
    return [_brief(row) for row in rows]


async def applicants(db: AsyncSession, community_id: UUID | None = None) -> list[Brief]:
    """Everybody whose application waits, in one community or all visible, by number."""
    wanted = select(Member).where(Member.status == Status.APPLIED)
    if community_id is not None:
        wanted = wanted.where(Member.community_id == community_id)
    rows = await db.scalars(wanted.order_by(Member.number))
    return [_brief(row) for row in rows]


async def to_remember(
    db: AsyncSession, community_id: UUID, *, born_until: date, also: Collection[UUID]
) -> list[Brief]:
    """Everybody who may be helped and is in a hardship tier, born so long ago, or named, by number."""
    rows = await db.scalars(
        select(Member)
        .where(
            Member.community_id == community_id,
            Member.status.in_(RECEIVING),
            or_(Member.hardship_tier > 0, Member.birth_on <= born_until, Member.id.in_(also)),
        )
        .order_by(Member.number)
    )
    return [_brief(row) for row in rows]


async def branches(db: AsyncSession, community_id: UUID) -> list[BranchView]:
    """The branches of a community by name, with their active members."""
    counted = (
        select(Member.branch_id, func.count().label("members"))
        .where(Member.community_id == community_id, Member.status == Status.ACTIVE)
        .group_by(Member.branch_id)
        .subquery()
    )
    rows = await db.execute(
        select(Branch.id, Branch.name, func.coalesce(counted.c.members, 0).label("members"))
        .outerjoin(counted, counted.c.branch_id == Branch.id)
        .where(Branch.community_id == community_id)
        .order_by(Branch.name)
    )
    return [BranchView(row.id, row.name, row.members) for row in rows]


async def last_change(db: AsyncSession, member_id: UUID) -> tuple[str, datetime] | None:
    """Who changed a member's details at the desk last, and when."""
    edits = Act.subject_id == member_id, Act.operation == "people.change_member"
    row = (
        await db.execute(select(Act.actor_name, Act.at).where(*edits).order_by(Act.id.desc()).limit(1))
    ).first()
    return (row.actor_name, row.at) if row else None


async def sealed_id(db: AsyncSession, member_id: UUID) -> bytes | None:
    """A member's ID number as it is sealed."""
    return await db.scalar(select(Member.id_sealed).where(Member.id == member_id))


async def sealed_ids(db: AsyncSession, community_id: UUID) -> dict[UUID, bytes]:
    """The ID numbers of a community as they are sealed, by member."""
    rows = await db.execute(
        select(Member.id, Member.id_sealed).where(
            Member.community_id == community_id, Member.id_sealed.is_not(None)
        )
    )
    return {row.id: row.id_sealed for row in rows}


async def _hits(
    db: AsyncSession, community_ids: Collection[UUID], words: str, *, most: int
) -> Sequence[UUID] | None:
    wanted = readings.patterns(words)
    if wanted is None:
        return None
    first, second, third = wanted.words
    found = await db.scalars(
        text("SELECT timebank.find_members(:wanted, :first, :second, :third, :whole, :most)"),
        {
            "wanted": list(community_ids),
            "first": first,
            "second": second,
            "third": third,
            "whole": wanted.whole,
            "most": most,
        },
    )
    return found.all()


async def _page(db: AsyncSession, query: Select[Member], after: str | None) -> Page[Brief]:
    key = decode(after, parts=2)
    if key is not None:
        query = query.where(tuple_(Member.sort_key, Member.number) > (key[0], key[1]))
    rows = (await db.scalars(query.order_by(Member.sort_key, Member.number).limit(PAGE_ROWS_MAX + 1))).all()
    keys = [[row.sort_key, row.number] for row in rows]
    return cut([_brief(row) for row in rows], limit=PAGE_ROWS_MAX, key=keys)


def _brief(row: Member) -> Brief:
    return Brief(
        id=row.id,
        community_id=row.community_id,
        number=row.number,
        name=row.name,
        gender=Gender(row.gender),
        birth_on=row.birth_on,
        phone=row.phone,
        contact=Contact(row.contact),
        status=Status(row.status),
        is_helper=row.is_helper,
        is_recipient=row.is_recipient,
        hardship_tier=row.hardship_tier,
        branch_id=row.branch_id,
        merged_into=row.merged_into,
    )


def _days(kept: dict[str, str] | None) -> dict[str, date]:
    return {code: date.fromisoformat(day) for code, day in (kept or {}).items()}


def _view(row: Member, branch: str | None, valid_until: dict[str, str] | None) -> MemberView:
    return MemberView(
        id=row.id,
        community_id=row.community_id,
        number=row.number,
        status=Status(row.status),
        id_mask=row.id_mask,
        branch=branch,
        version=row.version,
        week_version=row.week_version,
        merged_into=row.merged_into,
        valid_until=_days(valid_until),
        details=Details(
            name=row.name,
            gender=Gender(row.gender),
            birth_on=row.birth_on,
            phone=row.phone,
            address=row.address,
            lat=row.lat,
            lon=row.lon,
            branch_id=row.branch_id,
            skills=_codes(row.skills),
            dialects=_codes(row.dialects),
            interests=_codes(row.interests),
            needs=_codes(row.needs),
            trainings=_codes(row.trainings),
            avoids=_codes(row.avoids),
            is_helper=row.is_helper,
            is_recipient=row.is_recipient,
            hardship_tier=row.hardship_tier,
            lives_alone=row.lives_alone,
            contact=Contact(row.contact),
            joined_on=row.joined_on,
            emergency_name=row.emergency_name,
            emergency_phone=row.emergency_phone,
            note=row.note,
        ),
    )


def _codes(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(codes)
