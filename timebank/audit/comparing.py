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
)
from timebank.audit.relations import within
from timebank.core.logs import mishap

_COUNTS = """
SELECT (SELECT count(*) FROM ledger.accounts WHERE book_id = :book) AS accounts,
    (SELECT count(*) FROM ledger.transfers WHERE book_id = :book) AS transfers,
    (SELECT count(*) FROM ledger.entries WHERE book_id = :book) AS entries,
    (SELECT count(*) FROM timebank.movements WHERE community_id = :book) AS movements,
    (SELECT count(*) FROM timebank.visits WHERE community_id = :book) AS visits,
    (SELECT coalesce(sum(balance_minutes), 0)::bigint FROM ledger.accounts WHERE book_id = :book)
        AS book_minutes,
    (SELECT max(posted_at) FROM ledger.transfers WHERE book_id = :book) AS last_posted_at
"""


async def compare(
    db: AsyncSession, community_id: UUID, checks: Sequence[Check], *, cut_off_at: datetime
) -> Comparison:
    """Every check, in order. One that cannot be made is `unchecked`, with the problem's name."""
    started = time.perf_counter()
    row = (await db.execute(text(_COUNTS), {"book": community_id})).mappings().one()
    checked = tuple([await _run_one(db, community_id, check) for check in checks])
    return Comparison(
        cut_off_at=cut_off_at,
        milliseconds=round((time.perf_counter() - started) * 1000),
        counts=Counts(**row),
        checks=checked,
    )


async def _run_one(db: AsyncSession, community_id: UUID, check: Check) -> Checked:
    started = time.perf_counter()
    found, differences, problem = 0, list[Difference](), None
    try:
        async with db.begin_nested():
            found, differences = await _differences(db, community_id, check)
            named = await naming.name(db, community_id, check, differences)
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


async def _differences(db: AsyncSession, community_id: UUID, check: Check) -> tuple[int, list[Difference]]:
    if check.look is not None:
        seen = await check.look(db, community_id)
        return len(seen), [_difference(check, row) for row in seen[:FINDINGS_PER_CHECK_MAX]]
    # Ordered by the row's text: which ones are kept of too many must not change from run to run.
    query = within(
        f"SELECT d.*, count(*) OVER () AS found_in_all FROM ({check.sql}) d ORDER BY d::text LIMIT :most"  # noqa: S608 - the SQL is ours
    )
    rows = (await db.execute(text(query), {"book": community_id, "most": FINDINGS_PER_CHECK_MAX})).mappings()
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
