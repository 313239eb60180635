"""Reading units, staff and logins."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates.queries import acts_for_in
from timebank.access.model import Level, UnitNode
from timebank.access.secrets import digest
from timebank.access.tables import Card, Login, Setup, Staff, StaffMembership, StaffRole, Unit
from timebank.core import clock
from timebank.core.actor import Actor, ActorKind, Role

_NODE = (Unit.id, Unit.parent_id, Unit.level, Unit.name, Unit.code)


@dataclass(frozen=True)
class SignedIn:
    """A live login and who it is; where somebody of the staff may look, by code."""

    login_id: UUID
    actor: Actor
    community_id: UUID | None
    seen_at: datetime
    places: list[UnitNode]


@dataclass(frozen=True)
class StaffView:
    """A staff member and the offices they hold."""

    id: UUID
    name: str
    user_name: str
    active: bool
    offices: list[tuple[str, UUID, str]]
    memberships: list[UUID]

    def holds(self, role: Role, unit_id: UUID) -> bool:
        """True if this office is theirs."""
        return any((held, unit) == (role, unit_id) for held, unit, _ in self.offices)


async def units(db: AsyncSession) -> list[UnitNode]:
    """The whole tree, parents before children, siblings by code."""
    nodes = [_node(row) for row in await db.execute(select(*_NODE))]
    order = {Level.DISTRICT: 0, Level.TOWN: 1, Level.COMMUNITY: 2}
    return sorted(nodes, key=lambda node: (order[node.level], node.code))


async def communities(db: AsyncSession, among: Collection[UUID] | None = None) -> list[UnitNode]:
    """Every community, or those of them that are named, by code."""
    wanted = select(*_NODE).where(Unit.level == Level.COMMUNITY).order_by(Unit.code)
    rows = await db.execute(wanted if among is None else wanted.where(Unit.id.in_(among)))
    return [_node(row) for row in rows]


def below(nodes: Iterable[UnitNode], unit_id: UUID) -> list[UnitNode]:
    """A unit and all below it, parents first; empty if there is no such unit."""
    children: dict[UUID | None, list[UnitNode]] = defaultdict(list)
    found: list[UnitNode] = []
    for node in nodes:
        children[node.parent_id].append(node)
        if node.id == unit_id:
            found.append(node)
    for node in found:
        found.extend(children[node.id])
    return found


async def administered(db: AsyncSession, staff_id: UUID) -> list[UnitNode]:
    """The units at or below those whose administrator somebody is, parents before children."""
    held = await db.scalars(
        select(StaffRole.unit_id).where(StaffRole.staff_id == staff_id, StaffRole.role == Role.ADMINISTRATOR)
    )
    nodes = await units(db)
    mine = {node.id for unit_id in held for node in below(nodes, unit_id)}
    return [node for node in nodes if node.id in mine]


async def signed_in(db: AsyncSession, token: str, now: datetime) -> SignedIn | None:
    """Who holds this token, if their login is live."""
    login = await db.scalar(select(Login).where(Login.token_hash == digest(token)))
    if login is None or login.ended_at is not None or login.expires_at <= now:
        return None
    who = staff_actor(db, login.staff_id) if login.staff_id else _member_actor(db, login.card_id, now)
    actor = await who
    if actor is None:
        return None
    places = await communities(db, actor.communities) if actor.kind is ActorKind.STAFF else []
    return SignedIn(login.id, actor, login.community_id, login.seen_at, places)


async def staff_actor(db: AsyncSession, staff_id: UUID) -> Actor | None:
    """A staff member with every role in every community below the units they hold it in."""
    staff = await db.get(Staff, staff_id)
    if staff is None or not staff.active:
        return None
    roles: dict[UUID, set[Role]] = defaultdict(set)
    for role, community in await db.execute(_held_in_communities(staff_id)):
        roles[community].add(Role(role))
    own = await db.scalars(select(StaffMembership.member_id).where(StaffMembership.staff_id == staff_id))
    return Actor(
        id=staff.id,
        kind=ActorKind.STAFF,
        name=staff.name,
        roles={community: frozenset(held_there) for community, held_there in roles.items()},
        memberships=frozenset(own),
    )


async def staff_named(db: AsyncSession, user_name: str) -> UUID | None:
    """The id of an active staff member."""
    return await db.scalar(select(Staff.id).where(Staff.user_name == user_name, Staff.active))


async def staff_in(db: AsyncSession, among: Collection[UnitNode]) -> list[StaffView]:
    """Staff who hold an office in one of these units, with all their offices, by name."""
    names = {node.id: node.name for node in await units(db)}
    wanted = {node.id for node in among}
    offices: dict[UUID, list[tuple[str, UUID, str]]] = defaultdict(list)
    for held in await db.scalars(select(StaffRole)):
        offices[held.staff_id].append((held.role, held.unit_id, names[held.unit_id]))
    ours = [staff for staff, held in offices.items() if any(unit in wanted for _, unit, _ in held)]
    own: dict[UUID, list[UUID]] = defaultdict(list)
    for link in await db.scalars(select(StaffMembership)):
        own[link.staff_id].append(link.member_id)
    people = await db.scalars(select(Staff).where(Staff.id.in_(ours)).order_by(Staff.name))
    return [StaffView(p.id, p.name, p.user_name, p.active, sorted(offices[p.id]), own[p.id]) for p in people]


async def staff_names(db: AsyncSession, staff_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of staff members, by id; an id that is nobody's is missing."""
    rows = await db.execute(select(Staff.id, Staff.name).where(Staff.id.in_(staff_ids)))
    return {row.id: row.name for row in rows}


async def is_sample(db: AsyncSession) -> bool:
    """True if this database holds the sample district."""
    return bool(await db.scalar(select(Setup.sample)))


async def is_unfinished_sample(db: AsyncSession) -> bool:
    """True if loading the sample district was begun here and did not end."""
    return bool(await db.scalar(select(Setup.sample & Setup.used_at.is_(None))))


async def is_empty(db: AsyncSession) -> bool:
    """True if nobody has set this time bank up yet."""
    return await db.scalar(select(Unit.id).limit(1)) is None


async def live_card(db: AsyncSession, member_id: UUID) -> Card | None:
    """The card a member holds now."""
    return await db.scalar(select(Card).where(Card.member_id == member_id, Card.revoked_at.is_(None)))


async def card_holder(db: AsyncSession, number: str) -> UUID | None:
    """Whose card in use has this number."""
    return await db.scalar(select(Card.member_id).where(Card.number == number, Card.revoked_at.is_(None)))


def _held_in_communities(staff_id: UUID) -> Select[str, UUID]:
    """Each role with each community it reaches: every page asks, so it asks for these and not for the whole tree."""
    held = (
        select(StaffRole.role, Unit.id, Unit.level)
        .join(Unit, Unit.id == StaffRole.unit_id)
        .where(StaffRole.staff_id == staff_id)
        .cte(recursive=True)
    )
    held = held.union_all(select(held.c.role, Unit.id, Unit.level).join(held, Unit.parent_id == held.c.id))
    return select(held.c.role, held.c.id).where(held.c.level == Level.COMMUNITY)


def _node(row: Row[UUID, UUID | None, str, str, str]) -> UnitNode:
    return UnitNode(row.id, row.parent_id, Level(row.level), row.name, row.code)


async def _member_actor(db: AsyncSession, card_id: UUID | None, now: datetime) -> Actor | None:
    card = await db.get(Card, card_id) if card_id else None
    if card is None or card.revoked_at is not None:
        return None
    acting_in = await acts_for_in(db, card.member_id, clock.day_of(now))
    roles = {place: frozenset({Role.DELEGATE}) for place in acting_in}
    return Actor(
        id=card.member_id,
        kind=ActorKind.MEMBER,
        name=card.number,
        roles=roles | {card.community_id: frozenset({Role.MEMBER})},
        memberships=frozenset({card.member_id}),
    )
