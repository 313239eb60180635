"""Use cases of approvals: what waits here and next door, and a second person's word."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import NotFound, Text
from timebank.hours import steps
from timebank.hours.approvals.model import Outside, Proposed
from timebank.people.model import CATEGORY_LABELS, TRAINING_LABELS
from timebank.schemes import queries as schemes
from timebank.schemes import rules
from timebank.schemes import steps as scheme_steps
from timebank.schemes.errors import ApprovedByMaker
from timebank.schemes.model import Dated, HousePolicy, SchemePolicy, Unapproved
from timebank.schemes.tables import HousePolicyVersion, SchemePolicyVersion

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
_NAMES = CATEGORY_LABELS | TRAINING_LABELS


@reading(who=DESK, where=EVERYWHERE, next_door=True)
async def to_decide(db: AsyncSession, act: Act) -> list[Unapproved]:
    """What waits for this reader's word, here and next door."""
    return [
        one
        for one in await schemes.unapproved(db, act.today)
        if not rules.policy_approved_by_maker(made_by=one.made_by, approved_by=act.actor.id)
    ]


@reading(who=DESK, where=EVERYWHERE, next_door=True)
async def waiting(db: AsyncSession, act: Act) -> list[Proposed]:
    """Every version of rules, here and next door, that could still begin and waits for a second word."""
    found = await schemes.unapproved(db, act.today)
    places = {node.id: node.name for node in await access.communities(db)} if found else {}
    return [await _proposed(db, act, one, places[one.community_id]) for one in found]


@use_case(who=DESK, where="community_id", next_door=True)
async def approve_policy(
    db: AsyncSession, act: Act, *, community_id: UUID, version_id: UUID, scheme_id: UUID | None
) -> None:
    """Agree as a second person; `scheme_id` None: to a version of the house policy. It begins on its day.

    Raises `ApprovedByMaker`, `ApprovedLate`, `Stale`, `NotFound`, and `OutsideLimits` as proposing does.
    """
    table = HousePolicyVersion if scheme_id is None else SchemePolicyVersion
    if scheme_id is None:
        versions = await schemes.house_policies(db, community_id)
        wanted = next((one for one in versions if one.version_id == version_id), None)
        if wanted is None:
            raise NotFound
        await steps.refuse_outside(db, community_id, wanted.content)
    begins = await scheme_steps.approve(db, table, community_id, version_id, by=act.actor.id, now=act.now)
    if scheme_id is None and begins <= act.today:
        await steps.apply_house_policy(db, community_id, on=act.today, actor_id=act.actor.id)


async def outside(db: AsyncSession, community_id: UUID, house: HousePolicy) -> Outside:
    """Whom these limits would leave outside, as balances stand."""
    return Outside(*await steps.outside_limits(db, community_id, house))


async def _proposed(db: AsyncSession, act: Act, one: Unapproved, community: str) -> Proposed:
    names = await access.staff_names(db, [one.made_by])
    left = Outside(0, 0)
    version: Dated[HousePolicy] | Dated[SchemePolicy]
    if one.scheme_id is None:
        houses = await schemes.house_policies(db, one.community_id)
        version = next(each for each in houses if each.version_id == one.version_id)
        now = rules.in_force(houses, one.in_force_from) or schemes.UNSET
        changes = rules.differences(rules.house_lines(now.content), rules.house_lines(version.content))
        left = await outside(db, one.community_id, version.content)
    else:
        versions = (await schemes.scheme_policies(db, [one.scheme_id]))[one.scheme_id]
        version = next(each for each in versions if each.version_id == one.version_id)
        before = rules.in_force(versions, one.in_force_from)
        lines = rules.scheme_lines(before.content, _NAMES) if before else []
        changes = rules.differences(lines, rules.scheme_lines(version.content, _NAMES))
    own = rules.policy_approved_by_maker(made_by=one.made_by, approved_by=act.actor.id)
    assert version.made_at is not None
    return Proposed(
        version_id=one.version_id,
        community_id=one.community_id,
        community=community,
        scheme_id=one.scheme_id,
        scheme=one.scheme,
        number=version.number,
        in_force_from=one.in_force_from,
        made_by_name=names.get(one.made_by, ""),
        made_at=version.made_at,
        changes=tuple(changes),
        outside=left,
        obstacle=Text(ApprovedByMaker.message) if own else None,
    )
