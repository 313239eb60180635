"""Open proposals, living pairs and what one member volunteered for become another's."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.pairing.model import PairStatus, ProposalStatus
from timebank.pairing.tables import Pair, Proposal
from timebank.pairing.volunteering import steps as volunteering


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID, now: datetime) -> None:
    """What waits for an answer, and who comes every week, is another's from now on; what has ended stays."""
    for side in ("helper_id", "recipient_id"):
        await db.execute(
            update(Proposal)
            .where(getattr(Proposal, side) == from_id, Proposal.status == ProposalStatus.OPEN)
            .values({side: to_id})
        )
        await db.execute(
            update(Pair)
            .where(getattr(Pair, side) == from_id, Pair.status != PairStatus.ENDED)
            .values({side: to_id, "version": Pair.version + 1})
        )
    await volunteering.hand_over(db, from_id=from_id, to_id=to_id, now=now)
