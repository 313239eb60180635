"""What a round decides: who helps whom and when, who waits and why, and what it is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from matching.problem import Choice
from matching.reasons import Reason


@dataclass(frozen=True, slots=True)
class Terms:
    """The points of one pair, by name."""

    distance: int
    community: int
    branch: int
    overlap: int
    continuity: int
    dialect: int
    interests: int
    load: int
    agreed: int
    offered: int = 0  # plans kept before there were offers have none

    @property
    def total(self) -> int:
        return sum(getattr(self, name) for name in self.__dataclass_fields__)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A visit's day, start in minutes since midnight, and length; if weekly, `on` is the first of many."""

    on: date
    start: int
    minutes: int
    weekly: bool


# Pairs that have been agreed, and when.
Held = Mapping[Choice, Slot]


@dataclass(frozen=True, slots=True)
class Pair:
    """`metres` is None where a position is unknown. `runner_up` is the next best by score, whoever she serves."""

    request: UUID
    helper: UUID
    slot: Slot
    metres: int | None
    score: int
    terms: Terms
    runner_up: UUID | None
    runner_up_score: int | None
    pinned: bool


class Cause(StrEnum):
    NOBODY = "nobody"  # no helper is eligible
    TAKEN = "taken"  # some are, and all of them serve others in this round
    TOO_FEW = "too_few"  # several are wanted, and at no time could as many come
    LINKED = "linked"  # enough could come, but too few to what it is linked with


@dataclass(frozen=True, slots=True, order=True)
class Count:
    reason: Reason
    helpers: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Every helper of the round once.

    `first`: counted under the first reason, so that it adds up with `eligible` to `helpers`.
    `only`: how many have that reason alone, and so could come if it fell away.
    """

    helpers: int
    eligible: int
    first: tuple[Count, ...]
    only: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """`together`: where several are wanted, how many could come (at the best time, if all come at one)."""

    request: UUID
    cause: Cause
    histogram: Histogram
    together: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """What a plan is worth, tier by tier: more urgency, more extra places, less load, more score.

    `served` follows from urgency where every request asks for one helper: serving one more is then always better.
    `extra` counts helpers beyond those a request needs at least.
    """

    served: int
    urgency: int
    load: int
    score: int
    extra: int = 0  # plans kept before there were head counts have none

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Compares as plans do: the greater is the better."""
        return (self.urgency, self.extra, -self.load, self.score)


@dataclass(frozen=True, slots=True)
class Counts:
    """`checked` pairs looked at; `candidates` kept; `truncated` eligible ones seen and not kept; `curtailed` requests
    whose search ended, having found enough, with helpers unseen; `widened` requests searched to the end because they
    went unserved; `cuts` pairs given up because a helper's visits did not fit together.
    """

    helpers: int
    requests: int
    checked: int
    candidates: int
    truncated: int
    curtailed: int
    widened: int
    cuts: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The same problem gives the same bytes, so the time it took is not in it.

    `bound` is the value before visits of one helper had to fit together: equal to `value` when `exact`.
    `exact` is said of the candidates kept (all eligible ones when `counts.truncated` and `counts.curtailed` are 0) and
    of the times set for requests for several helpers. In the stable mode it says that no two would leave for each
    other.
    """

    problem: str
    pairs: tuple[Pair, ...]
    unmatched: tuple[Unmatched, ...]
    value: Value
    bound: Value
    exact: bool
    counts: Counts
