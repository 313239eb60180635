"""How often somebody in a hardship tier is to be seen, the calls and look-ins that were noted; care plans; profiles."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, ForeignKeyConstraint, UniqueConstraint, Uuid
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


class PlanRow(Base):
    """A care plan; what it says stands in its versions."""

    __tablename__ = "care_plans"
    __table_args__ = (
        UniqueConstraint("community_id", "id", name="care_plan_in_community"),
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    member_id: Mapped[UUID]
    begun_on: Mapped[date]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None]
    ended_by: Mapped[UUID | None]
    version: Mapped[int]


class PlanVersionRow(Base):
    """A plan as it stood from one writing to the next."""

    __tablename__ = "care_plan_versions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "plan_id"], ["timebank.care_plans.community_id", "timebank.care_plans.id"]
        ),
    )

    plan_id: Mapped[Key]
    number: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[UUID]
    how: Mapped[str]
    goals: Mapped[list[str]]
    request_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    review_on: Mapped[date]
    word: Mapped[str | None]
    written_by: Mapped[UUID]
    written_on: Mapped[date]
    written_at: Mapped[Instant]


class SeatRow(Base):
    """Somebody's part in the care of one person, as one version has it."""

    __tablename__ = "care_seats"
    __table_args__ = (
        ForeignKeyConstraint(
            ["plan_id", "number"],
            ["timebank.care_plan_versions.plan_id", "timebank.care_plan_versions.number"],
        ),
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    plan_id: Mapped[Key]
    number: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[UUID]
    part: Mapped[str]
    member_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]


class GreetingRow(Base):
    """What was done for somebody on their day."""

    __tablename__ = "greetings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    member_id: Mapped[UUID]
    occasion: Mapped[str]
    for_on: Mapped[date]
    done_on: Mapped[date]
    what: Mapped[str]
    by_whom: Mapped[str]
    noted_by: Mapped[UUID]
    noted_on: Mapped[date]
    noted_at: Mapped[Instant]
    struck_by: Mapped[UUID | None]
    struck_at: Mapped[datetime | None]
    struck_because: Mapped[str | None]


class CalendarChoice(Base):
    """What one member wishes of the care calendar."""

    __tablename__ = "calendar_choices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    member_id: Mapped[Key]
    community_id: Mapped[UUID]
    inclusion: Mapped[str]
    birthday_by: Mapped[str]


class EntitlementRow(Base):
    """What somebody is entitled to, and when it is due again."""

    __tablename__ = "entitlements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    member_id: Mapped[UUID]
    title: Mapped[str]
    due_on: Mapped[date | None]
    note: Mapped[str | None]
    noted_by: Mapped[UUID]
    noted_at: Mapped[Instant]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None]
    version: Mapped[int]


class ReferralRow(Base):
    """Somebody sent to an outside service, and what came of it."""

    __tablename__ = "referrals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID]
    member_id: Mapped[UUID]
    to_whom: Mapped[str]
    what_for: Mapped[str]
    referred_on: Mapped[date]
    ask_on: Mapped[date | None]
    outcome: Mapped[str | None]
    closed_on: Mapped[date | None]
    noted_by: Mapped[UUID]
    noted_on: Mapped[date]
    noted_at: Mapped[Instant]
    version: Mapped[int]
