"""Where a member stands: what they have banked in all, and their stars."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from timebank.core.errors import Text
from timebank.hours.model import Kind


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`banked_minutes`: earned and brought in, spent or not. `next_star_minutes`: still to bank for one more
    star, None at the last. `barrier`: why nothing may be spent yet.
    """

    banked_minutes: int
    stars: int
    next_star_minutes: int | None
    barrier: Text | None


@dataclass(frozen=True, kw_only=True)
class Flow:
    """What a member got and gave by movements of one kind in one month (its first day), the last of them `last_on`."""

    member_id: UUID
    kind: Kind
    month: date
    in_minutes: int
    out_minutes: int
    last_on: date
