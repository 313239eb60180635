"""Writing match rounds."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from matching import digest
from timebank.core.errors import NotFound
from timebank.pairing.errors import RoundClosed
from timebank.pairing.model import Dropped, RoundInput, RoundStatus
from timebank.pairing.queries.rounds import DROPPED, INPUT, NOBODY, REPORT, VALUE, WHYS, stored_plan
from timebank.pairing.solving import Solved
from timebank.pairing.tables import Round


async def write_round(
    db: AsyncSession,
    community_id: UUID,
    *,
    round_id: UUID,
    scheme_id: UUID | None,
    on_day: date,
    given: RoundInput,
    solved: Solved,
    dropped: Sequence[Dropped],
    milliseconds: int,
    by: UUID,
    now: datetime,
) -> bool:
    """Keep a round, and close the unsent ones whose requests it took over; False if it is there already."""
    plan = solved.plan
    made = await db.scalar(
        insert(Round)
        .values(
            id=round_id,
            community_id=community_id,
            scheme_id=scheme_id,
            on_day=on_day,
            status=RoundStatus.MADE,
            input_digest=plan.problem,
            input=INPUT.dump_python(given, mode="json"),
            plan_digest=digest(plan),
            plan=stored_plan(plan),
            whys=WHYS.dump_python(list(solved.whys), mode="json"),
            nobody=NOBODY.dump_python(list(solved.nobody), mode="json"),
            dropped=DROPPED.dump_python(list(dropped), mode="json"),
            value=VALUE.dump_python(plan.value, mode="json"),
            report=REPORT.dump_python(solved.report, mode="json"),
            helpers=plan.counts.helpers,
            served=plan.value.served,
            waiting=len(plan.unmatched),
            milliseconds=milliseconds,
            made_by=by,
            made_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Round.id])
        .returning(Round.id)
    )
    if made is None:
        return False
    same = [] if scheme_id is None else [or_(Round.scheme_id == scheme_id, Round.scheme_id.is_(None))]
    await db.execute(
        update(Round)
        .where(Round.community_id == community_id, Round.status == RoundStatus.MADE, Round.id != made, *same)
        .values(status=RoundStatus.SUPERSEDED)
    )
    return True


async def mark_sent(
    db: AsyncSession, community_id: UUID, round_id: UUID, dropped: Sequence[Dropped], *, now: datetime
) -> None:
    """Its proposals have gone out, but for those dropped."""
    await db.execute(
        update(Round)
        .where(Round.id == round_id, Round.community_id == community_id)
        .values(status=RoundStatus.SENT, sent_at=now, dropped=DROPPED.dump_python(list(dropped), mode="json"))
    )


async def hold_for_sending(db: AsyncSession, community_id: UUID, round_id: UUID) -> None:
    """Hold a round that may still be sent; a second caller waits here. Raises `NotFound`, `RoundClosed`."""
    status = await db.scalar(
        select(Round.status).where(Round.id == round_id, Round.community_id == community_id).with_for_update()
    )
    if status is None:
        raise NotFound
    if status != RoundStatus.MADE:
        raise RoundClosed
