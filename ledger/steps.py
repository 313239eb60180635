"""Opening, limiting and closing accounts; taking a transfer back. Within the caller's transaction."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.calling import call
from ledger.model import Account, Limits, NewAccount, Outcome
from ledger.post import post
from ledger.queries import accounts, transfers
from ledger.rules import reversal_of

EXPIRE_MAX = 1_000  # holds of one call

_OPEN = text("""SELECT ledger.open_accounts(:book, CAST(:ids AS uuid[]), CAST(:kinds AS text[]),
    CAST(:floors AS bigint[]), CAST(:ceilings AS bigint[]), CAST(:clears AS uuid[]), :actor, :reason)""")
_LIMIT = text("""SELECT ledger.set_limits(:book, CAST(:ids AS uuid[]), CAST(:floors AS bigint[]),
    CAST(:ceilings AS bigint[]), :actor, :reason)""")
_KEEP = text("SELECT ledger.keep_still(:book, CAST(:ids AS uuid[]))")
_EXPIRE = text("SELECT ARRAY(SELECT ledger.expire_holds(:book, :many))")
_CLOSE = text("SELECT ledger.close_accounts(:book, CAST(:ids AS uuid[]))")


async def open_accounts(
    db: AsyncSession, book_id: UUID, accounts: Sequence[NewAccount], *, actor_id: UUID, reason: str
) -> None:
    """Open accounts at zero. One that is open already is left as it is, limits too.

    Raises BookNotVisible, AccountDiffers (open, but as something else), LimitsCrossed.
    """
    await call(
        db,
        _OPEN,
        book=book_id,
        ids=[account.id for account in accounts],
        kinds=[account.kind for account in accounts],
        floors=[account.floor_minutes for account in accounts],
        ceilings=[account.ceiling_minutes for account in accounts],
        clears=[account.clears_with for account in accounts],
        actor=actor_id,
        reason=reason,
    )


async def set_limits(
    db: AsyncSession, book_id: UUID, limits: Sequence[Limits], *, actor_id: UUID, reason: str
) -> int:
    """Give accounts other limits, and return how many changed; who did it and why is kept.

    A balance that the new limits leave outside stays as it is: from there it can only come back.
    Raises BookNotVisible, AccountUnknown, LimitsCrossed.
    """
    changed = await call(
        db,
        _LIMIT,
        book=book_id,
        ids=[limit.account_id for limit in limits],
        floors=[limit.floor_minutes for limit in limits],
        ceilings=[limit.ceiling_minutes for limit in limits],
        actor=actor_id,
        reason=reason,
    )
    assert isinstance(changed, int)
    return changed


async def keep_still(db: AsyncSession, book_id: UUID, account_ids: Sequence[UUID]) -> list[Account]:
    """Accounts as they stand, by id, and as they stay until the transaction ends but for its own postings.

    For a batch that depends on balances: name every account of it, since all are locked in the order of
    posting. An id that isn't there is missing. Raises BookNotVisible.
    """
    await call(db, _KEEP, book=book_id, ids=list(account_ids))
    return await accounts(db, book_id, ids=account_ids)


async def close_accounts(db: AsyncSession, book_id: UUID, account_ids: Sequence[UUID]) -> None:
    """Close accounts for good: nothing is posted to them any more. One closed already stays so.

    Raises BookNotVisible, AccountUnknown, AccountNotEmpty.
    """
    await call(db, _CLOSE, book=book_id, ids=list(account_ids))


async def expire_holds(db: AsyncSession, book_id: UUID, *, limit: int = EXPIRE_MAX) -> list[UUID]:
    """Let go of up to `limit` holds whose time is over by the database's clock, and return their ids.

    Until then they count as held, but can't be captured any more. Raises BookNotVisible.
    """
    expired = await call(db, _EXPIRE, book=book_id, many=min(limit, EXPIRE_MAX))
    assert isinstance(expired, list)
    return expired


async def reverse(
    db: AsyncSession,
    book_id: UUID,
    transfer_id: UUID,
    *,
    operation_id: UUID,
    effective_on: date,
    actor_id: UUID,
    reason: str | None = None,
    forced: bool = False,
) -> Outcome | None:
    """Take one transfer back with an equal and opposite new one; None if there is no such transfer.

    To replace a transfer as well, post `Linked((reversal_of(transfer, …), replacement))` instead.
    """
    found = await transfers(db, book_id, [transfer_id])
    if not found:
        return None
    operation = reversal_of(
        found[0],
        operation_id=operation_id,
        effective_on=effective_on,
        actor_id=actor_id,
        reason=reason,
        forced=forced,
    )
    return (await post(db, [operation]))[0]
