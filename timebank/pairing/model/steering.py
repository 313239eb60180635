"""What a coordinator wants of a round beside the facts, and what the round would then be 试算."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from matching import Choice


class Term(StrEnum):
    """The terms of a score whose weight is the coordinator's business, in the order of the form."""

    DISTANCE = "distance"
    CONTINUITY = "continuity"
    BRANCH = "branch"
    DIALECT = "dialect"
    INTERESTS = "interests"
    OVERLAP = "overlap"
    OFFERED = "offered"


class Emphasis(StrEnum):
    """How much one of the terms of a score counts."""

    NONE = "none"
    LESS = "less"
    USUAL = "usual"
    MORE = "more"


@dataclass(frozen=True)
class Steering:
    """Pairs pinned and pairs forbidden, and the terms of a score that count otherwise than usual."""

    pins: tuple[Choice, ...] = ()
    forbidden: tuple[Choice, ...] = ()
    weights: Mapping[Term, Emphasis] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.pins or self.forbidden or self.weights)
