"""Activities, and who takes part in them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class Activity(Base):
    """A talk or an event. `seats_taken` is counted by the database."""

    __tablename__ = "activities"
    __table_args__ = (UniqueConstraint("community_id", "id", name="activity_in_community"),)

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    kind: Mapped[str]
    title: Mapped[str]
    place: Mapped[str]
    held_on: Mapped[date]
    from_minute: Mapped[int]
    to_minute: Mapped[int]
    seats: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0)
    guest_speaker: Mapped[str | None]
    note: Mapped[str | None]
    status: Mapped[str]
    status_reason: Mapped[str | None]
    guests: Mapped[int | None]
    signed_in_by: Mapped[UUID | None]
    signed_in_at: Mapped[datetime | None]
    notes: Mapped[str | None]
    went_well: Mapped[str | None]
    reported_by: Mapped[UUID | None]
    reported_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)


class ParticipationRow(Base):
    """Somebody's part in an activity."""

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("activity_id", "member_id", name="participation_once"),
        UniqueConstraint("activity_id", "turn", name="participation_turn"),
        ForeignKeyConstraint(
            ["community_id", "activity_id"], ["timebank.activities.community_id", "timebank.activities.id"]
        ),
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    activity_id: Mapped[UUID]
    member_id: Mapped[UUID]
    part: Mapped[str]
    standing: Mapped[str]
    provenance: Mapped[str]
    said_by: Mapped[UUID]
    said_at: Mapped[Instant]
    turn: Mapped[int]
    moved_up_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]
    came: Mapped[bool | None]
    served_minutes: Mapped[int | None]
