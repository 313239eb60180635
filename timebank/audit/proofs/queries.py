"""Reading proofs: the list, the keys with who vouched for them, and what goes into files."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ledger import proof
from timebank.access import queries as access
from timebank.access.model import UnitNode
from timebank.audit.model import FILE_ROWS_MAX
from timebank.audit.proofs.views import CheckpointLine, Growth, KeyLine
from timebank.core.errors import NotFound, TooLarge
from timebank.core.lists import Page
from timebank.hours.proofs.errors import TreeIncomplete, complete_tree

SHOWN = 31


async def place(db: AsyncSession, community_id: UUID) -> UnitNode:
    """The community. Raises `NotFound`."""
    found = await access.communities(db, {community_id})
    if not found:
        raise NotFound
    return found[0]


async def checkpoint(db: AsyncSession, community_id: UUID, number: int) -> proof.Checkpoint:
    """One checkpoint. Raises `NotFound`."""
    found = await proof.checkpoint(db, community_id, number)
    if found is None:
        raise NotFound
    return found


async def page(db: AsyncSession, community_id: UUID, *, after: int | None) -> Page[CheckpointLine]:
    """A page of checkpoints, newest first: of each whether its signatures are true and the tree still has it."""
    found = await proof.checkpoints(db, community_id, before_number=after, limit=SHOWN + 1)
    shown = found[:SHOWN]
    key_ids = {each.public_key: each.key_id for each in await proof.signers(db, community_id)}
    stands = await _standing(db, community_id, shown)
    rows = [
        CheckpointLine(
            checkpoint=one,
            key_ids=_signed_by(one, key_ids),
            stands=None if stands is None else one.number in stands,
        )
        for one in shown
    ]
    return Page(rows, str(shown[-1].number) if len(found) > SHOWN else None)


async def keys(db: AsyncSession, community_id: UUID) -> list[KeyLine]:
    """Every key that ever signed, the oldest first."""
    known = await proof.signers(db, community_id)
    lines = []
    for signer in known:
        older = {one.public_key: one.key_id for one in known if one.since_number < signer.since_number}
        began = await proof.checkpoint(db, community_id, signer.since_number)
        lines.append(
            KeyLine(
                signer=signer,
                vouched_by=_signed_by(began, older) if began else (),
                is_first=not older,
            )
        )
    return lines


async def growth(db: AsyncSession, community_id: UUID, older: int, newer: int) -> Growth:
    """From one checkpoint to a newer one. Raises `NotFound`, `TreeIncomplete`."""
    began = await checkpoint(db, community_id, older)
    ended = await checkpoint(db, community_id, newer)
    with complete_tree():
        told = await proof.consistency(db, began, ended)
    return Growth(older=began, newer=ended, text=told)


async def leaves(db: AsyncSession, signed: proof.Checkpoint) -> str:
    """Every leaf below a checkpoint, one a line. Raises `TooLarge`."""
    if signed.size > FILE_ROWS_MAX:
        raise TooLarge(limit=FILE_ROWS_MAX)
    told = [
        proof.leaves_file(
            await proof.leaves(db, signed.book_id, first, min(first + proof.LEAVES_MAX, signed.size))
        )
        for first in range(0, signed.size, proof.LEAVES_MAX)
    ]
    return "".join(told)


async def _standing(
    db: AsyncSession, community_id: UUID, shown: Sequence[proof.Checkpoint]
) -> frozenset[int] | None:
    try:
        with complete_tree():
            return await proof.standing(db, community_id, shown)
    except TreeIncomplete:
        return None


def _signed_by(one: proof.Checkpoint, key_ids: dict[bytes, str]) -> tuple[str, ...]:
    try:
        signed = proof.signed_by(one.note, key_ids)
    except ValueError:  # somebody changed it so that it can't even be read
        return ()
    return tuple(id_ for public, id_ in key_ids.items() if public in signed)
