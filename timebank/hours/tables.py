"""What each transfer and each hold was about, written with it and never changed; gifts, corrections."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class Movement(Base):
    """What a transfer was about, how it reached us, and what decided it: append-only."""

    __tablename__ = "movements"

    community_id: Mapped[Key]
    transfer_id: Mapped[Key]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    provenance: Mapped[str]
    served_on: Mapped[date | None]
    category: Mapped[str | None]
    helper_id: Mapped[UUID | None]
    recipient_id: Mapped[UUID | None]
    house_version_id: Mapped[UUID | None]
    scheme_version_id: Mapped[UUID | None]
    entered_by: Mapped[UUID | None]
    confirmed_by: Mapped[UUID | None]
    basis: Mapped[dict[str, Any]] = mapped_column()


class Reservation(Base):
    """What a hold is about; the ledger has its minutes and its end. Append-only."""

    __tablename__ = "reservations"

    community_id: Mapped[Key]
    hold_id: Mapped[Key]
    subject_id: Mapped[UUID]
    served_on: Mapped[date]
    category: Mapped[str]
    helper_id: Mapped[UUID]
    recipient_id: Mapped[UUID]


class Gift(Base):
    """Minutes that a member gave away; `receiver_id` NULL: to the pool. Append-only."""

    __tablename__ = "gifts"

    community_id: Mapped[Key]
    transfer_id: Mapped[Key]
    giver_id: Mapped[UUID]
    receiver_id: Mapped[UUID | None]
    minutes: Mapped[int] = mapped_column(BigInteger)
    given_on: Mapped[date]
    reason: Mapped[str | None]


class Correction(Base):
    """A transfer that somebody asks to be taken back, and what a second person said."""

    __tablename__ = "corrections"

    id: Mapped[Key]
    community_id: Mapped[UUID]
    transfer_id: Mapped[UUID]
    state: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[UUID]
    asked_at: Mapped[Instant]
    expires_on: Mapped[date]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    word: Mapped[str | None]
    reversal_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)
