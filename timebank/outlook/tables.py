"""What stands behind the hours."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
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
