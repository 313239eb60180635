"""Running the checks in one snapshot: each by itself, so that one that fails hides no other."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.audit import naming
from timebank.audit.model import (
    FINDINGS_PER_CHECK_MAX,
    Check,
    Checked,
    CheckState,
    Comparison,
    Counts,
    Difference,
    Mark,
    Reached,
    Scope,
    Since,
)
from timebank.audit.relations import Extent, extent
from timebank.core.logs import mishap

_COUNTS = """
SELECT (SELECT count(*) FROM ledger.accounts WHERE book_id = :book) AS accounts,
    (SELECT count(*) FROM transfers) AS transfers, (SELECT count(*) FROM entries) AS entries,
    (SELECT count(*) FROM movements) AS movements, (SELECT count(*) FROM visits) AS visits,
    (SELECT coalesce(sum(balance_minutes), 0)::bigint FROM ledger.accounts WHERE book_id = :book)
        AS book_minutes,
    (SELECT max(posted_at) FROM transfers) AS last_posted_at
"""
_REACHED = text("""
SELECT now() AS read_at,
    (SELECT coalesce(max(sequence) + 1, 0) FROM ledger.leaves WHERE book_id = :book) AS leaves,
    (SELECT coalesce(max(number), 0) FROM ledger.checkpoints WHERE book_id = :book) AS checkpoints
""")
_MARKS = """
SELECT s.account_id, s.version, s.minutes AS balance_minutes
FROM sums s
LEFT JOIN timebank.reconciled r ON r.community_id = :book AND r.account_id = s.account_id
WHERE s.version > coalesce(r.version, 0)
"""
# A plan that is kept knows neither how much is new nor how far the last run came; compiling it costs more than
# reading what is new.
_PLANNING = "SET LOCAL plan_cache_mode = force_custom_plan", "SET LOCAL jit = off"


async def compare(
    db: AsyncSession,
    community_id: UUID,
    checks: Sequence[Check],
    *,
    cut_off_at: datetime,
    since: Since | None = None,
) -> Comparison:
    """Every check, in order: over the whole book, or over what is new `since`, as far as that can tell.

    One that cannot be made is `unchecked`, with the problem's name.
    """
    started = time.perf_counter()
    for setting in _PLANNING:
        await db.execute(text(setting))
    read = await extent(db, community_id, since)
    counts = (await db.execute(text(read.over(_COUNTS)), read.values)).mappings().one()
    made = [check for check in checks if since is None or not check.left_to_full]
    checked = tuple([await _run_one(db, community_id, check, read) for check in made])
    reached = await _reached(db, read)
    return Comparison(
        cut_off_at=cut_off_at,
        milliseconds=round((time.perf_counter() - started) * 1000),
        scope=Scope.NEWS if since else Scope.FULL,
        counts=Counts(**counts),
        checks=checked,
        reached=reached,
    )


async def _reached(db: AsyncSession, read: Extent) -> Reached:
    marks = await db.execute(text(read.over(_MARKS)), read.values)
    far = (await db.execute(_REACHED, {"book": read.values["book"]})).mappings().one()
    return Reached(**far, marks=tuple(Mark(**row) for row in marks.mappings()))


async def _run_one(db: AsyncSession, community_id: UUID, check: Check, read: Extent) -> Checked:
    started = time.perf_counter()
    found, differences, problem = 0, list[Difference](), None
    try:
        async with db.begin_nested():
            found, differences = await _differences(db, community_id, check, read)
            named = await naming.name(db, community_id, check, differences, read)
    except Exception as error:  # noqa: BLE001 - said aloud in the result, and no other check suffers
        mishap("check failed", error, check=check.name)
        sqlstate = getattr(getattr(error, "orig", None), "sqlstate", None)
        found, named, problem = 0, [], f"SQLSTATE {sqlstate}" if sqlstate else type(error).__name__
    return Checked(
        name=check.name,
        state=_state(found, problem),
        found=found,
        milliseconds=round((time.perf_counter() - started) * 1000),
        problem=problem,
        differences=tuple(named),
    )


def _state(found: int, problem: str | None) -> CheckState:
    if problem:
        return CheckState.UNCHECKED
    return CheckState.FOUND if found else CheckState.PASSED


async def _differences(
    db: AsyncSession, community_id: UUID, check: Check, read: Extent
) -> tuple[int, list[Difference]]:
    if check.look is not None:
        seen = await check.look(db, community_id, read.since)
        return len(seen), [_difference(check, row) for row in seen[:FINDINGS_PER_CHECK_MAX]]
    # Ordered by the row's text: which ones are kept of too many must not change from run to run.
    query = read.over(
        f"SELECT d.*, count(*) OVER () AS found_in_all FROM ({check.sql}) d ORDER BY d::text LIMIT :most"  # noqa: S608 - the SQL is ours
    )
    rows = (await db.execute(text(query), {**read.values, "most": FINDINGS_PER_CHECK_MAX})).mappings()
    found, differences = 0, []
    for row in rows:
        found = row["found_in_all"]
        differences.append(_difference(check, dict(row)))
    return found, differences


def _difference(check: Check, row: Mapping[str, Any]) -> Difference:
    return Difference(
        check=check.name,
        fault=row["fault"],
        account_id=row.get("account_id"),
        account_version=row.get("account_version"),
        transfer_id=row.get("transfer_id"),
        visit_id=row.get("visit_id"),
        recorded_minutes=row.get("recorded_minutes"),
        expected_minutes=row.get("expected_minutes"),
        facts={name: str(value) for name, value in (row.get("facts") or {}).items()},
    )
