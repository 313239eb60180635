"""Reconciliation runs, what their checks said, findings and their history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Computed, Identity, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class Run(Base):
    """One reconciliation of one book: claimed, compared in one snapshot, recorded."""

    __tablename__ = "reconciliation_runs"

    community_id: Mapped[Key]
    id: Mapped[Key]
    cause: Mapped[str]
    scope: Mapped[str]
    since_run_id: Mapped[UUID | None]
    actor_id: Mapped[UUID]
    actor_name: Mapped[str]
    started_at: Mapped[Instant]
    cut_off_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    milliseconds: Mapped[int | None]
    accounts: Mapped[int | None] = mapped_column(BigInteger)
    transfers: Mapped[int | None] = mapped_column(BigInteger)
    entries: Mapped[int | None] = mapped_column(BigInteger)
    movements: Mapped[int | None] = mapped_column(BigInteger)
    visits: Mapped[int | None] = mapped_column(BigInteger)
    book_minutes: Mapped[int | None] = mapped_column(BigInteger)
    last_posted_at: Mapped[datetime | None]
    passed: Mapped[int | None]
    found: Mapped[int | None]
    unchecked: Mapped[int | None]
    findings: Mapped[int | None]
    # How far it came, by the database's clock and in the proof; what the next run of news begins from.
    read_at: Mapped[datetime | None]
    leaves: Mapped[int | None] = mapped_column(BigInteger)
    checkpoints: Mapped[int | None]


class Reconciled(Base):
    """How far complete runs have looked at an account's entries, and what these come to. It moves forward only."""

    __tablename__ = "reconciled"

    community_id: Mapped[Key]
    account_id: Mapped[Key]
    version: Mapped[int] = mapped_column(BigInteger)
    balance_minutes: Mapped[int] = mapped_column(BigInteger)


class RunCheck(Base):
    """What one check of a run said: append-only."""

    __tablename__ = "reconciliation_checks"

    community_id: Mapped[Key]
    run_id: Mapped[Key]
    name: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]
    state: Mapped[str]
    found: Mapped[int] = mapped_column(BigInteger)
    milliseconds: Mapped[int]
    problem: Mapped[str | None]


class Finding(Base):
    """A difference, the same row for as long as runs see it and after."""

    __tablename__ = "findings"

    community_id: Mapped[Key]
    id: Mapped[Key]
    number: Mapped[int]
    key: Mapped[str]
    check: Mapped[str]
    fault: Mapped[str]
    severity: Mapped[str]
    account_id: Mapped[UUID | None]
    account_version: Mapped[int | None] = mapped_column(BigInteger)
    transfer_id: Mapped[UUID | None]
    visit_id: Mapped[UUID | None]
    member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    recorded_minutes: Mapped[int | None] = mapped_column(BigInteger)
    expected_minutes: Mapped[int | None] = mapped_column(BigInteger)
    difference_minutes: Mapped[int | None] = mapped_column(
        BigInteger, Computed("recorded_minutes - expected_minutes", persisted=True)
    )
    facts: Mapped[dict[str, Any]]
    state: Mapped[str]
    first_run_id: Mapped[UUID]
    first_seen_at: Mapped[Instant]
    last_run_id: Mapped[UUID]
    last_seen_at: Mapped[Instant]
    gone_at: Mapped[datetime | None]
    explained_by: Mapped[UUID | None]
    closed_by: Mapped[UUID | None]
    version: Mapped[int]


class FindingEvent(Base):
    """What happened to a finding, by a run or a person: append-only."""

    __tablename__ = "finding_events"

    community_id: Mapped[Key]
    finding_id: Mapped[Key]
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[Instant]
    event: Mapped[str]
    run_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str | None]
    note: Mapped[str | None]
    recorded_minutes: Mapped[int | None] = mapped_column(BigInteger)
    expected_minutes: Mapped[int | None] = mapped_column(BigInteger)
