"""Visits, their settlements and their disputes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, FetchedValue, ForeignKey, ForeignKeyConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class Visit(Base):
    """One occasion of help."""

    __tablename__ = "visits"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "request_id"], ["timebank.requests.community_id", "timebank.requests.id"]
        ),
        ForeignKeyConstraint(
            ["community_id", "helper_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
        ForeignKeyConstraint(
            ["community_id", "recipient_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
        ForeignKeyConstraint(
            ["community_id", "scheme_id"], ["timebank.schemes.community_id", "timebank.schemes.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    number: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())
    scheme_id: Mapped[UUID]
    category: Mapped[str]
    request_id: Mapped[UUID | None]
    pair_id: Mapped[UUID | None]
    proposal_id: Mapped[UUID | None]
    helper_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    planned_from: Mapped[datetime | None]
    planned_until: Mapped[datetime | None]
    served_on: Mapped[date]
    place: Mapped[str | None]
    status: Mapped[str]
    status_reason: Mapped[str | None]
    absent: Mapped[str | None]
    checked_in_at: Mapped[datetime | None]
    checked_in_source: Mapped[str | None]
    checked_out_at: Mapped[datetime | None]
    checked_out_source: Mapped[str | None]
    claimed_minutes: Mapped[int | None]
    claimed_by: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None]
    claimed_source: Mapped[str | None]
    said_minutes: Mapped[int | None]
    confirmed_minutes: Mapped[int | None]
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_source: Mapped[str | None]
    paid_by: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=0)
    settled_minutes: Mapped[int | None]
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    note: Mapped[str | None]
    provenance: Mapped[str]
    created_by: Mapped[UUID]
    created_at: Mapped[Instant]
    changed_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)


class Settlement(Base):
    """One time a visit was posted to the ledger."""

    __tablename__ = "settlements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "visit_id"], ["timebank.visits.community_id", "timebank.visits.id"]
        ),
    )

    visit_id: Mapped[Key]
    revision: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[UUID]
    transfer_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    minutes: Mapped[int]
    house_version_id: Mapped[UUID | None]
    scheme_version_id: Mapped[UUID]
    settled_by: Mapped[UUID]
    settled_at: Mapped[Instant]
    reversed_by: Mapped[UUID | None]
    reversed_at: Mapped[datetime | None]
    reversed_because: Mapped[str | None]
    reversal_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid()))


class Dispute(Base):
    """What one side said against the other's minutes, and how it ended."""

    __tablename__ = "disputes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "visit_id"], ["timebank.visits.community_id", "timebank.visits.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    claimed_minutes: Mapped[int]
    said_minutes: Mapped[int | None]
    words: Mapped[str | None]
    raised_by: Mapped[UUID]
    raised_at: Mapped[Instant]
    raised_source: Mapped[str]
    outcome: Mapped[str | None]
    outcome_minutes: Mapped[int | None]
    reason: Mapped[str | None]
    resolved_by: Mapped[UUID | None]
    resolved_at: Mapped[datetime | None]
