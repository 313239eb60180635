"""The use case of rehearsals."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading
from timebank.audit import rules as audit_rules
from timebank.audit.model import Month
from timebank.audit.rehearsals import queries, rules
from timebank.audit.rehearsals.model import Posting, Rehearsal
from timebank.audit.service import READERS
from timebank.core.errors import NotFound
from timebank.hours.redeeming.queries import banked
from timebank.people import queries as people
from timebank.people.model import Status
from timebank.schemes import queries as schemes


@reading(who=READERS, where="community_id", snapshot=True)
async def rehearse(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    version_id: UUID,
    scheme_id: UUID | None,
    month: Month | None = None,
) -> Rehearsal:
    """Had this version been in force in a month (the last whole one unless told). Nothing is posted.

    `scheme_id` None: a version of the house policy. Raises `NotFound`, `TooLarge`.
    """
    asked = month or audit_rules.month_of(act.today.replace(day=1) - timedelta(days=1))
    found = await queries.postings(db, community_id, asked)
    if scheme_id is None:
        return await _of_house(db, community_id, version_id, found, asked)
    return await _of_scheme(db, community_id, version_id, scheme_id, found, asked)


async def _of_house(
    db: AsyncSession, community_id: UUID, version_id: UUID, found: list[Posting], month: Month
) -> Rehearsal:
    versions = await schemes.house_policies(db, community_id)
    version = next((one for one in versions if one.version_id == version_id), None)
    if version is None:
        raise NotFound
    sides = {side for each in found for side in (each.giver_id, each.taker_id)}
    briefs = await people.briefs(db, sides)
    earned = await banked(db, community_id, set(briefs)) if briefs else {}
    of_month = dict.fromkeys(briefs, 0)
    for each in found:
        if each.kind in ("visit", "activity", "opening") and each.taker_id in of_month:
            of_month[each.taker_id] += each.minutes
    outcome = rules.under_house(
        found,
        version.content,
        members=set(briefs),
        # What came later than this month is in it too: an older month is told a little too kindly.
        banked={who: earned[who] - of_month[who] for who in briefs},
        age=lambda who, on: briefs[who].age(on) if who in briefs else None,
    )
    return Rehearsal(
        month=month.name,
        number=version.number,
        in_force_from=version.in_force_from,
        scheme=None,
        house=outcome,
        of_scheme=None,
    )


async def _of_scheme(
    db: AsyncSession,
    community_id: UUID,
    version_id: UUID,
    scheme_id: UUID,
    found: list[Posting],
    month: Month,
) -> Rehearsal:
    view = await schemes.scheme(db, scheme_id)
    versions = (await schemes.scheme_policies(db, [scheme_id]))[scheme_id]
    version = next((one for one in versions if one.version_id == version_id), None)
    if version is None or view.community_id != community_id:
        raise NotFound
    own = {one.version_id: one.content for one in versions if one.version_id}
    visits = [each for each in found if each.kind == "visit" and each.scheme_version_id in own]
    involved = {who for each in visits for who in (each.helper_id, each.recipient_id) if who}
    briefs, members = await people.briefs(db, involved), await people.members(db, involved)

    def age(who: UUID, on: date) -> int | None:
        return briefs[who].age(on) if who in briefs else None

    outcome = rules.under_scheme(
        visits,
        version.content,
        then=own,
        age=age,
        trainings={who: member.trainings_on for who, member in members.items()},
        accountless={who for who, brief in briefs.items() if brief.status is Status.SERVED},
    )
    return Rehearsal(
        month=month.name,
        number=version.number,
        in_force_from=version.in_force_from,
        scheme=view.name,
        house=None,
        of_scheme=outcome,
    )
