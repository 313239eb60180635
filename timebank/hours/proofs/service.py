"""Use cases of proof: the receipt of a transfer, for whoever sees the transfer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import proof
from timebank.access.delegates.model import Purpose
from timebank.access.guard import Act, reading
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.hours.corrections.queries import members_of
from timebank.hours.proofs.errors import NotSignedYet, complete_tree

READERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR})


async def _both(db: AsyncSession, arguments: dict[str, Any]) -> frozenset[UUID]:
    return await members_of(db, arguments["community_id"], arguments["transfer_id"])


@reading(who=READERS | {Role.MEMBER}, where="community_id", on_behalf=_both, purposes={Purpose.BALANCE})
async def is_signed(db: AsyncSession, act: Act, *, community_id: UUID, transfer_id: UUID) -> bool:
    """True once there is a receipt for a transfer."""
    return await proof.is_signed(db, community_id, transfer_id)


@reading(who=READERS, where="community_id")
async def receipt(
    db: AsyncSession, act: Act, *, community_id: UUID, transfer_id: UUID, next_at: datetime | None = None
) -> proof.Receipt:
    """The receipt of any transfer of the book. `next_at`: when the next checkpoint is to be signed.

    Raises `NotFound`, `NotSignedYet`, `TreeIncomplete`.
    """
    if not await ledger.transfers(db, community_id, [transfer_id]):
        raise NotFound
    return await _receipt(db, community_id, transfer_id, next_at)


@reading(who=READERS | {Role.MEMBER}, where="community_id", on_behalf="member_id", purposes={Purpose.BALANCE})
async def own_receipt(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    member_id: UUID,
    transfer_id: UUID,
    next_at: datetime | None = None,
) -> proof.Receipt:
    """The receipt of a transfer in a member's passbook; somebody else's is not found. Raises the same."""
    if member_id not in await members_of(db, community_id, transfer_id):
        raise NotFound
    return await _receipt(db, community_id, transfer_id, next_at)


async def _receipt(
    db: AsyncSession, community_id: UUID, transfer_id: UUID, next_at: datetime | None
) -> proof.Receipt:
    with complete_tree():
        found = await proof.receipt(db, community_id, transfer_id)
    if found is None:
        raise NotSignedYet(next_at)
    return found
