"""Reading certificates, and what is still open in a community."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.hours import queries as hours
from timebank.hours.redeeming import queries as redeeming
from timebank.membership.certificates.model import Certificate, Certificates, StillOpen
from timebank.membership.deaths import queries as deaths
from timebank.membership.joining import queries as joining
from timebank.pairing import queries as pairing
from timebank.people import queries as people
from timebank.people.model import MemberView, Status
from timebank.requests import queries as requests
from timebank.requests.model import OPEN
from timebank.visits import queries as visits
from timebank.visits.model import Status as VisitStatus

PAGE = 100
# Who has or had an account here; the dead have no more use for a paper.
_HOLDERS = frozenset({Status.ACTIVE, Status.PAUSED, Status.LEFT})


async def one(db: AsyncSession, member_id: UUID, on: date) -> Certificate | None:
    """A member's certificate; None without an account. Raises `NotFound`."""
    member = await people.member(db, member_id)
    found = await _certificates(db, member.community_id, [member], on)
    return found[0] if found else None


async def everybody(db: AsyncSession, community_id: UUID, on: date, after: str | None) -> Certificates:
    """A page of everybody's who has an account, by number; who left only if something is left there."""
    holders = [
        member
        for member in await people.members_of(db, community_id)
        if member.status in _HOLDERS and member.merged_into is None and member.number > (after or "")
    ]
    page = holders[:PAGE]
    rows = [
        one
        for one in await _certificates(db, community_id, page, on)
        if one.member.status is not Status.LEFT or one.balance_minutes
    ]
    return Certificates(rows=rows, after=page[-1].number if len(holders) > PAGE else None)


async def still_open(db: AsyncSession, community_id: UUID, today: date) -> StillOpen:
    """What is still in progress in a community, and what its people have."""
    counts = await requests.count_by_status(db, community_id)
    under_way = await visits.count_open(db, community_id)
    ids = [member.id for member in await people.members_of(db, community_id)]
    balances = [one.posted for one in (await hours.balances(db, community_id, ids)).values()]
    return StillOpen(
        applications=len(await joining.waiting(db, today, community_id)),
        requests=sum(counts.get(status, 0) for status in OPEN),
        proposals=len(await pairing.open_proposals(db, community_id)),
        pairs=len(await pairing.living_pairs(db, community_id)),
        planned=under_way.get(VisitStatus.PLANNED, 0),
        unsettled=sum(under_way.get(status, 0) for status in deaths.UNSETTLED),
        balances_later=len(await deaths.waiting(db, community_id)),
        people=sum(minutes > 0 for minutes in balances),
        above_minutes=sum(minutes for minutes in balances if minutes > 0),
        below_minutes=-sum(minutes for minutes in balances if minutes < 0),
    )


async def _certificates(
    db: AsyncSession, community_id: UUID, members: Sequence[MemberView], on: date
) -> list[Certificate]:
    ids = [member.id for member in members]
    balances = await hours.balances(db, community_id, ids)
    banked = await redeeming.banked(db, community_id, ids) if ids else {}
    places = {node.id: node.name for node in await access.communities(db)}
    return [
        Certificate(
            member=member,
            community=places.get(community_id, ""),
            on=on,
            banked_minutes=banked.get(member.id, 0),
            balance_minutes=balances[member.id].posted,
        )
        for member in members
        if member.id in balances
    ]
