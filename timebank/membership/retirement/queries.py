"""Reading retirement checklists."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.membership.retirement.model import Done, Item, Retirement
from timebank.membership.tables import RetirementItem, RetirementList
from timebank.people import queries as people

LISTED_MAX = 200


async def retirement(db: AsyncSession, member_id: UUID) -> Retirement | None:
    """A member's checklist, if one was begun."""
    row = await db.get(RetirementList, member_id, populate_existing=True)
    found = await _views(db, [row] if row else [])
    return found[0] if found else None


async def unfinished(db: AsyncSession, community_id: UUID) -> list[Retirement]:
    """Whose checklist has something left to do, who retired first comes first; the departed left out."""
    done = (
        select(func.count())
        .where(RetirementItem.member_id == RetirementList.member_id)
        .correlate(RetirementList)
        .scalar_subquery()
    )
    rows = await db.scalars(
        select(RetirementList)
        .where(RetirementList.community_id == community_id, done < len(Item))
        .order_by(RetirementList.retired_on, RetirementList.member_id)
        .limit(LISTED_MAX)
    )
    return [one for one in await _views(db, list(rows)) if one.member.status not in people.GONE]


async def _views(db: AsyncSession, rows: Sequence[RetirementList]) -> list[Retirement]:
    ids = [row.member_id for row in rows]
    items = (
        list(await db.scalars(select(RetirementItem).where(RetirementItem.member_id.in_(ids)))) if ids else []
    )
    names = await access.staff_names(db, {item.by for item in items}) if items else {}
    known = await people.briefs(db, ids)
    return [
        Retirement(
            member=known[row.member_id],
            retired_on=row.retired_on,
            retired_from=row.retired_from,
            done={
                Item(item.item): Done(
                    done_on=item.done_on, who=item.who, note=item.note, by_name=names.get(item.by, "")
                )
                for item in items
                if item.member_id == row.member_id
            },
            version=row.version,
        )
        for row in rows
    ]
