"""Use cases of spending: where a member stands."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates.model import Purpose
from timebank.access.guard import Act, reading
from timebank.core.actor import Role
from timebank.hours.redeeming import queries
from timebank.hours.redeeming.model import Standing
from timebank.people import queries as people
from timebank.schemes import queries as schemes
from timebank.schemes import rules


@reading(
    who={Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR, Role.MEMBER},
    where="community_id",
    on_behalf="member_id",
    purposes={Purpose.BALANCE},
)
async def standing(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> Standing | None:
    """What somebody has banked, their stars, and why they may not spend yet; None where no rule asks."""
    house = (await schemes.house_policy(db, community_id, act.today)).content
    if not (house.star_minutes or house.redeem_after_minutes or house.redeem_age_min):
        return None
    minutes = (await queries.banked(db, community_id, [member_id]))[member_id]
    brief = (await people.briefs(db, [member_id])).get(member_id)
    stars = rules.stars(house, minutes)
    ahead = house.star_minutes[stars:]
    return Standing(
        banked_minutes=minutes,
        stars=stars,
        next_star_minutes=ahead[0] - minutes if ahead else None,
        barrier=rules.redeem_barrier(
            house, age=brief.age(act.today) if brief else None, banked_minutes=minutes
        ),
    )
