"""In which capacity somebody acts, for whom, and where that is refused: the guard asks here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates.model import Delegation, Purpose
from timebank.access.delegates.queries import acting_for
from timebank.access.delegates.rules import reason
from timebank.access.errors import KinsAffair, OwnAffair
from timebank.access.kin.queries import kin_of_actor
from timebank.access.queries import communities
from timebank.core.actor import Actor, ActorKind, Role
from timebank.core.errors import Forbidden, TimebankError, Unauthenticated

OFFICES = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR})
# Who acts for others: never for themselves or their family, but for the one who sent them.
SECOND_PERSONS = OFFICES | {Role.DELEGATE}
# A member's own acts count as the member's even where they also hold an office.
_RANK = (
    Role.SYSTEM,
    Role.COORDINATOR,
    Role.ADMINISTRATOR,
    Role.AUDITOR,
    Role.DELEGATE,
    Role.MEMBER,
    Role.NOBODY,
)


@dataclass(frozen=True)
class Authority:
    """The capacity in which an act is allowed, and the one member it is for, if it is one.

    `principal_id`: the one who sent a delegate, and the `reason` that is written down then.
    """

    role: Role
    beneficiary_id: UUID | None
    principal_id: UUID | None = None
    reason: str | None = None


def authority(
    actor: Actor, who: frozenset[Role], *, community_id: UUID | None, parties: frozenset[UUID]
) -> Authority:
    """In which capacity the actor may. Raises `Unauthenticated`, `Forbidden`, `OwnAffair`."""
    # Being somebody's delegate is no office: `delegated` has looked for whom it is.
    held = (_roles(actor, community_id) & who) - {Role.DELEGATE}
    if Role.NOBODY in who:
        held = frozenset({Role.NOBODY})
    own = actor.memberships & parties
    if Role.MEMBER in who and own:
        held |= {Role.MEMBER}
    elif parties:
        held -= {Role.MEMBER}
    if not held:
        raise Unauthenticated if actor.kind is ActorKind.NOBODY else Forbidden
    if own and Role.MEMBER not in held:
        raise OwnAffair
    role = Role.MEMBER if own else next(role for role in _RANK if role in held)
    beneficiary = next(iter(own), None) or (min(parties) if len(parties) == 1 else None)
    return Authority(role, beneficiary)


async def refuse_own(db: AsyncSession, actor: Actor, member_ids: Collection[UUID], today: date) -> None:
    """Nobody decides for themselves (`OwnAffair`) nor for their family (`KinsAffair`)."""
    if actor.memberships.intersection(member_ids):
        raise OwnAffair
    if await kin_of_actor(db, actor, member_ids, today):
        raise KinsAffair


async def delegated(
    db: AsyncSession, actor: Actor, parties: frozenset[UUID], purposes: frozenset[Purpose], today: date
) -> Authority | None:
    """The authority of a delegate, if the actor is one for a party and a purpose; None: they act as they are."""
    if not purposes or not _may_be_delegate(actor, parties):
        return None
    acting = await acting_for(db, actor.memberships, today, purposes=purposes)
    return _delegate(acting, actor, parties)


@dataclass(frozen=True)
class Asking:
    """Somebody who would act upon members."""

    actor: Actor
    parties: frozenset[UUID]


async def authorities(
    db: AsyncSession,
    asking: Sequence[Asking],
    who: frozenset[Role],
    *,
    community_id: UUID,
    purposes: frozenset[Purpose],
    today: date,
) -> list[Authority | TimebankError]:
    """What `delegated`, `authority` and `refuse_own` say to each, asked of the database once for all."""
    sent = [one.actor.memberships for one in asking if purposes and _may_be_delegate(one.actor, one.parties)]
    own = frozenset[UUID]().union(*sent)
    acting = await acting_for(db, own, today, purposes=purposes) if own else []
    found = [_capacity(one, who, acting, community_id) for one in asking]
    return await _without_own(db, asking, found, today)


def _capacity(
    one: Asking, who: frozenset[Role], acting: Sequence[Delegation], community_id: UUID
) -> Authority | TimebankError:
    try:
        sent = _may_be_delegate(one.actor, one.parties)
        as_delegate = _delegate(acting, one.actor, one.parties) if sent else None
        return as_delegate or authority(one.actor, who, community_id=community_id, parties=one.parties)
    except TimebankError as error:
        return error


async def _without_own(
    db: AsyncSession, asking: Sequence[Asking], found: Sequence[Authority | TimebankError], today: date
) -> list[Authority | TimebankError]:
    """Those of second persons who would decide for themselves or their family refused."""
    upon: dict[UUID, frozenset[UUID]] = {}
    for one, given in zip(asking, found, strict=True):
        if isinstance(given, Authority) and given.role in SECOND_PERSONS:
            others = one.parties - {given.principal_id}
            upon[one.actor.id] = upon.get(one.actor.id, frozenset()) | others
    actors = {one.actor.id: one.actor for one in asking}
    kin = {id_: await kin_of_actor(db, actors[id_], members, today) for id_, members in upon.items()}
    return [
        _own(one, given, kin.get(one.actor.id, frozenset())) for one, given in zip(asking, found, strict=True)
    ]


def _own(one: Asking, given: Authority | TimebankError, kin: frozenset[UUID]) -> Authority | TimebankError:
    if isinstance(given, TimebankError) or given.role not in SECOND_PERSONS:
        return given
    others = one.parties - {given.principal_id}
    if one.actor.memberships & others:
        return OwnAffair()
    return KinsAffair() if kin & others else given


def _may_be_delegate(actor: Actor, parties: frozenset[UUID]) -> bool:
    return actor.kind is ActorKind.MEMBER and not actor.memberships & parties


def _delegate(acting: Sequence[Delegation], actor: Actor, parties: frozenset[UUID]) -> Authority | None:
    found = next(
        (one for one in acting if one.delegate.member_id in actor.memberships and one.member_id in parties),
        None,
    )
    if found is None:
        return None
    return Authority(Role.DELEGATE, found.member_id, found.member_id, reason(found.purpose))


async def with_next_door(db: AsyncSession, actor: Actor) -> Actor:
    """The same actor with a coordinator's role in the other communities of their towns."""
    desks = {place for place, held in actor.roles.items() if Role.COORDINATOR in held}
    nodes = await communities(db)
    towns = {node.parent_id for node in nodes if node.id in desks}
    doors = {node.id for node in nodes if node.parent_id in towns}
    return replace(actor, roles={door: frozenset({Role.COORDINATOR}) for door in doors} | actor.roles)


def _roles(actor: Actor, community_id: UUID | None) -> frozenset[Role]:
    if community_id is not None:
        return actor.roles_in(community_id)
    if actor.kind is ActorKind.SYSTEM:
        return frozenset({Role.SYSTEM})  # also where there is no community yet
    return frozenset().union(*actor.roles.values())
