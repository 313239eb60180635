"""What a week's plan says: who comes to whom and when, who waits, and what it is worth."""

from dataclasses import dataclass
from uuid import UUID

from matching.plan import Slot


@dataclass(frozen=True, slots=True, order=True)
class Placed:
    """A request's visit: its helpers, sorted, who come at the same time."""

    request: UUID
    helpers: tuple[UUID, ...]
    slot: Slot


@dataclass(frozen=True, slots=True)
class Worth:
    """First `weight`, the sum over served visits of 1 + priority; then less `way`: the minutes of all ways, from home, between visits
    and back home, less `known_minutes` for each of the `known` places.
    """

    served: int
    weight: int
    known: int
    travel_minutes: int
    way: int

    @property
    def rank(self) -> tuple[int, int]:
        """Compares as plans do: the greater is the better."""
        return (self.weight, -self.way)


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """The best found in `iterations`; no plan has more weight than `bound`.

    The same week, seed and number of iterations give the same plan.
    """

    placed: tuple[Placed, ...]
    unserved: tuple[UUID, ...]
    worth: Worth
    bound: int
    iterations: int
