"""Writing how far a match round is while it is worked out."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.pairing.model import RunStage
from timebank.pairing.tables import RoundRunRow


async def note_run(
    db: AsyncSession, community_id: UUID, round_id: UUID, *, stage: RunStage, done: int, total: int, by: str
) -> bool:
    """Write down how far a round is; True if somebody wants it stopped."""
    said = {"stage": stage, "done": done, "total": total, "by": by, "at": clock.now()}
    stop = await db.scalar(
        insert(RoundRunRow)
        .values(community_id=community_id, round_id=round_id, stop=False, **said)
        .on_conflict_do_update(
            index_elements=[RoundRunRow.community_id],
            # A newer run takes the place of an older one, and nobody has stopped it yet.
            set_={
                "stop": RoundRunRow.stop & (RoundRunRow.round_id == round_id),
                "round_id": round_id,
                **said,
            },
        )
        .returning(RoundRunRow.stop)
    )
    return bool(stop)


async def ask_to_stop(db: AsyncSession, community_id: UUID, round_id: UUID) -> None:
    """Whoever works the round out reads it when it next says how far it is."""
    await db.execute(
        update(RoundRunRow)
        .where(RoundRunRow.community_id == community_id, RoundRunRow.round_id == round_id)
        .values(stop=True)
    )
