"""Why a helper was chosen, and why nobody was: numbers and ids only, put into words in `words.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from matching import Help


@dataclass(frozen=True)
class Grounds:
    """What speaks for one helper: points by term, metres between the homes, visits made before and lately.

    `volunteered` for this very request; an offer of such help counts as many points and is no word for it.
    """

    helper_id: UUID
    score: int
    points: Mapping[str, int]
    metres: int | None
    visits_before: int
    standing: bool
    visits_lately: int
    volunteered: bool = False


@dataclass(frozen=True)
class Why:
    """The chosen one, the next best, and whom the next best helps in the same round instead."""

    request_id: UUID
    chosen: Grounds
    runner_up: Grounds | None = None
    runner_up_serves: UUID | None = None


@dataclass(frozen=True)
class WhyNobody:
    """How many helpers of the round fell to which reason, each counted once under the first that refuses.

    `counts` keys are reasons in small letters, some with what is meant: `skill:wheelchair`, `window:2` (a
    Wednesday), `absent:sea`. `helpers` = `eligible` + the sum of `counts`. `only`: how many could come if
    that one reason fell away. Where several are `wanted`, `together` could come at the best time. `tried` are the
    changes with which the round, decided again, served the request.
    """

    request_id: UUID
    helpers: int
    eligible: int
    counts: Mapping[str, int]
    only: Mapping[str, int]
    wanted: int = 1
    together: int | None = None
    tried: tuple[Help, ...] = ()
