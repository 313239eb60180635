"""What stands behind the hours, and who was spoken to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.core.tables import Base, Instant, Key


class BackingRow(Base):
    """Money behind the hours from a day on, beside the ledger and never in it. Append-only."""

    __tablename__ = "backings"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    from_on: Mapped[date]
    fund_fen: Mapped[int] = mapped_column(BigInteger)
    hour_fen: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str | None]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[Instant]


class OutreachRow(Base):
    """Somebody of the desk spoke to a member; noted by mistake it is marked, never deleted."""

    __tablename__ = "outreaches"
    __table_args__ = (
        ForeignKeyConstraint(
            ["community_id", "member_id"], ["timebank.members.community_id", "timebank.members.id"]
        ),
    )

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    member_id: Mapped[UUID]
    on_day: Mapped[date]
    word: Mapped[str | None]
    noted_by: Mapped[UUID]
    noted_at: Mapped[Instant]
    withdrawn_by: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
