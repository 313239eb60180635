"""Places with their hours, and who came in."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class PlaceRow(Base):
    """A desk or a room, and when it is open: [weekday, from minute, to minute] each."""

    __tablename__ = "places"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    name: Mapped[str]
    address: Mapped[str]
    note: Mapped[str | None]
    hours: Mapped[list[Any]] = mapped_column(JSONB)
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[Instant]


class VisitorRow(Base):
    """Somebody who came in, by the number they were given that day."""

    __tablename__ = "visitors"

    id: Mapped[Key]
    community_id: Mapped[UUID]
    on_day: Mapped[date]
    number: Mapped[int]
    member_id: Mapped[UUID | None]
    name: Mapped[str]
    about: Mapped[str]
    standing: Mapped[str]
    came_at: Mapped[Instant]
    called_at: Mapped[datetime | None]
    called_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    version: Mapped[int] = mapped_column(default=1)
