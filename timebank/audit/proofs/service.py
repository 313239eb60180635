"""Use cases of proof: what an auditor takes home."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ledger import proof
from timebank.access.guard import Act, reading, use_case
from timebank.access.model import UnitNode
from timebank.audit.proofs import queries
from timebank.audit.proofs.views import CheckpointLine, Growth, KeyLine, ProofPage
from timebank.core import clock
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, Text
from timebank.core.lists import Page

READERS = frozenset({Role.COORDINATOR, Role.AUDITOR, Role.ADMINISTRATOR})


@reading(who=READERS, where="community_id", snapshot=True)
async def proofs(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    after: int | None = None,
    older: int | None = None,
    newer: int | None = None,
) -> ProofPage:
    """A community's proofs on one page. Raises `Invalid` where `older` and `newer` are no pair."""
    latest = await proof.latest(db, community_id)
    return ProofPage(
        place=await queries.place(db, community_id),
        latest=latest,
        page=await queries.page(db, community_id, after=after),
        keys=await queries.keys(db, community_id),
        pair=await _pair(db, act, latest, older, newer) if latest else None,
    )


@reading(who=READERS, where="community_id")
async def place(db: AsyncSession, act: Act, *, community_id: UUID) -> UnitNode:
    """The community whose proofs these are. Raises `NotFound`."""
    return await queries.place(db, community_id)


@reading(who=READERS, where="community_id", snapshot=True)
async def checkpoints(
    db: AsyncSession, act: Act, *, community_id: UUID, after: int | None = None
) -> Page[CheckpointLine]:
    """Checkpoints, newest first."""
    return await queries.page(db, community_id, after=after)


@reading(who=READERS, where="community_id")
async def checkpoint(db: AsyncSession, act: Act, *, community_id: UUID, number: int) -> proof.Checkpoint:
    """One checkpoint. Raises `NotFound`."""
    return await queries.checkpoint(db, community_id, number)


@reading(who=READERS, where="community_id")
async def keys(db: AsyncSession, act: Act, *, community_id: UUID) -> list[KeyLine]:
    """The public keys that ever signed, and who vouched for each."""
    return await queries.keys(db, community_id)


@reading(who=READERS, where="community_id")
async def growth(db: AsyncSession, act: Act, *, community_id: UUID, older: int, newer: int) -> Growth:
    """The proof that a checkpoint goes on from an older one. Raises `Invalid`, `NotFound`, `TreeIncomplete`."""
    _in_order(older, newer)
    return await queries.growth(db, community_id, older, newer)


@use_case(who=READERS, where="community_id")
async def export_leaves(db: AsyncSession, act: Act, *, community_id: UUID, number: int) -> str:
    """Every leaf below a checkpoint; written down, since it leaves the house. Raises `NotFound`, `TooLarge`."""
    return await queries.leaves(db, await queries.checkpoint(db, community_id, number))


async def _pair(
    db: AsyncSession, act: Act, latest: proof.Checkpoint, older: int | None, newer: int | None
) -> tuple[proof.Checkpoint, proof.Checkpoint] | None:
    if older is None and newer is None and latest.number == 1:
        return None
    later = latest if newer is None else await queries.checkpoint(db, latest.book_id, newer)
    earlier = await _held(db, act, later) if older is None else older
    _in_order(earlier, later.number)
    return await queries.checkpoint(db, latest.book_id, earlier), later


async def _held(db: AsyncSession, act: Act, later: proof.Checkpoint) -> int:
    """The one that an auditor who comes every month took home last: the last before this month."""
    began = clock.midnight(act.today.replace(day=1))
    found = await proof.last_before(db, later.book_id, began)
    return found.number if found and found.number < later.number else 1


def _in_order(older: int, newer: int) -> None:
    if older >= newer:
        raise Invalid([FieldError("older", Text(N_("旧的校验点要在新的前面")))])
