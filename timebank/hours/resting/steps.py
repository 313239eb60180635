"""Putting accounts to rest when a membership ends and its holder stays to be helped, and waking them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.core.amounts import Minutes
from timebank.hours.errors import MinutesLeft
from timebank.hours.model import AccountKind
from timebank.hours.rules import AT_REST, at_rest, limits_of
from timebank.schemes.model import HousePolicy


async def rest(db: AsyncSession, community_id: UUID, member_id: UUID, *, name: str, actor_id: UUID) -> None:
    """Let an account take and give nothing from now on, if there is one. Raises `MinutesLeft` unless it is empty.

    The ledger holds to it by itself, since its floor and its ceiling are zero; what it says stays readable.
    """
    for account in await ledger.keep_still(db, community_id, [member_id]):
        if account.closed_at is not None:
            continue
        if account.balance_minutes or account.held_minutes:
            raise MinutesLeft(
                name=name,
                balance=Minutes(account.balance_minutes),
                held=Minutes(account.held_minutes),
            )
        floor, ceiling = AT_REST
        limits = [ledger.Limits(account_id=account.id, floor_minutes=floor, ceiling_minutes=ceiling)]
        await ledger.set_limits(db, community_id, limits, actor_id=actor_id, reason="no member any more")


async def wake(
    db: AsyncSession,
    community_id: UUID,
    member_ids: Collection[UUID],
    *,
    house: HousePolicy,
    actor_id: UUID,
) -> None:
    """Give accounts that are at rest the limits of the house policy again; others stay as they are."""
    floor, ceiling = limits_of(AccountKind.MEMBER, house)
    limits = [
        ledger.Limits(account_id=account.id, floor_minutes=floor, ceiling_minutes=ceiling)
        for account in await ledger.accounts(db, community_id, ids=list(member_ids))
        if at_rest(account) and account.closed_at is None
    ]
    if limits:
        await ledger.set_limits(db, community_id, limits, actor_id=actor_id, reason="joined again")
