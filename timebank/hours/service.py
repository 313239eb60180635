"""Use cases of hours: look at balances and entries, set the house policy, grant and give."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.delegates.model import Purpose
from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page
from timebank.hours import queries, steps
from timebank.hours.errors import as_error
from timebank.hours.model import (
    AccountKind,
    AccountView,
    Balance,
    Explanation,
    Kind,
    Passbook,
    TrialBalance,
    common_account,
)
from timebank.hours.moving import Move, move
from timebank.hours.refusals import Refused
from timebank.people import queries as people
from timebank.people.errors import NotAMember
from timebank.people.model import Status
from timebank.schemes import queries as schemes
from timebank.schemes import steps as scheme_steps
from timebank.schemes.model import Dated, HousePolicy

READERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR})
WRITERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class HouseRules:
    """The house policy in force, all its versions with the one that begins last first, and who made them."""

    in_force: Dated[HousePolicy]
    versions: list[Dated[HousePolicy]]
    makers: dict[UUID, str]


@reading(
    who=READERS | {Role.MEMBER},
    where="community_id",
    on_behalf="member_id",
    purposes={Purpose.BALANCE},
)
async def balance(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> Balance:
    """What a member has."""
    return await queries.balance(db, community_id, member_id)


@reading(
    who=READERS | {Role.MEMBER},
    where="community_id",
    on_behalf="member_id",
    purposes={Purpose.BALANCE},
)
async def passbook(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    member_id: UUID,
    from_on: date,
    until_on: date,
    after: str | None = None,
) -> Passbook:
    """A member's passbook, a page of it."""
    return await queries.passbook(db, community_id, member_id, from_on, until_on, after)


@reading(
    who=READERS | {Role.MEMBER},
    where="community_id",
    on_behalf="member_id",
    purposes={Purpose.BALANCE},
)
async def explain_own(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, transfer_id: UUID
) -> Explanation:
    """Why an entry stands in a member's passbook; somebody else's is not found."""
    found = await queries.explain(db, community_id, transfer_id, seen_by=member_id)
    if member_id not in (found.from_id, found.to_id):
        raise NotFound
    return found


@reading(who=READERS, where="community_id")
async def explain(db: AsyncSession, act: Act, *, community_id: UUID, transfer_id: UUID) -> Explanation:
    """Why an entry stands in the book."""
    return await queries.explain(db, community_id, transfer_id)


@reading(who=READERS, where="community_id")
async def accounts(
    db: AsyncSession, act: Act, *, community_id: UUID, words: str | None = None, after: str | None = None
) -> Page[AccountView]:
    """Accounts by their holders."""
    return await queries.list_accounts(db, community_id, words=words, after=after)


@reading(who=READERS, where="community_id")
async def account(db: AsyncSession, act: Act, *, community_id: UUID, account_id: UUID) -> AccountView:
    """One account as it stands."""
    return await queries.account(db, community_id, account_id)


@reading(who=READERS, where="community_id")
async def statement(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    account_id: UUID,
    from_on: date,
    until_on: date,
    after: str | None = None,
    whole: bool = False,
) -> Passbook:
    """Any account's entries: a page of them, or the `whole` for a file or for paper."""
    limit = None if whole else PAGE_ROWS_MAX
    return await queries.passbook(db, community_id, account_id, from_on, until_on, after, limit=limit)


@reading(who=READERS, where="community_id")
async def trial_balance(
    db: AsyncSession, act: Act, *, community_id: UUID, until_on: date, from_on: date | None = None
) -> TrialBalance:
    """Every account of a community to the end of a day."""
    return await queries.trial_balance(db, community_id, until_on, from_on)


def _people_behind(versions: list[Dated[HousePolicy]]) -> set[UUID]:
    return {who for one in versions for who in (one.made_by, one.approved_by) if who}


@reading(who=READERS, where="community_id")
async def house_rules(db: AsyncSession, act: Act, *, community_id: UUID) -> HouseRules:
    """What holds for every account."""
    versions = await schemes.house_policies(db, community_id)
    makers = await access.staff_names(db, _people_behind(versions))
    return HouseRules(await schemes.house_policy(db, community_id, act.today), versions, makers)


@use_case(who=WRITERS, where="community_id")
async def set_house_policy(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    policy: HousePolicy,
    in_force_from: date,
    replaces: UUID | None = None,
) -> UUID:
    """Set the house policy from a day on, or in place of a version that has not begun.

    The first begins by itself, and where its day is today or past, accounts get its limits at once; all others
    wait for a second person's word. Raises `OutsideLimits` where somebody's balance would be outside of the
    new limits and the policy does not say that they stay as they are.
    """
    await steps.refuse_outside(db, community_id, policy)
    made = await scheme_steps.set_house_policy(
        db,
        community_id,
        policy,
        in_force_from,
        now=act.now,
        made_by=act.actor.id,
        replaces=replaces,
    )
    if in_force_from <= act.today:
        await steps.apply_house_policy(db, community_id, on=act.today, actor_id=act.actor.id)
    return made


@use_case(who={Role.SYSTEM}, where="community_id")
async def apply_house_policy(db: AsyncSession, act: Act, *, community_id: UUID, on: date) -> int:
    """Give accounts the limits of the policy that is in force on a day; how many changed."""
    return await steps.apply_house_policy(db, community_id, on=on, actor_id=act.actor.id)


@use_case(who=WRITERS, where="community_id", on_behalf="member_id")
async def grant(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID | None, minutes: int, reason: str
) -> UUID:
    """Issue minutes to a member, or to the pool (None); the transfer's id. Raises `NotPosted`, `NotAMember`."""
    if member_id is not None:
        await _refuse_served(db, member_id)
    to = member_id or common_account(AccountKind.POOL, community_id)
    giver = common_account(AccountKind.GRANTS, community_id)
    house = await schemes.house_policy(db, community_id, act.today)
    answer = await move(
        db,
        act,
        community_id,
        Move(Kind.GRANT, from_account=giver, to_account=to, minutes=minutes, reason=reason),
        house=house,
    )
    if isinstance(answer, Refused):
        name = await queries.name_of(db, community_id, answer.account_id)
        raise as_error(answer, answer.text(name))
    return answer.id


async def _refuse_served(db: AsyncSession, member_id: UUID) -> None:
    brief = (await people.briefs(db, [member_id])).get(member_id)
    if brief is not None and brief.status is Status.SERVED:
        raise NotAMember(name=brief.name)
