"""Whom a visit concerns, and who says what about it."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act
from timebank.access.kin.queries import kin_among
from timebank.core.actor import Role
from timebank.core.provenance import Provenance
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import Dated, SchemePolicy
from timebank.visits import queries
from timebank.visits.errors import NotYourPart
from timebank.visits.model import Side, VisitView

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
ANYBODY = DESK | {Role.MEMBER}


async def both(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    """Both sides of the visit: staff who are one of them hold no office in it."""
    found = await queries.visits(db, [arguments["visit_id"]])
    return frozenset().union(*(view.parties for view in found.values()))


class OfVisit(Protocol):
    """What a call about one visit asks for."""

    @property
    def visit_id(self) -> UUID:
        """Which."""
        ...


async def both_of_each(db: AsyncSession, asks: Sequence[OfVisit]) -> list[frozenset[UUID]]:
    """The same for several calls, each about a visit."""
    found = await queries.parties(db, [one.visit_id for one in asks])
    return [found.get(one.visit_id, frozenset()) for one in asks]


def side(act: Act, visit: VisitView) -> Side | None:
    """Which side is speaking for itself, or through a delegate; None: a desk, for one of them."""
    match act.role:
        case Role.MEMBER:
            return visit.side_of(act.actor.memberships)
        case Role.DELEGATE if act.beneficiary_id is not None:
            return visit.side_of({act.beneficiary_id})
    return None


def only(act: Act, visit: VisitView, *allowed: Side) -> Side | None:
    """The side that speaks, if it is one of those; a desk may speak for any. Raises `NotYourPart`."""
    speaking = side(act, visit)
    if speaking is not None and speaking not in allowed:
        raise NotYourPart
    return speaking


def speaker(act: Act, visit: VisitView) -> UUID:
    """Whose word it is: the member's own, or the delegate's or the staff member's who said it for them."""
    if act.role is Role.DELEGATE:
        return act.actor.id
    match side(act, visit):
        case Side.HELPER:
            return visit.helper_id
        case Side.RECIPIENT:
            return visit.recipient_id
        case None:
            return act.actor.id


def source(act: Act, given: Provenance) -> Provenance:
    """A member's own word came by their own hand, whatever they say; so did their delegate's."""
    return Provenance.APP if act.role in (Role.MEMBER, Role.DELEGATE) else given


async def within_family(db: AsyncSession, act: Act, visit: VisitView) -> bool:
    """True if the helper is near kin of the recipient, who then is no second person."""
    return bool(await kin_among(db, visit.recipient_id, [visit.helper_id], act.today))


async def rules_of(db: AsyncSession, visit: VisitView) -> Dated[SchemePolicy] | None:
    """The version of the scheme's rules in force on the day of the visit; None where there were none yet."""
    versions = await schemes.scheme_policies(db, {visit.scheme_id})
    return scheme_rules.in_force(versions[visit.scheme_id], visit.served_on)
