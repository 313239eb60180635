"""How often somebody in a hardship tier is to be seen, and the calls and look-ins that were noted."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class RhythmRow(Base):
    """After how many days at most each tier is to be seen again, from a day on. Append-only."""

    __tablename__ = "contact_rhythms"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    in_force_from: Mapped[date]
    tier_1_days: Mapped[int]
    tier_2_days: Mapped[int]
    tier_3_days: Mapped[int]
    made_by: Mapped[UUID]
    made_on: Mapped[date]
    made_at: Mapped[Instant]


class ContactRow(Base):
    """A call or a look-in."""

    __tablename__ = "contacts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    member_id: Mapped[UUID]
    kind: Mapped[str]
    happened_on: Mapped[date]
    by_whom: Mapped[str]
    reached: Mapped[bool]
    word: Mapped[str | None]
    noted_by: Mapped[UUID]
    noted_on: Mapped[date]
    noted_at: Mapped[Instant]
    struck_by: Mapped[UUID | None]
    struck_at: Mapped[datetime | None]
    struck_because: Mapped[str | None]
