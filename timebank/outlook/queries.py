"""Reading what the outlook is made of: everybody's hours, when they were last heard of, what stands behind it all."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.kin.queries import ties_within
from timebank.access.kin.rules import word
from timebank.activities import queries as activities
from timebank.core.errors import Text
from timebank.hours.redeeming import queries as redeeming
from timebank.outlook import rules
from timebank.outlook.model import Backing, Survey
from timebank.outlook.suggesting import Offered
from timebank.outlook.tables import BackingRow
from timebank.people import queries as people
from timebank.people.model import MemberView, Status
from timebank.requests import queries as requests
from timebank.requests.offers import queries as offers
from timebank.visits import queries as visits


async def survey(db: AsyncSession, community_id: UUID, on: date) -> Survey:
    """Everybody of a community, with their hours."""
    everybody = await people.members_of(db, community_id)
    merged = {one.id: one.merged_into for one in everybody if one.merged_into is not None}
    members = {one.id: one for one in everybody if one.merged_into is None}
    flows = rules.by_person(await redeeming.flows(db, community_id), merged)
    asked = await requests.asked(db, community_id)
    helped = await visits.last_met(db, community_id, members)
    savers = {
        one.id: rules.saver(
            one, flows.get(one.id, ()), asked=asked.get(one.id), helped_on=helped.get(one.id), on=on
        )
        for one in members.values()
    }
    visited = await visits.last_seen(db, community_id)
    took_part = await activities.last_seen(db, community_id)
    seen = {
        one.id: max(found)
        for one in members.values()
        if (found := rules.signs_of_life(one, savers[one.id], visited.get(one.id), took_part.get(one.id)))
    }
    candidates = await people.candidates(db, community_id)
    week = {
        one.member.id: sum(window.to_minute - window.from_minute for window in one.windows)
        for one in candidates
    }
    return Survey(on=on, members=members, savers=savers, week=week, seen_on=seen, merged=merged)


async def backings(db: AsyncSession, community_id: UUID) -> list[Backing]:
    """What stands and stood behind the hours, the latest first."""
    rows = (
        await db.scalars(
            select(BackingRow)
            .where(BackingRow.community_id == community_id)
            .order_by(BackingRow.from_on.desc(), BackingRow.recorded_at.desc(), BackingRow.id.desc())
        )
    ).all()
    names = await access.staff_names(db, {row.recorded_by for row in rows})
    return [
        Backing(
            id=row.id,
            from_on=row.from_on,
            fund_fen=row.fund_fen,
            hour_fen=row.hour_fen,
            note=row.note,
            recorded_by=names.get(row.recorded_by, ""),
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


async def offered(db: AsyncSession, found: Survey, community_id: UUID) -> list[Offered]:
    """What helpers of this community said they would gladly do, and where they live."""
    standing = await offers.standing(db, community_id, found.on)
    return [
        Offered(offer.category, one.id, one.name, one.details.lat, one.details.lon)
        for one in found.active
        if one.id in found.week
        for offer in standing.get(one.id, ())
    ]


async def kin_who_could_use_hours(
    db: AsyncSession, found: Survey, community_id: UUID
) -> dict[UUID, tuple[Text, str]]:
    """A relative here of each, and the word for them, who is of an age to be helped."""
    kin: dict[UUID, tuple[Text, str]] = {}
    for tie in await ties_within(db, community_id, found.on):
        own, other = found.members.get(tie.member_id), _member(found, tie.other.member_id)
        if own is not None and other is not None and rules.could_use_hours(other, found.on):
            kind = word(tie.kind, own=own.details.gender, other=other.details.gender)
            kin.setdefault(own.id, (Text(kind), other.name))
    return kin


def _member(found: Survey, member_id: UUID | None) -> MemberView | None:
    one = found.members.get(member_id) if member_id is not None else None
    return one if one is not None and one.status is Status.ACTIVE else None
