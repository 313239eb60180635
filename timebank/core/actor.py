"""Who is acting: the person, or the job, that every row is written for."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from timebank.core.ids import derived_id


class Role(StrEnum):
    """What somebody may be in a community (DESIGN: who may do what)."""

    MEMBER = "member"
    DELEGATE = "delegate"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"
    NOBODY = "nobody"


class ActorKind(StrEnum):
    """How the actor came in: as staff, as a member with a card, as a scheduled job, or not at all."""

    STAFF = "staff"
    MEMBER = "member"
    SYSTEM = "system"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Actor:
    """Somebody who acts. `roles` maps each community the actor may see to the roles held there.

    `memberships` are the actor's own member ids: the member who signed in, or those of a staff
    member who is also a member, so that nobody enters and approves hours for themselves.
    """

    id: UUID
    kind: ActorKind
    name: str
    roles: dict[UUID, frozenset[Role]] = field(default_factory=dict)
    memberships: frozenset[UUID] = frozenset()

    @property
    def communities(self) -> frozenset[UUID]:
        """Every community the actor may see."""
        return frozenset(self.roles)

    def roles_in(self, community_id: UUID) -> frozenset[Role]:
        """The roles held in one community; empty where the actor is nobody."""
        return self.roles.get(community_id, frozenset())

    def may_write_in(self, community_id: UUID | None) -> bool:
        """True for whoever works at that community's desk; an auditor only looks."""
        desk = {Role.COORDINATOR, Role.ADMINISTRATOR}
        return community_id is not None and not desk.isdisjoint(self.roles_in(community_id))

    def anywhere(self, *roles: Role) -> bool:
        """True if the actor holds one of the roles in any community."""
        return any(held.intersection(roles) for held in self.roles.values())


def system(communities: frozenset[UUID], *, job: str) -> Actor:
    """The actor of a scheduled job, in the communities it works on."""
    roles = {community: frozenset({Role.SYSTEM}) for community in communities}
    return Actor(id=derived_id("job", job), kind=ActorKind.SYSTEM, name=job, roles=roles)


NOBODY = Actor(id=UUID(int=0), kind=ActorKind.NOBODY, name="")
