"""Rounds, proposals, standing pairs, who volunteered."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class Round(Base):
    """A match round: ids and digests of what it was decided from, and the whole plan."""

    __tablename__ = "rounds"

    id: Mapped[Key]
    community_id: Mapped[UUID]
    scheme_id: Mapped[UUID | None]
    on_day: Mapped[date]
    status: Mapped[str]
    input_digest: Mapped[str]
    input: Mapped[dict[str, Any]]
    plan_digest: Mapped[str]
    plan: Mapped[dict[str, Any]]
    whys: Mapped[list[Any]] = mapped_column(JSONB)
    nobody: Mapped[list[Any]] = mapped_column(JSONB)
    dropped: Mapped[list[Any]] = mapped_column(JSONB)
    value: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    helpers: Mapped[int]
    served: Mapped[int]
    waiting: Mapped[int]
    milliseconds: Mapped[int]
    made_by: Mapped[UUID]
    made_at: Mapped[Instant]
    sent_at: Mapped[datetime | None]


class RoundRunRow(Base):
    """How far the round is that a community works out, or how the latest one ended."""

    __tablename__ = "round_runs"

    community_id: Mapped[Key]
    round_id: Mapped[UUID]
    stage: Mapped[str]
    done: Mapped[int]
    total: Mapped[int]
    stopped_by: Mapped[str | None]
    by: Mapped[str]
    at: Mapped[Instant]


class Proposal(Base):
    """One helper asked for one request, with both answers."""

    __tablename__ = "proposals"

    id: Mapped[Key]
    community_id: Mapped[UUID]
    round_id: Mapped[UUID | None]
    request_id: Mapped[UUID]
    scheme_id: Mapped[UUID]
    helper_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    seat: Mapped[int]
    category: Mapped[str]
    on_day: Mapped[date]
    from_minute: Mapped[int]
    minutes: Mapped[int]
    weekly: Mapped[bool]
    every: Mapped[int]
    nth: Mapped[int | None]
    status: Mapped[str]
    helper_answer: Mapped[str | None]
    helper_answered_by: Mapped[UUID | None]
    helper_answered_at: Mapped[datetime | None]
    helper_provenance: Mapped[str | None]
    recipient_answer: Mapped[str | None]
    recipient_answered_by: Mapped[UUID | None]
    recipient_answered_at: Mapped[datetime | None]
    recipient_provenance: Mapped[str | None]
    deadline: Mapped[Instant]
    why: Mapped[dict[str, Any]]
    made_by: Mapped[UUID]
    made_at: Mapped[Instant]
    closed_at: Mapped[datetime | None]


class Pair(Base):
    """A helper who comes to a recipient every week."""

    __tablename__ = "pairs"

    id: Mapped[Key]
    community_id: Mapped[UUID]
    scheme_id: Mapped[UUID]
    request_id: Mapped[UUID]
    proposal_id: Mapped[UUID]
    helper_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    category: Mapped[str]
    on_day: Mapped[date]
    from_minute: Mapped[int]
    minutes: Mapped[int]
    every: Mapped[int]
    nth: Mapped[int | None]
    status: Mapped[str]
    trial_until: Mapped[date]
    confirmed_on: Mapped[date | None]
    paused_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    note: Mapped[str | None]
    version: Mapped[int]
    made_at: Mapped[Instant]


class PairNote(Base):
    """What somebody of the desk did for a pair: append-only."""

    __tablename__ = "pair_notes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "pair_id"], ["timebank.pairs.community_id", "timebank.pairs.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    pair_id: Mapped[UUID]
    kind: Mapped[str]
    on_day: Mapped[date]
    word: Mapped[str]
    next_on: Mapped[date | None]
    by: Mapped[UUID]
    at: Mapped[Instant]


class Volunteer(Base):
    """A helper's own word that they would go to a request."""

    __tablename__ = "volunteers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "request_id"], ["timebank.requests.community_id", "timebank.requests.id"]
        ),
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    request_id: Mapped[UUID]
    member_id: Mapped[UUID]
    provenance: Mapped[str]
    said_by: Mapped[UUID]
    said_at: Mapped[Instant]
    withdrawn_at: Mapped[datetime | None]
