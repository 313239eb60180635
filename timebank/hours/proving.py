"""A book's transfers get their places in its tree, and what it comes to is signed."""

from collections.abc import Sequence
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import proof
from timebank.access.guard import Act, Call, reading, use_case
from timebank.core.actor import Role

PROVERS = frozenset({Role.SYSTEM})


def origin_of(community_id: UUID) -> str:
    """The name of a book's log. Receipts that were given out name it: it is the same for ever."""
    return f"timebank/{community_id}"


@reading(who=PROVERS, where="community_id")
async def has_news(
    db: AsyncSession, act: Act, *, community_id: UUID, keys: Sequence[Ed25519PrivateKey]
) -> bool:
    """True where something was posted since the last checkpoint, or a key has not signed that."""
    return await proof.has_news(db, community_id, keys=keys)


@use_case(who=PROVERS, where="community_id")
async def give_places(db: AsyncSession, act: Act, *, community_id: UUID) -> int:
    """Give the next transfers their places; how many, 0 once all have theirs."""
    return await proof.sequence(db, community_id)


@use_case(who=PROVERS, where="community_id")
async def sign_checkpoint(
    db: AsyncSession, act: Act, *, community_id: UUID, keys: Sequence[Ed25519PrivateKey]
) -> int:
    """Sign the tree as it stands; the checkpoint's number. Raises `CheckpointRefused`."""
    made = await proof.sign_checkpoint(db, community_id, origin=origin_of(community_id), keys=keys)
    return made.number


async def prove(call: Call, *, community_id: UUID, keys: Sequence[Ed25519PrivateKey]) -> bool:
    """Bring a book's proof up to date; False where there was nothing new.

    Places are given in transactions of their own, so that the first time over a large book holds nobody up.
    Raises `CheckpointRefused`.
    """
    if not await has_news(call, community_id=community_id, keys=keys):
        return False
    while await give_places(call, community_id=community_id):
        pass
    await sign_checkpoint(call, community_id=community_id, keys=keys)
    return True
