"""Applications, retirements, deaths, imports, and what a community's column names mean."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class Import(Base):
    """A spreadsheet between its upload and its application; its cells are sealed, and gone afterwards."""

    __tablename__ = "imports"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    kind: Mapped[str]
    file_name: Mapped[str]
    file_digest: Mapped[bytes]
    content_sealed: Mapped[bytes | None]
    status: Mapped[str]
    outcome: Mapped[dict[str, Any] | None]
    made_by: Mapped[str]
    made_at: Mapped[Instant]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]


class ApplicationStep(Base):
    """One step of an application to join: append-only. `number` counts the steps, `round` grows when a refusal is taken back."""

    __tablename__ = "application_steps"

    id: Mapped[Key]
    community_id: Mapped[UUID]
    member_id: Mapped[UUID]
    number: Mapped[int]
    round: Mapped[int]
    kind: Mapped[str]
    on_day: Mapped[date]
    note: Mapped[str | None]
    provenance: Mapped[str | None]
    by: Mapped[UUID]
    at: Mapped[Instant]


class RetirementList(Base):
    """The checklist of somebody who joins at retirement."""

    __tablename__ = "retirements"

    member_id: Mapped[Key]
    community_id: Mapped[UUID]
    retired_on: Mapped[date]
    retired_from: Mapped[str | None]
    begun_by: Mapped[UUID]
    begun_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)


class RetirementItem(Base):
    """One item of it that was done."""

    __tablename__ = "retirement_items"

    member_id: Mapped[Key] = mapped_column(ForeignKey("timebank.retirements.member_id"))
    item: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[UUID]
    done_on: Mapped[date]
    who: Mapped[str]
    note: Mapped[str | None]
    by: Mapped[UUID]
    noted_on: Mapped[date]
    at: Mapped[Instant]


class BequestRow(Base):
    """What a member chose to become of their minutes afterwards: append-only, the last one holds."""

    __tablename__ = "bequests"

    id: Mapped[Key]
    community_id: Mapped[UUID]
    member_id: Mapped[UUID]
    number: Mapped[int]
    kind: Mapped[str]
    heir_id: Mapped[UUID | None]
    source: Mapped[str]
    heard_by: Mapped[str]
    said_on: Mapped[date]
    recorded_by: Mapped[UUID]
    recorded_on: Mapped[date]
    recorded_at: Mapped[Instant]


class DeathRow(Base):
    """A death as it was recorded, and where the balance went."""

    __tablename__ = "deaths"

    id: Mapped[Key]
    community_id: Mapped[UUID]
    member_id: Mapped[UUID]
    died_on: Mapped[date]
    told_by: Mapped[str]
    status_before: Mapped[str]
    recorded_by: Mapped[UUID]
    recorded_on: Mapped[date]
    recorded_at: Mapped[Instant]
    way: Mapped[str | None]
    heir_id: Mapped[UUID | None]
    minutes: Mapped[int | None] = mapped_column(BigInteger)
    rest_minutes: Mapped[int | None] = mapped_column(BigInteger)
    transfer_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    settled_by: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]
    undone_because: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class ImportProgress(Base):
    """How far an import has come, written beside its transaction, which nobody sees before it ends."""

    __tablename__ = "import_progress"

    import_id: Mapped[Key]
    community_id: Mapped[UUID]
    stage: Mapped[str]
    done: Mapped[int]
    total: Mapped[int]
    by: Mapped[str]
    at: Mapped[Instant]


class ColumnName(Base):
    """What a column's header means here; an empty field: the column is left out."""

    __tablename__ = "column_names"

    community_id: Mapped[Key] = mapped_column(ForeignKey("timebank.units.id"))
    kind: Mapped[str] = mapped_column(primary_key=True)
    header: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str]
