"""Use cases of audit: the three steps of a run, reading what runs found, and what people say of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, Arguments, reading, use_case
from timebank.audit import comparing, queries, steps
from timebank.audit.checks import CHECKS
from timebank.audit.model import Cause, Check, Comparison, Event
from timebank.audit.views import RunView
from timebank.core.actor import Role

READERS = frozenset({Role.COORDINATOR, Role.AUDITOR, Role.ADMINISTRATOR})
RUNNERS = READERS | {Role.SYSTEM}


@use_case(who=RUNNERS, where="community_id")
async def claim_run(db: AsyncSession, act: Act, *, community_id: UUID) -> UUID:
    """Begin a run, written down before anything is read. The same key gets the same run."""
    cause = Cause.NIGHTLY if act.role is Role.SYSTEM else Cause.BY_HAND
    run_id = act.id_for("run", community_id)
    await steps.claim(db, community_id, run_id=run_id, cause=cause, actor=act.actor, now=act.now)
    return run_id


@reading(who=RUNNERS, where="community_id", snapshot=True)
async def compare(
    db: AsyncSession, act: Act, *, community_id: UUID, cut_off_at: datetime, checks: Sequence[Check] = CHECKS
) -> Comparison:
    """Everything a run compares, read in one snapshot."""
    return await comparing.compare(db, community_id, checks, cut_off_at=cut_off_at)


@use_case(who=RUNNERS, where="community_id")
async def record_run(
    db: AsyncSession, act: Act, *, community_id: UUID, run_id: UUID, comparison: Comparison
) -> RunView:
    """Write down what a run came to, and bring the findings up to it; once, however often it is tried."""
    await steps.record(db, community_id, run_id, comparison, now=act.now)
    return await queries.run(db, community_id, run_id)


@reading(who=RUNNERS, where="community_id")
async def run(db: AsyncSession, act: Act, *, community_id: UUID, run_id: UUID) -> RunView:
    """One run. Raises `NotFound`."""
    return await queries.run(db, community_id, run_id)


async def _where_finding(db: AsyncSession, arguments: Arguments) -> UUID:
    return await queries.community_of_finding(db, arguments["finding_id"])


async def _whose_finding(db: AsyncSession, arguments: Arguments) -> list[UUID]:
    return await queries.members_of_finding(db, arguments["finding_id"])


@use_case(who=READERS, where=_where_finding, on_behalf=_whose_finding)
async def explain(db: AsyncSession, act: Act, *, finding_id: UUID, note: str, version: int) -> None:
    """Write down why a difference is there. Raises `FindingClosed`, `Stale`, `OwnAffair`."""
    await _note(db, act, finding_id, Event.EXPLAINED, note, version)


@use_case(who=READERS, where=_where_finding, on_behalf=_whose_finding)
async def close(db: AsyncSession, act: Act, *, finding_id: UUID, note: str, version: int) -> None:
    """Close an explained finding, as a second person.

    Raises `NotExplained`, `SecondPersonNeeded`, `FindingClosed`, `Stale`, `OwnAffair`.
    """
    await _note(db, act, finding_id, Event.CLOSED, note, version)


@use_case(who=READERS, where=_where_finding, on_behalf=_whose_finding)
async def send_back(db: AsyncSession, act: Act, *, finding_id: UUID, note: str, version: int) -> None:
    """Not satisfied with the explanation: open again. Raises the same as `close`."""
    await _note(db, act, finding_id, Event.RETURNED, note, version)


async def _note(db: AsyncSession, act: Act, finding_id: UUID, event: Event, note: str, version: int) -> None:
    await steps.note(db, finding_id, event, note, version=version, actor=act.actor, now=act.now)
