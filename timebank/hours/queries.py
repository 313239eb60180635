"""Reading hours: balances, passbooks, what an entry stands on, the trial balance."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.core.errors import NotFound
from timebank.core.provenance import Provenance
from timebank.hours.model import About, Balance, Kind
from timebank.hours.tables import Movement


async def balance(db: AsyncSession, community_id: UUID, member_id: UUID) -> Balance:
    """What an account holds now. Raises `NotFound` where there is no account."""
    found = await balances(db, community_id, [member_id])
    if member_id not in found:
        raise NotFound
    return found[member_id]


async def balances(db: AsyncSession, community_id: UUID, member_ids: Collection[UUID]) -> dict[UUID, Balance]:
    """What accounts hold now; who has no account is missing."""
    accounts = await ledger.accounts(db, community_id, ids=list(member_ids))
    return {account.id: Balance(account.balance_minutes, account.held_minutes) for account in accounts}


async def abouts(db: AsyncSession, community_id: UUID, transfer_ids: Collection[UUID]) -> dict[UUID, About]:
    """What transfers were about, by their ids."""
    rows = await db.scalars(
        select(Movement).where(Movement.community_id == community_id, Movement.transfer_id.in_(transfer_ids))
    )
    return {row.transfer_id: _about(row) for row in rows}


def _about(row: Movement) -> About:
    return About(
        kind=Kind(row.kind),
        subject_id=row.subject_id,
        provenance=Provenance(row.provenance),
        served_on=row.served_on,
        category=row.category,
        helper_id=row.helper_id,
        recipient_id=row.recipient_id,
        house_version_id=row.house_version_id,
        scheme_version_id=row.scheme_version_id,
        entered_by=row.entered_by,
        confirmed_by=row.confirmed_by,
        basis=row.basis,
    )
