"""Pure rules of corrections: what may be asked for, and who is a second person."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from timebank.access.errors import KinsAffair, OwnAffair
from timebank.core.actor import Actor
from timebank.core.errors import N_, Text
from timebank.hours.corrections.errors import AnotherMustDecide
from timebank.hours.corrections.model import State
from timebank.hours.model import Kind

# What hours themselves post; anything else is corrected in the room that caused it.
KINDS = (Kind.GIFT, Kind.GRANT)
STATE_TEXTS = {
    State.ASKED: N_("等另一个人批准"),
    State.APPROVED: N_("已更正"),
    State.REFUSED: N_("没有批准"),
    State.WITHDRAWN: N_("已撤回"),
    State.EXPIRED: N_("过期没人批"),
}
STATE_TAGS = {State.ASKED: "amber", State.APPROVED: "leaf", State.REFUSED: "seal"}


def state(kept: State, expires_on: date, today: date) -> State:
    """Where it stands today: what nobody answered has run out."""
    return State.EXPIRED if kept is State.ASKED and expires_on < today else kept


def obstacle(
    actor: Actor, *, asked_by: UUID, member_ids: Collection[UUID], kin: Collection[UUID]
) -> Text | None:
    """Why this actor is no second person; None if they are. `kin`: those of the members who are theirs."""
    if asked_by == actor.id:
        return Text(AnotherMustDecide.message)
    if actor.memberships.intersection(member_ids):
        return Text(OwnAffair.message)
    return Text(KinsAffair.message) if kin else None
