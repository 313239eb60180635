"""Members and their branches, when they are free, when they are away, whom not to bring together."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class Branch(Base):
    """A group of members within a community (小组, 支部)."""

    __tablename__ = "branches"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    name: Mapped[str]
    created_at: Mapped[Instant]


class Member(Base):
    """A person in a community's time bank, as helper, recipient or both."""

    __tablename__ = "members"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    number: Mapped[str]
    name: Mapped[str]
    sort_key: Mapped[str]
    search: Mapped[str]
    gender: Mapped[str]
    birth_on: Mapped[date | None]
    id_sealed: Mapped[bytes | None]
    id_index: Mapped[bytes | None]
    id_mask: Mapped[str | None]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    branch_id: Mapped[UUID | None]
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    dialects: Mapped[list[str]] = mapped_column(ARRAY(Text))
    interests: Mapped[list[str]] = mapped_column(ARRAY(Text))
    needs: Mapped[list[str]] = mapped_column(ARRAY(Text))
    trainings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    avoids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_helper: Mapped[bool]
    is_recipient: Mapped[bool]
    hardship_tier: Mapped[int] = mapped_column(SmallInteger)
    lives_alone: Mapped[bool]
    contact: Mapped[str]
    status: Mapped[str]
    merged_into: Mapped[UUID | None]
    joined_on: Mapped[date | None]
    emergency_name: Mapped[str | None]
    emergency_phone: Mapped[str | None]
    note: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    week_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[Instant]


class TrainingDates(Base):
    """Until when a member's training or check holds, that day included; without a row it does not end."""

    __tablename__ = "training_dates"

    member_id: Mapped[Key]
    training: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[UUID]
    done_on: Mapped[date]
    valid_until: Mapped[date]
    seen: Mapped[str | None]
    noted_by: Mapped[UUID]
    noted_on: Mapped[date]
    noted_at: Mapped[Instant]


class Availability(Base):
    """One weekly window in which a member can help: weekday 0 = Monday, half-open minutes of the day."""

    __tablename__ = "availability"

    community_id: Mapped[UUID]
    member_id: Mapped[Key]
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    from_minute: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    to_minute: Mapped[int] = mapped_column(SmallInteger)


class Absence(Base):
    """Days, or months, when a member is away; both ends included."""

    __tablename__ = "absences"

    id: Mapped[Key]
    community_id: Mapped[UUID]
    member_id: Mapped[UUID]
    from_on: Mapped[date]
    until_on: Mapped[date]
    kind: Mapped[str]
    note: Mapped[str | None]
    created_at: Mapped[datetime]


class DoNotPair(Base):
    """Two members who are never brought together."""

    __tablename__ = "do_not_pair"

    community_id: Mapped[UUID]
    first_id: Mapped[Key]
    second_id: Mapped[Key]
    reason: Mapped[str]
    created_at: Mapped[datetime]
