"""Use cases of offers: made by the member or at a desk for them, changed, ended, taken up again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import Invalid, NotFound
from timebank.core.lists import Page
from timebank.core.provenance import Provenance
from timebank.people import queries as people
from timebank.people.model import Brief
from timebank.requests import queries as requests
from timebank.requests.offers import queries, rules, steps
from timebank.requests.offers.model import Offer, OfferView

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
ANYBODY = DESK | {Role.MEMBER}


@dataclass(frozen=True)
class Offered:
    """An offer, whose it is, and the numbers of those whom it prefers."""

    view: OfferView
    member: Brief
    numbers: Mapping[UUID, str] = field(default_factory=dict)


async def _offering(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    return [(await queries.offer(db, arguments["offer_id"])).member_id]


@use_case(who=ANYBODY, where="community_id", on_behalf="member_id")
async def make_offer(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, offer: Offer, provenance: Provenance
) -> UUID:
    """Offer help; the offer's id. Raises `Invalid` with every field that is wrong, `NoHelper`."""
    await requests.active_helper(db, community_id, member_id)
    _refuse(offer, act)
    offer_id = act.id_for("offer")
    own = act.role is Role.MEMBER
    await steps.write(
        db,
        community_id,
        member_id,
        offer,
        offer_id=offer_id,
        provenance=Provenance.APP if own else provenance,
        by=act.actor.id,
        now=act.now,
    )
    return offer_id


@use_case(who=ANYBODY, where="community_id", on_behalf=_offering)
async def change_offer(
    db: AsyncSession, act: Act, *, community_id: UUID, offer_id: UUID, offer: Offer, version: int
) -> None:
    """Put it differently. Raises `Stale`, `Invalid`."""
    await _here(db, community_id, offer_id)
    _refuse(offer, act)
    await steps.change(db, offer_id, offer, version=version)


@use_case(who=ANYBODY, where="community_id", on_behalf=_offering)
async def end_offer(db: AsyncSession, act: Act, *, community_id: UUID, offer_id: UUID, version: int) -> None:
    """Not any more. Raises `Stale`."""
    await _here(db, community_id, offer_id)
    await steps.end(db, offer_id, version=version, now=act.now)


@use_case(who=ANYBODY, where="community_id", on_behalf=_offering)
async def reopen_offer(
    db: AsyncSession, act: Act, *, community_id: UUID, offer_id: UUID, version: int
) -> None:
    """Gladly after all. Raises `Stale`, `NoHelper`, `Invalid` where its last day is over."""
    view = await _here(db, community_id, offer_id)
    await requests.active_helper(db, community_id, view.member_id)
    _refuse(view.offer, act)
    await steps.reopen(db, offer_id, version=version)


@reading(who=DESK, where="community_id")
async def list_offers(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    ended: bool = False,
    category: str | None = None,
    after: str | None = None,
) -> Page[Offered]:
    """The newest first, with whose they are."""
    page = await queries.list_offers(db, community_id, act.today, ended=ended, category=category, after=after)
    known = await people.briefs(db, {view.member_id for view in page.rows})
    return Page([Offered(view, known[view.member_id]) for view in page.rows], page.after)


@reading(who=ANYBODY, where="community_id", on_behalf="member_id")
async def offers_of_member(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID
) -> list[OfferView]:
    """What a member offers, then the last they have ended."""
    stands = await queries.list_offers(db, community_id, act.today, member_id=member_id)
    over = await queries.list_offers(db, community_id, act.today, member_id=member_id, ended=True, limit=5)
    return [*stands.rows, *over.rows]


@reading(who=ANYBODY, where="community_id", on_behalf=_offering)
async def one_offer(db: AsyncSession, act: Act, *, community_id: UUID, offer_id: UUID) -> Offered:
    """One offer, and whose it is. Raises `NotFound`."""
    view = await _here(db, community_id, offer_id)
    known = await people.briefs(db, {view.member_id, *view.offer.prefers})
    numbers = {one.id: one.number or "" for one in known.values()}
    return Offered(view, known[view.member_id], numbers)


@reading(who=ANYBODY, where="community_id", on_behalf="member_id")
async def offering(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> Brief:
    """The member who is about to offer something. Raises `NotFound`, `NoHelper`."""
    return await requests.active_helper(db, community_id, member_id)


def _refuse(offer: Offer, act: Act) -> None:
    found = rules.problems(offer, today=act.today)
    if found:
        raise Invalid(found)


async def _here(db: AsyncSession, community_id: UUID, offer_id: UUID) -> OfferView:
    view = await queries.offer(db, offer_id)
    if view.community_id != community_id:
        raise NotFound
    return view
