"""Units, staff and their roles, members' cards, logins; who is whose kin, and who acts for whom."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class Unit(Base):
    """A node of the tree district → town → community; a community's id is also its book's id."""

    __tablename__ = "units"

    id: Mapped[Key]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("timebank.units.id"))
    level: Mapped[str]
    name: Mapped[str]
    code: Mapped[str]
    sample: Mapped[bool] = mapped_column(default=False)


class Staff(Base):
    """Somebody who works at a desk: a coordinator, an auditor, an administrator."""

    __tablename__ = "staff"

    id: Mapped[Key]
    name: Mapped[str]
    user_name: Mapped[str]
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Instant]


class StaffRole(Base):
    """A role held in a unit, and so in every community below it."""

    __tablename__ = "staff_roles"

    staff_id: Mapped[Key] = mapped_column(ForeignKey("timebank.staff.id"))
    unit_id: Mapped[Key] = mapped_column(ForeignKey("timebank.units.id"))
    role: Mapped[str] = mapped_column(primary_key=True)


class StaffMembership(Base):
    """A staff member's own membership: in its affairs they hold no office."""

    __tablename__ = "staff_memberships"

    staff_id: Mapped[Key] = mapped_column(ForeignKey("timebank.staff.id"))
    member_id: Mapped[Key]


class Card(Base):
    """A member's printed card: its QR code carries the secret, the member knows the PIN."""

    __tablename__ = "cards"

    id: Mapped[Key]
    member_id: Mapped[UUID]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    number: Mapped[str]
    secret_hash: Mapped[bytes]
    pin_hash: Mapped[str]
    issued_at: Mapped[Instant]
    revoked_at: Mapped[datetime | None]


class Login(Base):
    """Somebody signed in on one device; only the token's hash is kept."""

    __tablename__ = "logins"

    id: Mapped[Key]
    token_hash: Mapped[bytes]
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("timebank.staff.id"))
    card_id: Mapped[UUID | None] = mapped_column(ForeignKey("timebank.cards.id"))
    community_id: Mapped[UUID | None] = mapped_column(ForeignKey("timebank.units.id"))
    created_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]


class Attempt(Base):
    """A failed sign-in, kept for an hour to slow the next ones down."""

    __tablename__ = "attempts"

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[Instant] = mapped_column(primary_key=True)


class Setup(Base):
    """The single row of the first run: its one-time code, and whether this is the sample."""

    __tablename__ = "setup"

    once: Mapped[bool] = mapped_column(primary_key=True, default=True)
    code_hash: Mapped[bytes | None]
    used_at: Mapped[datetime | None]
    sample: Mapped[bool] = mapped_column(default=False)


class Kin(Base):
    """Two people of one family, seen from `member_id`: `kind` is what the other is to them.

    The other is a member, maybe of another community, or somebody with a name, who may be of the staff.
    """

    __tablename__ = "kin"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    member_id: Mapped[UUID]
    kind: Mapped[str]
    other_community_id: Mapped[UUID | None]
    other_member_id: Mapped[UUID | None]
    other_name: Mapped[str | None]
    other_phone: Mapped[str | None]
    other_gender: Mapped[str | None]
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("timebank.staff.id"))
    said_by: Mapped[str]
    said_on: Mapped[date]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[Instant]
    ended_on: Mapped[date | None]
    retracted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Delegate(Base):
    """Somebody, a member or not, who may do one thing for a member until a day."""

    __tablename__ = "delegates"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    member_id: Mapped[UUID]
    purpose: Mapped[str]
    delegate_community_id: Mapped[UUID | None]
    delegate_member_id: Mapped[UUID | None]
    name: Mapped[str | None]
    phone: Mapped[str | None]
    until_on: Mapped[date]
    consent: Mapped[str]
    consent_by: Mapped[str]
    consent_on: Mapped[date]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[Instant]
    revoked_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class IncapacityRow(Base):
    """Somebody takes over for a member on a paper; while it stands the member's own sign-in is paused."""

    __tablename__ = "incapacities"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    member_id: Mapped[UUID]
    from_on: Mapped[date]
    until_on: Mapped[date]
    basis: Mapped[str]
    paper: Mapped[str]
    delegate_community_id: Mapped[UUID | None]
    delegate_member_id: Mapped[UUID | None]
    delegate_name: Mapped[str | None]
    delegate_phone: Mapped[str | None]
    purposes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    recorded_by: Mapped[UUID]
    recorded_on: Mapped[date]
    recorded_at: Mapped[Instant]
    ended_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
