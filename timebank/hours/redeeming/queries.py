"""What members have banked, and why some may not spend it yet."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.core.errors import Text
from timebank.hours.model import AccountKind, Kind
from timebank.hours.redeeming.model import Flow
from timebank.schemes import rules
from timebank.schemes.model import HousePolicy

BANKED = (Kind.VISIT, Kind.ACTIVITY, Kind.OPENING)


async def banked(db: AsyncSession, community_id: UUID, member_ids: Collection[UUID]) -> dict[UUID, int]:
    """The minutes that members ever earned by helping or brought in, spent or not."""
    return await ledger.credited(db, community_id, sorted(member_ids), kinds=[str(kind) for kind in BANKED])


async def redeem_barriers(
    db: AsyncSession, community_id: UUID, ages: Mapping[UUID, int | None], house: HousePolicy
) -> dict[UUID, Text]:
    """Who of these members (each with their age) may not spend yet, and why; who may is missing."""
    minutes: Mapping[UUID, int] = {}
    if house.redeem_after_minutes:
        minutes = await banked(db, community_id, ages)
    found = {}
    for member_id, age in ages.items():
        had = minutes.get(member_id, house.redeem_after_minutes)
        barrier = rules.redeem_barrier(house, age=age, banked_minutes=had)
        if barrier is not None:
            found[member_id] = barrier
    return found


async def flows(db: AsyncSession, community_id: UUID) -> list[Flow]:
    """What every member of a community got and gave, month by month; in − out is the balance.

    What was corrected is left out with its correction.
    """
    return [
        Flow(
            member_id=one.account_id,
            kind=Kind(one.kind),
            month=one.month,
            in_minutes=one.in_minutes,
            out_minutes=one.out_minutes,
            last_on=one.last_on,
        )
        for one in await ledger.flows(db, community_id, kind=AccountKind.MEMBER)
    ]
