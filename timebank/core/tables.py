"""The base of every mapped table, and the tables no room owns: acts, answers, job slots."""

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Key = Annotated[UUID, mapped_column(Uuid(), primary_key=True)]


class Base(DeclarativeBase):
    """Tables of schema `timebank`. Migrations are the truth; these mappings are compared with them."""

    metadata = MetaData(schema="timebank")
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        str: Text(),
    }


class Act(Base):
    """One thing somebody did: append-only."""

    __tablename__ = "acts"

    id: Mapped[Key]
    at: Mapped[Instant]
    operation: Mapped[str]
    actor_id: Mapped[UUID]
    actor_kind: Mapped[str]
    actor_name: Mapped[str]
    role: Mapped[str]
    community_id: Mapped[UUID | None]
    beneficiary_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    request_id: Mapped[str | None]


class Answer(Base):
    """What an Idempotency-Key was answered: kept per actor and operation, with the content's digest."""

    __tablename__ = "answers"

    actor_id: Mapped[Key]
    operation: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    answer: Mapped[Any] = mapped_column(JSONB, nullable=True)
    at: Mapped[Instant]


class JobSlot(Base):
    """A slot of a job, scheduled or asked for: claimed by one process, renewed while it is at it.

    `free_at` is when a process may take it (again); `holder` is the process that has it now.
    """

    __tablename__ = "job_slots"

    job: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[Instant] = mapped_column(primary_key=True)
    started_at: Mapped[datetime | None]
    free_at: Mapped[Instant]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str | None]
    asked_by: Mapped[UUID | None]


class JobFailure(Base):
    """One run of a slot that failed: append-only. `kind` is the kind of error, never its message."""

    __tablename__ = "job_failures"

    job: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[Instant] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    kind: Mapped[str]
    holder: Mapped[str]
