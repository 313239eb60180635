"""Writing applications down, step by step; nothing of it is ever changed."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.membership.joining.model import Application, StepKind
from timebank.membership.tables import ApplicationStep


async def add(
    db: AsyncSession,
    application: Application,
    kind: StepKind,
    *,
    on_day: date,
    note: str | None,
    step_id: UUID,
    by: UUID,
    now: datetime,
) -> None:
    """One more step; reopening begins another round."""
    last = max((step.round for step in application.steps), default=1)
    await db.execute(
        insert(ApplicationStep).values(
            id=step_id,
            community_id=application.member.community_id,
            member_id=application.member.id,
            number=len(application.steps) + 1,
            round=last + 1 if kind is StepKind.REOPENED else last,
            kind=kind,
            on_day=on_day,
            note=note,
            by=by,
            at=now,
        )
    )


async def receive(
    db: AsyncSession,
    community_id: UUID,
    member_ids: Iterable[UUID],
    provenance: Provenance,
    *,
    by: UUID,
    now: datetime,
) -> None:
    """These applied, each for the first time."""
    rows = [
        {
            "id": derived_id("received", member_id),
            "community_id": community_id,
            "member_id": member_id,
            "number": 1,
            "round": 1,
            "kind": StepKind.RECEIVED,
            "on_day": clock.day_of(now),
            "provenance": provenance,
            "by": by,
            "at": now,
        }
        for member_id in member_ids
    ]
    if rows:
        await db.execute(insert(ApplicationStep), rows)
