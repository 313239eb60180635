"""What is reckoned again, and what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from timebank.schemes.model import Payer


@dataclass(frozen=True, kw_only=True)
class Posting:
    """A transfer that stands. `taker_before` is what the taker's account held right before it.

    `basis` is empty where it is no visit's; `scheme_version_id` names what decided it.
    """

    kind: str
    minutes: int
    giver_id: UUID
    taker_id: UUID
    giver_before: int
    taker_before: int
    subject_id: UUID
    served_on: date | None
    category: str
    helper_id: UUID | None
    recipient_id: UUID | None
    scheme_version_id: UUID | None
    basis: Mapping[str, int | str]

    @property
    def part(self) -> str:
        """Which part of a visit it is; one that does not say is the helper's, or what was left over."""
        return str(self.basis.get("part", "helper" if self.taker_id == self.helper_id else "pool"))

    @property
    def payer(self) -> Payer:
        """Who paid the visit."""
        return Payer(str(self.basis["payer"]))


@dataclass(frozen=True, kw_only=True)
class HouseOutcome:
    """A month under other limits.

    `over`: people who would have come to the ceiling, `to_pool` the minutes that would have gone on to the pool,
    `waiting` the visits that would have waited for room instead. `short`: people who would have been refused for
    the floor, and `short_minutes` what they spent below it. `unripe`: people who could not have spent yet, and
    what they did spend.
    """

    over: int
    to_pool: int
    waiting: int
    short: int
    short_minutes: int
    unripe: int
    unripe_minutes: int


@dataclass(frozen=True, kw_only=True)
class SchemeOutcome:
    """A scheme's visits of a month under other rules: sums as they are and as they would be, in minutes.

    `barred`: visits that could not have been, by age, training or kind; `capped`: people past the weekly cap.
    """

    visits: int
    different: int
    served: int
    credited: tuple[int, int]
    charged: tuple[int, int]
    to_pool: tuple[int, int]
    barred: int
    capped: int


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """A version of rules held against a month. One of the two outcomes is there."""

    month: str
    number: int
    in_force_from: date
    scheme: str | None
    house: HouseOutcome | None
    of_scheme: SchemeOutcome | None
