"""Writing how far a match round is while it is worked out; a community works out one at a time."""

from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.pairing.errors import RoundStopped, RoundUnderWay
from timebank.pairing.model import ALIVE, SILENT, RunStage
from timebank.pairing.tables import RoundRunRow


async def claim_run(db: AsyncSession, community_id: UUID, round_id: UUID, *, by: str) -> None:
    """Take the community's one place for a run. Raises `RoundUnderWay` while another is alive in it."""
    at = clock.now()
    over = or_(RoundRunRow.stage.not_in(ALIVE), RoundRunRow.at <= at - SILENT)
    new = {
        "round_id": round_id,
        "stage": RunStage.DECIDING,
        "done": 0,
        "total": 0,
        "stopped_by": None,
        "by": by,
        "at": at,
    }
    claimed = await db.scalar(
        insert(RoundRunRow)
        .values(community_id=community_id, **new)
        .on_conflict_do_update(index_elements=[RoundRunRow.community_id], set_=new, where=over)
        .returning(RoundRunRow.round_id)
    )
    if claimed is None:
        raise _under_way(await _held(db, community_id))


async def note_run(
    db: AsyncSession, community_id: UUID, round_id: UUID, *, stage: RunStage, done: int, total: int
) -> None:
    """Write down how far a run is. Raises `RoundStopped`, `RoundUnderWay` where it has lost its place."""
    told = {"stage": stage, "done": done, "total": total, "at": clock.now()}
    if await _move(db, community_id, round_id, told):
        return
    raise _lost(await _held(db, community_id), round_id)


async def end_run(db: AsyncSession, community_id: UUID, round_id: UUID) -> None:
    """Its round is being kept. Raises `RoundStopped`, `RoundUnderWay` where it has lost its place."""
    if await _move(db, community_id, round_id, {"stage": RunStage.ENDED, "at": clock.now()}):
        return
    held = await _held(db, community_id)
    if held.round_id != round_id or held.stage != RunStage.ENDED:
        raise _lost(held, round_id)


async def give_up_run(db: AsyncSession, community_id: UUID, round_id: UUID, stage: RunStage) -> None:
    """Nothing came of it; one that is over stays as it ended."""
    await db.execute(
        update(RoundRunRow)
        .where(
            RoundRunRow.community_id == community_id,
            RoundRunRow.round_id == round_id,
            RoundRunRow.stage.in_(ALIVE),
        )
        .values(stage=stage, at=clock.now())
    )


async def ask_to_stop(db: AsyncSession, community_id: UUID, round_id: UUID, *, by: str) -> None:
    """Whoever works the round out reads it when it next says how far it is, or wants to keep it."""
    await _move(db, community_id, round_id, {"stopped_by": by})


async def _move(db: AsyncSession, community_id: UUID, round_id: UUID, told: dict[str, object]) -> bool:
    """Write on a run that is alive and that nobody has stopped; False if it is not."""
    moved = await db.scalar(
        update(RoundRunRow)
        .where(
            RoundRunRow.community_id == community_id,
            RoundRunRow.round_id == round_id,
            RoundRunRow.stage.in_(ALIVE),
            RoundRunRow.stopped_by.is_(None),
        )
        .values(**told)
        .returning(RoundRunRow.round_id)
        .execution_options(synchronize_session=False)
    )
    return moved is not None


async def _held(db: AsyncSession, community_id: UUID) -> RoundRunRow:
    """The run that has the community's place."""
    wanted = select(RoundRunRow).where(RoundRunRow.community_id == community_id)
    return (await db.scalars(wanted.execution_options(populate_existing=True))).one()


def _lost(held: RoundRunRow, round_id: UUID) -> RoundStopped | RoundUnderWay:
    if held.round_id == round_id and held.stopped_by is not None:
        return RoundStopped(by=held.stopped_by)
    return _under_way(held)


def _under_way(held: RoundRunRow) -> RoundUnderWay:
    return RoundUnderWay(by=held.by, round_id=held.round_id)
