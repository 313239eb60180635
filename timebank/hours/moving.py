"""One transfer by itself, under the house policy of the day: a grant, a gift."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act
from timebank.core.actor import Role
from timebank.core.provenance import Provenance
from timebank.hours import steps
from timebank.hours.model import About, Answer, Kind, Wish
from timebank.schemes.model import Dated, HousePolicy


@dataclass(frozen=True)
class Move:
    """Minutes that go from one account to another, and why. `source`: how the wish reached a desk."""

    kind: Kind
    from_account: UUID
    to_account: UUID
    minutes: int
    reason: str | None = None
    basis: Mapping[str, int | str] = field(default_factory=dict)
    source: Provenance = Provenance.DESK


async def move(
    db: AsyncSession, act: Act, community_id: UUID, wanted: Move, *, house: Dated[HousePolicy]
) -> Answer:
    """Post it once; a retry of the same call gets the same transfer."""
    transfer_id = act.id_for(wanted.kind.value)
    own = act.role in (Role.MEMBER, Role.DELEGATE)
    about = About(
        kind=wanted.kind,
        subject_id=transfer_id,
        provenance=Provenance.APP if own else wanted.source,
        house_version_id=house.version_id,
        entered_by=act.actor.id,
        basis={"minutes": wanted.minutes, **wanted.basis},
    )
    wish = Wish(
        id=transfer_id,
        from_account=wanted.from_account,
        to_account=wanted.to_account,
        minutes=wanted.minutes,
        about=about,
        reason=wanted.reason,
    )
    [answer] = await steps.post(db, community_id, [wish], actor_id=act.actor.id, now=act.now)
    return answer
