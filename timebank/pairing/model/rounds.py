"""A match round 派单批次: what it was decided from, what it decided, and whether anybody was asked.

made → sent          its proposals went out
made → superseded    a newer round was run before anybody was asked
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from matching import Choice, Plan, Report
from timebank.pairing.model.steering import Steering
from timebank.pairing.model.why import Why, WhyNobody


class RoundStatus(StrEnum):
    """Where a round stands."""

    MADE = "made"
    SENT = "sent"
    SUPERSEDED = "superseded"


ROUND_MOVES: dict[RoundStatus, frozenset[RoundStatus]] = {
    RoundStatus.MADE: frozenset({RoundStatus.SENT, RoundStatus.SUPERSEDED}),
    RoundStatus.SENT: frozenset(),
    RoundStatus.SUPERSEDED: frozenset(),
}


@dataclass(frozen=True)
class RoundView:
    """A round as the list shows it; `waiting` requests got nobody. Rounds of old have no `report`."""

    id: UUID
    community_id: UUID
    scheme_id: UUID | None
    on_day: date
    status: RoundStatus
    served: int
    waiting: int
    helpers: int
    milliseconds: int
    made_by: UUID
    made_at: datetime
    sent_at: datetime | None
    report: Report | None = None


@dataclass(frozen=True)
class RoundInput:
    """What a round was decided from, without a home, a need or a name.

    Ids with the keyed digest of what was known of each then; `passed_over` as it was before this round counted;
    `ties` digests who had met, was paired, declined or kept apart. `lapsed` requests were left out, since every
    time they named had passed.
    """

    on: date
    helpers: Mapping[UUID, str]
    requests: Mapping[UUID, str]
    passed_over: Mapping[UUID, int]
    ties: str
    weights: Mapping[str, int]
    limits: Mapping[str, int | tuple[int, ...]]
    lapsed: tuple[UUID, ...] = ()
    steering: Steering = field(default_factory=Steering)


class Because(StrEnum):
    """Why a pair of the plan was not asked after all, beside the reasons that `matching` knows."""

    MOVED = "moved"  # the request was withdrawn, changed or matched meanwhile
    ASKED = "asked"  # somebody is being asked already
    PASSED = "passed"  # its time has come


@dataclass(frozen=True)
class Dropped:
    """A pair of the plan that is not asked: `because` are `Because`, or names of reasons in small letters."""

    request_id: UUID
    helper_id: UUID
    because: tuple[str, ...]


@dataclass(frozen=True)
class Sent:
    """What came of sending a round: proposals made, and pairs that had gone stale."""

    made: tuple[UUID, ...]
    dropped: tuple[Dropped, ...]


@dataclass(frozen=True)
class RoundDetail:
    """A whole round."""

    view: RoundView
    input: RoundInput
    input_digest: str
    plan: Plan
    plan_digest: str
    whys: Mapping[Choice, Why]
    nobody: Mapping[UUID, WhyNobody]
    dropped: Mapping[UUID, Dropped]


@dataclass(frozen=True)
class Replay:
    """A round decided once more from the same ids: does it come to the same plan?

    `changed` people and requests are no longer as they were then; with none of them the plan must be the same.
    """

    same: bool
    changed: tuple[UUID, ...]
