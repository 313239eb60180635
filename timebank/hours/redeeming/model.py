"""Where a member stands: what they have banked in all, and their stars."""

from dataclasses import dataclass

from timebank.core.errors import Text


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`banked_minutes`: earned and brought in, spent or not. `next_star_minutes`: still to bank for one more
    star, None at the last. `barrier`: why nothing may be spent yet.
    """

    banked_minutes: int
    stars: int
    next_star_minutes: int | None
    barrier: Text | None
