"""Rows of visits as values."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from timebank.core.provenance import Provenance
from timebank.visits.model import (
    DisputeView,
    PaidBy,
    Refusal,
    Said,
    SettlementView,
    Side,
    Stamp,
    Status,
    VisitView,
)
from timebank.visits.tables import Dispute, Settlement, Visit


def visit_view(row: Visit | Row[Any]) -> VisitView:
    """A visit as it stands; `row` may be the columns alone."""
    return VisitView(
        id=row.id,
        number=row.number,
        community_id=row.community_id,
        scheme_id=row.scheme_id,
        category=row.category,
        request_id=row.request_id,
        pair_id=row.pair_id,
        proposal_id=row.proposal_id,
        helper_id=row.helper_id,
        recipient_id=row.recipient_id,
        planned_from=row.planned_from,
        planned_until=row.planned_until,
        served_on=row.served_on,
        place=row.place,
        status=Status(row.status),
        status_reason=row.status_reason,
        absent=Side(row.absent) if row.absent else None,
        checked_in=_stamp(row.checked_in_at, row.checked_in_source),
        checked_out=_stamp(row.checked_out_at, row.checked_out_source),
        claimed=_said(row.claimed_minutes, row.claimed_by, row.claimed_at, row.claimed_source),
        said_minutes=row.said_minutes,
        confirmed=_said(row.confirmed_minutes, row.confirmed_by, row.confirmed_at, row.confirmed_source),
        paid_by=PaidBy(row.paid_by) if row.paid_by else None,
        revision=row.revision,
        settled_minutes=row.settled_minutes,
        refusal=_refusal(row.refusal),
        note=row.note,
        provenance=Provenance(row.provenance),
        created_by=row.created_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
        version=row.version,
    )


def dispute_view(row: Dispute) -> DisputeView:
    """A dispute, open or resolved."""
    return DisputeView(
        id=row.id,
        visit_id=row.visit_id,
        claimed_minutes=row.claimed_minutes,
        said_minutes=row.said_minutes,
        words=row.words,
        raised_by=row.raised_by,
        raised_at=row.raised_at,
        raised_source=Provenance(row.raised_source),
        outcome_minutes=row.outcome_minutes,
        reason=row.reason,
        resolved_by=row.resolved_by,
        resolved_at=row.resolved_at,
    )


def settlement_view(row: Settlement) -> SettlementView:
    """One time a visit was posted."""
    return SettlementView(
        visit_id=row.visit_id,
        revision=row.revision,
        transfer_ids=tuple(row.transfer_ids),
        minutes=row.minutes,
        house_version_id=row.house_version_id,
        scheme_version_id=row.scheme_version_id,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
        reversed_by=row.reversed_by,
        reversed_at=row.reversed_at,
        reversed_because=row.reversed_because,
    )


def _refusal(stored: dict[str, Any] | None) -> Refusal | None:
    if stored is None:
        return None
    account = stored.get("account_id")
    return Refusal(stored["code"], UUID(account) if account else None, stored.get("short_minutes"))


def _stamp(at: datetime | None, source: str | None) -> Stamp | None:
    return Stamp(at, Provenance(source)) if at and source else None


def _said(minutes: int | None, by: UUID | None, at: datetime | None, source: str | None) -> Said | None:
    return Said(minutes, by, at, Provenance(source)) if minutes and by and at and source else None
