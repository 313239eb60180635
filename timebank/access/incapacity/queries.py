"""Reading who can't act for themselves."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates.model import DelegateIs, Purpose
from timebank.access.incapacity.model import Basis, Incapacity, Taken
from timebank.access.tables import IncapacityRow


async def standing(db: AsyncSession, member_id: UUID) -> Incapacity | None:
    """A member's incapacity as it stands, if it does."""
    row = await db.scalar(
        select(IncapacityRow)
        .where(IncapacityRow.member_id == member_id, IncapacityRow.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    return Incapacity(
        id=row.id,
        member_id=row.member_id,
        taken=Taken(
            from_on=row.from_on,
            until_on=row.until_on,
            basis=Basis(row.basis),
            paper=row.paper,
            delegate=DelegateIs(
                community_id=row.delegate_community_id,
                member_id=row.delegate_member_id,
                name=row.delegate_name,
                phone=row.delegate_phone,
            ),
            purposes=frozenset(Purpose(one) for one in row.purposes),
        ),
        recorded_by=row.recorded_by,
        version=row.version,
    )
