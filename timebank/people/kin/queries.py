"""Reading a member's family with the names that may be seen."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.kin import queries as kin
from timebank.access.kin import rules
from timebank.access.kin.model import Tie
from timebank.people import queries
from timebank.people.kin.model import Family, Relation
from timebank.people.model import Brief, MemberView


async def family(db: AsyncSession, member: MemberView, today: date) -> Family:
    """A member's family, as recorded on either side."""
    ties = await kin.ties_of(db, member.id)
    seen = await queries.briefs(db, {tie.other.member_id for tie in ties if tie.other.member_id})
    places = {node.id: node.name for node in await access.communities(db)}
    staff = {tie.other.staff_id for tie in ties if tie.other.staff_id} | {tie.recorded_by for tie in ties}
    offices = await access.staff_names(db, staff)

    def told(tie: Tie) -> Relation:
        other = seen.get(tie.other.member_id) if tie.other.member_id else None
        elsewhere = tie.other.community_id not in (None, member.community_id)
        return Relation(
            tie=tie,
            word=rules.word(tie.kind, own=member.details.gender, other=_gender(tie, other)),
            name=other.name if other else tie.other.name,
            number=other.number if other else None,
            community=places.get(tie.other.community_id) if elsewhere and tie.other.community_id else None,
            here=other.id if other and not elsewhere else None,
            office=offices.get(tie.other.staff_id) if tie.other.staff_id else None,
            recorded_by=offices.get(tie.recorded_by),
        )

    return Family(member, today, [told(tie) for tie in ties])


def _gender(tie: Tie, other: Brief | None) -> str | None:
    return other.gender if other else tie.other.gender
