"""Activities, and who takes part in them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, ForeignKeyConstraint, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class Activity(Base):
    """A talk or an event. `seats_taken` is counted by the database."""

    __tablename__ = "activities"
    __table_args__ = (
        UniqueConstraint("community_id", "id", name="activity_in_community"),
        ForeignKeyConstraint(
            ["community_id", "scheme_id"], ["timebank.schemes.community_id", "timebank.schemes.id"]
        ),
    )

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
    scheme_id: Mapped[UUID | None]
    earners: Mapped[str]
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
        UniqueConstraint("community_id", "id", name="participation_in_community"),
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
    revision: Mapped[int] = mapped_column(default=0)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class ActivitySettlement(Base):
    """What somebody served in an activity, posted as one group of transfers; reversed by a later one."""

    __tablename__ = "activity_settlements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "participation_id"],
            ["timebank.participations.community_id", "timebank.participations.id"],
        ),
    )

    community_id: Mapped[Key]
    participation_id: Mapped[Key]
    revision: Mapped[int] = mapped_column(primary_key=True)
    served_minutes: Mapped[int]
    transfer_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    minutes: Mapped[int] = mapped_column(BigInteger)
    house_version_id: Mapped[UUID | None]
    scheme_version_id: Mapped[UUID]
    settled_by: Mapped[UUID]
    settled_at: Mapped[Instant]
    reversed_by: Mapped[UUID | None]
    reversed_at: Mapped[datetime | None]
    reversal_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))


class CampaignRow(Base):
    """A campaign."""

    __tablename__ = "campaigns"
    __table_args__ = (UniqueConstraint("community_id", "id", name="campaign_in_community"),)

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    name: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date]
    note: Mapped[str | None]
    created_by: Mapped[UUID]
    created_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)


class TargetRow(Base):
    """What a campaign wants to reach."""

    __tablename__ = "campaign_targets"
    __table_args__ = (
        UniqueConstraint("community_id", "id", name="target_in_community"),
        UniqueConstraint(
            "campaign_id", "position", name="target_position", deferrable=True, initially="DEFERRED"
        ),
        ForeignKeyConstraint(
            ["community_id", "campaign_id"], ["timebank.campaigns.community_id", "timebank.campaigns.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    position: Mapped[int]
    title: Mapped[str]
    measure: Mapped[str]
    goal: Mapped[int]


class ActivityTarget(Base):
    """An activity that counts for a target."""

    __tablename__ = "activity_targets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "activity_id"], ["timebank.activities.community_id", "timebank.activities.id"]
        ),
        ForeignKeyConstraint(
            ["community_id", "target_id"],
            ["timebank.campaign_targets.community_id", "timebank.campaign_targets.id"],
        ),
    )

    community_id: Mapped[Key]
    activity_id: Mapped[Key]
    target_id: Mapped[Key]
