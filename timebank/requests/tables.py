"""Requests, offers, the windows of requests, the dates of standing ones that were changed, a district's days off."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, ForeignKeyConstraint, Integer, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class Request(Base):
    """A wish for help."""

    __tablename__ = "requests"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
        ForeignKeyConstraint(
            ["community_id", "scheme_id"], ["timebank.schemes.community_id", "timebank.schemes.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    member_id: Mapped[UUID]
    scheme_id: Mapped[UUID]
    category: Mapped[str]
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    circumstances: Mapped[list[str]] = mapped_column(ARRAY(Text))
    kind: Mapped[str]
    duration_minutes: Mapped[int]
    starts_on: Mapped[date]
    expires_on: Mapped[date]
    helpers: Mapped[int]
    helper_branches: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    gives: Mapped[list[str]] = mapped_column(ARRAY(Text))
    prefers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    every: Mapped[int]
    nth: Mapped[int | None]
    on_holidays: Mapped[str]
    first_on: Mapped[date | None]
    first_minute: Mapped[int | None]
    status: Mapped[str]
    status_reason: Mapped[str | None]
    priority: Mapped[int]
    wanted_gender: Mapped[str | None]
    wanted_dialect: Mapped[str | None]
    place: Mapped[str | None]
    note: Mapped[str | None]
    provenance: Mapped[str]
    created_by: Mapped[UUID]
    created_at: Mapped[Instant]
    published_at: Mapped[datetime | None]
    changed_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)
    passed_over: Mapped[int] = mapped_column(default=0)
    last_why: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class RequestWindow(Base):
    """One of the times at which help would be welcome."""

    __tablename__ = "request_windows"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "request_id"], ["timebank.requests.community_id", "timebank.requests.id"]
        ),
    )

    community_id: Mapped[UUID]
    request_id: Mapped[Key]
    position: Mapped[int] = mapped_column(primary_key=True)
    on_day: Mapped[date | None]
    weekday: Mapped[int | None]
    from_minute: Mapped[int]
    to_minute: Mapped[int]


class DayChangeRow(Base):
    """One date of a standing request skipped, moved or added; taken back by a mark, never deleted."""

    __tablename__ = "day_changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "request_id"], ["timebank.requests.community_id", "timebank.requests.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    request_id: Mapped[UUID]
    kind: Mapped[str]
    on_day: Mapped[date | None]
    to_day: Mapped[date | None]
    from_minute: Mapped[int | None]
    made_by: Mapped[UUID]
    made_at: Mapped[Instant]
    undone_by: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]


class HolidayRow(Base):
    """A day on which a district says otherwise than the country."""

    __tablename__ = "holidays"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    changed_by: Mapped[UUID]
    changed_at: Mapped[Instant]


class OfferRow(Base):
    """What somebody would gladly do."""

    __tablename__ = "offers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    member_id: Mapped[UUID]
    category: Mapped[str]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    from_minute: Mapped[int]
    to_minute: Mapped[int]
    until_on: Mapped[date]
    wants: Mapped[list[str]] = mapped_column(ARRAY(Text))
    prefers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    note: Mapped[str | None]
    provenance: Mapped[str]
    created_by: Mapped[UUID]
    created_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
