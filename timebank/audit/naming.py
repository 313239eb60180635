"""Whom a difference concerns: from account, transfer or visit to the people and the visit behind it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.audit.model import Check, Difference, Named
from timebank.audit.relations import Extent

# Wherever something still tells what a transfer moved between, and for what, even if the transfer is gone.
_TRACES = """
SELECT t.id AS transfer_id, side.account_id AS concerned_id, NULL::uuid AS visit_id
FROM ledger.transfers t, LATERAL (VALUES (t.debit_id), (t.credit_id)) AS side(account_id)
WHERE t.book_id = :book AND t.id = ANY (:transfers)
UNION
SELECT e.transfer_id, e.account_id, NULL FROM entries e WHERE e.transfer_id = ANY (:transfers)
UNION
SELECT m.transfer_id, side.member_id, CASE WHEN m.helper_id IS NOT NULL THEN m.subject_id END
FROM timebank.movements m, LATERAL (VALUES (m.helper_id), (m.recipient_id)) AS side(member_id)
WHERE m.community_id = :book AND m.transfer_id = ANY (:transfers)
"""
_PARTIES = text("""
SELECT id, helper_id, recipient_id FROM timebank.visits WHERE community_id = :book AND id = ANY (:visits)
UNION
SELECT subject_id, helper_id, recipient_id FROM timebank.movements
WHERE community_id = :book AND subject_id = ANY (:visits)
""")
_MEMBERS = text("SELECT id FROM timebank.members WHERE community_id = :book AND id = ANY (:concerned)")


@dataclass
class _Trace:
    visit_id: UUID | None = None
    concerned: set[UUID] = field(default_factory=set)


async def name(
    db: AsyncSession, community_id: UUID, check: Check, differences: Sequence[Difference], read: Extent
) -> list[Named]:
    """The differences with their severity, visit and people; a few set-based queries for all of them."""
    if not differences:
        return []
    severity = {fault.code: fault.severity for fault in check.faults}
    by_transfer = await _traces(db, differences, read)
    traces = [_trace(difference, by_transfer) for difference in differences]
    parties = await _parties(db, community_id, traces)
    for trace in traces:
        trace.concerned |= parties.get(trace.visit_id, set()) if trace.visit_id else set()
    concerned = {one for trace in traces for one in trace.concerned}
    members = set(await db.scalars(_MEMBERS, {"book": community_id, "concerned": list(concerned)}))
    return [
        Named(
            difference=difference,
            severity=severity[difference.fault],
            visit_id=trace.visit_id,
            member_ids=tuple(sorted(trace.concerned & members)),
        )
        for difference, trace in zip(differences, traces, strict=True)
    ]


def _trace(difference: Difference, by_transfer: dict[UUID, _Trace]) -> _Trace:
    found = by_transfer.get(difference.transfer_id) if difference.transfer_id else None
    trace = _Trace(difference.visit_id or (found.visit_id if found else None))
    trace.concerned = {difference.account_id} if difference.account_id else set()
    if found:
        trace.concerned |= found.concerned
    return trace


async def _traces(db: AsyncSession, differences: Sequence[Difference], read: Extent) -> dict[UUID, _Trace]:
    transfers = list({d.transfer_id for d in differences if d.transfer_id is not None})
    found: dict[UUID, _Trace] = defaultdict(_Trace)
    if transfers:
        for row in await db.execute(text(read.over(_TRACES)), {**read.values, "transfers": transfers}):
            trace = found[row.transfer_id]
            trace.visit_id = row.visit_id or trace.visit_id
            if row.concerned_id is not None:
                trace.concerned.add(row.concerned_id)
    return found


async def _parties(db: AsyncSession, community_id: UUID, traces: Sequence[_Trace]) -> dict[UUID, set[UUID]]:
    visits = list({trace.visit_id for trace in traces if trace.visit_id is not None})
    found: dict[UUID, set[UUID]] = defaultdict(set)
    if visits:
        for row in await db.execute(_PARTIES, {"book": community_id, "visits": visits}):
            found[row.id] |= {one for one in (row.helper_id, row.recipient_id) if one is not None}
    return found
