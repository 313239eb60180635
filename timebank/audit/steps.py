"""Writing down runs and findings. Nothing here touches what was compared."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.audit import rules
from timebank.audit.model import (
    FINDINGS_PER_CHECK_MAX,
    Cause,
    CheckState,
    Comparison,
    Event,
    FindingState,
    Mark,
    Named,
    Scope,
)
from timebank.audit.tables import Finding, FindingEvent, Run, RunCheck
from timebank.core.actor import Actor
from timebank.core.errors import NotFound, Stale
from timebank.core.ids import new_id

_MARK = text("""
INSERT INTO timebank.reconciled AS r (community_id, account_id, version, balance_minutes)
SELECT :community, * FROM unnest(CAST(:accounts AS uuid[]), CAST(:versions AS bigint[]), CAST(:balances AS bigint[]))
ON CONFLICT (community_id, account_id)
DO UPDATE SET version = excluded.version, balance_minutes = excluded.balance_minutes
WHERE r.version < excluded.version
""")


async def claim(
    db: AsyncSession,
    community_id: UUID,
    *,
    run_id: UUID,
    cause: Cause,
    since_run_id: UUID | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down that a run has begun, before anything is read; without another to go on from it is a full one."""
    await db.execute(
        insert(Run).values(
            community_id=community_id,
            id=run_id,
            cause=cause,
            scope=Scope.NEWS if since_run_id else Scope.FULL,
            since_run_id=since_run_id,
            actor_id=actor.id,
            actor_name=actor.name,
            started_at=now,
        )
    )


async def record(
    db: AsyncSession, community_id: UUID, run_id: UUID, comparison: Comparison, *, now: datetime
) -> None:
    """Write down what a run came to, once: a second attempt finds it finished and changes nothing."""
    # One at a time for a community, so that findings get their numbers and their last sighting in order.
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('timebank.audit ' || :community, 0))"),
        {"community": str(community_id)},
    )
    states = [checked.state for checked in comparison.checks]
    counts = comparison.counts
    taken = await db.execute(
        update(Run)
        .where(Run.community_id == community_id, Run.id == run_id, Run.finished_at.is_(None))
        .values(
            cut_off_at=comparison.cut_off_at,
            finished_at=now,
            milliseconds=comparison.milliseconds,
            accounts=counts.accounts,
            transfers=counts.transfers,
            entries=counts.entries,
            movements=counts.movements,
            visits=counts.visits,
            book_minutes=counts.book_minutes,
            last_posted_at=counts.last_posted_at,
            passed=states.count(CheckState.PASSED),
            found=states.count(CheckState.FOUND),
            unchecked=states.count(CheckState.UNCHECKED),
            findings=sum(checked.found for checked in comparison.checks),
            read_at=comparison.reached.read_at,
            leaves=comparison.reached.leaves,
            checkpoints=comparison.reached.checkpoints,
        )
        .returning(Run.id)
    )
    if taken.scalar_one_or_none() is None:
        return
    await db.execute(
        insert(RunCheck),
        [
            {
                "community_id": community_id,
                "run_id": run_id,
                "name": checked.name,
                "place": place,
                "state": checked.state,
                "found": checked.found,
                "milliseconds": checked.milliseconds,
                "problem": checked.problem,
            }
            for place, checked in enumerate(comparison.checks)
        ],
    )
    if comparison.complete:
        await _mark(db, community_id, comparison.reached.marks)
    overtaken = await _overtaken_by(db, community_id, run_id, comparison.cut_off_at)
    if Scope.FULL not in overtaken:
        # Only who looked at everything, and last, can say that something is not there.
        may_miss = comparison.scope is Scope.FULL and not overtaken
        await _sight(db, community_id, run_id, comparison, now, may_miss=may_miss)


async def _mark(db: AsyncSession, community_id: UUID, marks: Sequence[Mark]) -> None:
    """Move the marks of accounts forward: a run that began earlier and ends later moves none back."""
    values = {
        "community": community_id,
        "accounts": [mark.account_id for mark in marks],
        "versions": [mark.version for mark in marks],
        "balances": [mark.balance_minutes for mark in marks],
    }
    await db.execute(_MARK, values)


async def _overtaken_by(
    db: AsyncSession, community_id: UUID, run_id: UUID, cut_off_at: datetime
) -> set[Scope]:
    """The scopes of runs that saw a later state and were recorded first: a full one has seen all that ours has."""
    later = select(Run.scope).where(
        Run.community_id == community_id, Run.id != run_id, Run.cut_off_at > cut_off_at
    )
    return {Scope(scope) for scope in await db.scalars(later.distinct())}


async def _sight(
    db: AsyncSession,
    community_id: UUID,
    run_id: UUID,
    comparison: Comparison,
    now: datetime,
    *,
    may_miss: bool,
) -> None:
    """Bring the findings up to what this run saw: new, seen again, and gone if it `may_miss` any."""
    seen = {named.difference.key: named for checked in comparison.checks for named in checked.differences}
    known = {
        row.key: row
        for row in await db.scalars(
            select(Finding).where(Finding.community_id == community_id, Finding.key.in_(seen))
        )
    }
    events: list[dict[str, Any]] = []
    fresh = [named for key, named in seen.items() if key not in known]
    events += await _add(db, community_id, run_id, fresh, now)
    for key, row in known.items():
        events += _see_again(row, seen[key], run_id, now)
    if may_miss:
        events += await _miss(db, community_id, run_id, comparison, set(seen), now)
    await db.flush()
    if events:
        await db.execute(insert(FindingEvent), events)


async def _add(
    db: AsyncSession, community_id: UUID, run_id: UUID, fresh: Sequence[Named], now: datetime
) -> list[dict[str, Any]]:
    last = select(func.coalesce(func.max(Finding.number), 0)).where(Finding.community_id == community_id)
    number = await db.scalar(last) or 0
    rows, events = [], []
    for named in fresh:
        number += 1
        difference = named.difference
        finding_id = new_id()
        rows.append(
            {
                "community_id": community_id,
                "id": finding_id,
                "number": number,
                "key": difference.key,
                "check": difference.check,
                "fault": difference.fault,
                "severity": named.severity,
                "account_id": difference.account_id,
                "account_version": difference.account_version,
                "transfer_id": difference.transfer_id,
                "visit_id": named.visit_id,
                "member_ids": list(named.member_ids),
                "recorded_minutes": difference.recorded_minutes,
                "expected_minutes": difference.expected_minutes,
                "facts": dict(difference.facts),
                "state": FindingState.OPEN,
                "first_run_id": run_id,
                "first_seen_at": now,
                "last_run_id": run_id,
                "last_seen_at": now,
                "version": 1,
            }
        )
        events.append(_by_run(community_id, finding_id, run_id, Event.FOUND, named, now))
    if rows:
        await db.execute(insert(Finding), rows)
    return events


def _see_again(row: Finding, named: Named, run_id: UUID, now: datetime) -> list[dict[str, Any]]:
    difference = named.difference
    event = rules.sighting(
        gone=row.gone_at is not None, before=row.difference_minutes, now=difference.difference_minutes
    )
    row.last_run_id, row.last_seen_at, row.gone_at = run_id, now, None
    row.recorded_minutes, row.expected_minutes = difference.recorded_minutes, difference.expected_minutes
    row.visit_id = named.visit_id or row.visit_id
    row.member_ids = list(named.member_ids) or row.member_ids
    row.facts = dict(difference.facts)
    if event is None:
        return []
    # What people said was about another difference: it is for them to look again.
    row.state, row.explained_by, row.closed_by = FindingState.OPEN, None, None
    row.version += 1
    return [_by_run(row.community_id, row.id, run_id, event, named, now)]


async def _miss(
    db: AsyncSession,
    community_id: UUID,
    run_id: UUID,
    comparison: Comparison,
    seen: set[str],
    now: datetime,
) -> list[dict[str, Any]]:
    """Note which findings are no longer there. Only a check that was made in full can say so."""
    made = [
        checked.name
        for checked in comparison.checks
        if checked.state is not CheckState.UNCHECKED and checked.found <= FINDINGS_PER_CHECK_MAX
    ]
    rows = await db.scalars(
        select(Finding).where(
            Finding.community_id == community_id, Finding.gone_at.is_(None), Finding.check.in_(made)
        )
    )
    events = []
    for row in rows:
        if row.key not in seen:
            row.gone_at = now
            events.append(_by_run(community_id, row.id, run_id, Event.GONE, None, now))
    return events


async def note(
    db: AsyncSession,
    finding_id: UUID,
    event: Event,
    note: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Take what a person says of a finding.

    Raises `NotFound`, `Stale`, `FindingClosed`, `NotExplained`, `SecondPersonNeeded`.
    """
    row = await db.scalar(select(Finding).where(Finding.id == finding_id).with_for_update())
    if row is None:
        raise NotFound
    if row.version != version:
        raise Stale(row.version)
    state = rules.after(FindingState(row.state), event)
    if event is not Event.EXPLAINED:
        rules.closed_by_second_person(row.explained_by, actor.id)
    row.state = state
    row.version += 1
    match state:
        case FindingState.EXPLAINED:
            row.explained_by = actor.id
        case FindingState.CLOSED:
            row.closed_by = actor.id
        case FindingState.OPEN:
            row.explained_by = None
    await db.flush()
    await db.execute(
        insert(FindingEvent).values(
            community_id=row.community_id,
            finding_id=row.id,
            at=now,
            event=event,
            actor_id=actor.id,
            actor_name=actor.name,
            note=note,
            recorded_minutes=row.recorded_minutes,
            expected_minutes=row.expected_minutes,
        )
    )


def _by_run(
    community_id: UUID, finding_id: UUID, run_id: UUID, event: Event, named: Named | None, now: datetime
) -> dict[str, Any]:
    return {
        "community_id": community_id,
        "finding_id": finding_id,
        "at": now,
        "event": event,
        "run_id": run_id,
        "recorded_minutes": named.difference.recorded_minutes if named else None,
        "expected_minutes": named.difference.expected_minutes if named else None,
    }
