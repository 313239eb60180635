"""Writing corrections."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound, Stale
from timebank.hours.corrections import rules
from timebank.hours.corrections.errors import CorrectionOver, CorrectionStands
from timebank.hours.corrections.model import LASTS_DAYS, State
from timebank.hours.tables import Correction


async def ask(
    db: AsyncSession,
    community_id: UUID,
    transfer_id: UUID,
    *,
    correction_id: UUID,
    reason: str,
    by: UUID,
    now: datetime,
    today: date,
) -> UUID:
    """Write down what is asked for; its id. Raises `CorrectionStands`."""
    mine = Correction.community_id == community_id, Correction.transfer_id == transfer_id
    run_out = *mine, Correction.state == State.ASKED, Correction.expires_on < today
    await db.execute(update(Correction).where(*run_out).values(state=State.EXPIRED))
    standing = Correction.state.in_((State.ASKED, State.APPROVED))
    if await db.scalar(select(Correction.id).where(*mine, standing)):
        raise CorrectionStands
    await db.execute(
        insert(Correction).values(
            id=correction_id,
            community_id=community_id,
            transfer_id=transfer_id,
            state=State.ASKED,
            reason=reason,
            asked_by=by,
            asked_at=now,
            expires_on=today + timedelta(days=LASTS_DAYS),
        )
    )
    return correction_id


async def locked(
    db: AsyncSession, community_id: UUID, correction_id: UUID, *, version: int, today: date
) -> Correction:
    """One that waits, locked to the end of the transaction. Raises `CorrectionOver`, `Stale`, `NotFound`."""
    row = await db.get(Correction, correction_id, with_for_update=True, populate_existing=True)
    if row is None or row.community_id != community_id:
        raise NotFound
    if rules.state(State(row.state), row.expires_on, today) is not State.ASKED:
        raise CorrectionOver
    if row.version != version:
        raise Stale(row.version)
    return row


def end(
    row: Correction,
    state: State,
    *,
    by: UUID,
    now: datetime,
    word: str | None = None,
    reversal_id: UUID | None = None,
) -> None:
    """How it ended, and by whom."""
    row.state, row.decided_by, row.decided_at = state, by, now
    row.word, row.reversal_id, row.version = word, reversal_id, row.version + 1
