"""What a community promises: its house policy, its schemes, and their dated policies."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Generic, TypeVar
from uuid import UUID

from timebank.core.errors import Text

ROUNDINGS_MINUTES = (1, 15, 30, 60)


class SchemeKind(StrEnum):
    """What a scheme is made of."""

    MUTUAL_AID = "mutual_aid"  # members help members, once or as a standing pair
    MENTORING = "mentoring"  # pairs that nobody would leave for each other: both sides say whom they prefer


class Payer(StrEnum):
    """Who gives the minutes that a helper earns."""

    RECIPIENT = "recipient"
    POOL = "pool"
    GRANTS = "grants"


class Rounding(StrEnum):
    """Which way minutes go to the next whole step."""

    DOWN = "down"
    NEAREST = "nearest"
    UP = "up"


class RemainderTo(StrEnum):
    """Who gets what rounding down leaves over."""

    NOBODY = "nobody"
    POOL = "pool"


class ConfirmBy(StrEnum):
    """Who says that the claimed minutes are right."""

    RECIPIENT = "recipient"
    EITHER = "either"  # the recipient, or a coordinator for them


class GiftTo(StrEnum):
    """Whom a member may give minutes, besides the pool."""

    NOBODY = "nobody"
    KIN = "kin"
    MEMBERS = "members"


class OverflowTo(StrEnum):
    """Who gets what a helper earns above the ceiling."""

    NOBODY = "nobody"  # the posting is refused, and the visit waits
    POOL = "pool"


class EarnedBy(StrEnum):
    """Whose the earned minutes are: the helper's, or everybody's, as where groups serve for the pool."""

    HELPER = "helper"
    POOL = "pool"


class Unclaimed(StrEnum):
    """What becomes of the minutes of somebody who died and had not said to whom they go."""

    POOL = "pool"
    KEPT = "kept"  # they stay where they are


@dataclass(frozen=True, kw_only=True)
class HousePolicy:
    """What holds for every account of a community, whatever the scheme.

    Who spends their own minutes is at least `redeem_age_min` years old and has banked `redeem_after_minutes`,
    counting what they earned by helping and what they brought in. `star_minutes`: what one star, two stars …
    take of the same, rising. The two caps are on gifts to people, one gift and one year; what must be kept
    holds for the pool too. `approvals_to_join`: how many people must agree before an applicant is a member.
    `unclaimed`: where minutes of the dead go who had not said it.
    """

    floor_minutes: int = 0
    ceiling_minutes: int | None = 90_000  # None: no ceiling
    kept_outside: bool = False  # said aloud: who stands outside the limits when they begin stays there
    overflow_to: OverflowTo = OverflowTo.NOBODY
    redeem_age_min: int = 0
    redeem_after_minutes: int = 0
    star_minutes: tuple[int, ...] = ()
    unit_name: str = "小时"
    unit_minutes: int = 60
    gift_to: GiftTo = GiftTo.KIN
    gift_minutes_max: int | None = None  # None: no cap
    gift_year_minutes_max: int | None = None  # None: no cap
    gift_kept_minutes: int = 0
    approvals_to_join: int = 1
    unclaimed: Unclaimed = Unclaimed.POOL


@dataclass(frozen=True, kw_only=True)
class Price:
    """What one visit of a category costs, however long it takes."""

    category: str
    minutes: int


@dataclass(frozen=True, kw_only=True)
class SchemePolicy:
    """One version of a scheme's rules. `categories` empty: every category that is not forbidden.

    `prices`: categories that are not reckoned by the minute. `hold_days`: planning a visit sets its minutes aside until so many days after its planned end.
    """

    helper_age_min: int = 18
    recipient_age_min: int = 60
    trainings_required: tuple[str, ...] = ()
    payer: Payer = Payer.RECIPIENT
    earned_by: EarnedBy = EarnedBy.HELPER
    rate_numerator: int = 1
    rate_denominator: int = 1
    rounding_minutes: int = 1
    rounding: Rounding = Rounding.NEAREST
    remainder_to: RemainderTo = RemainderTo.NOBODY
    tolerance_minutes: int = 15
    weekly_cap_minutes: int | None = None  # None: no cap
    proposal_days: int = 3
    confirm_by: ConfirmBy = ConfirmBy.EITHER
    hold_days: int | None = None  # None: planning sets nothing aside
    categories: tuple[str, ...] = ()
    forbidden_categories: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()

    @property
    def rate(self) -> Fraction:
        """Minutes paid for each minute served."""
        return Fraction(self.rate_numerator, self.rate_denominator)


T = TypeVar("T", HousePolicy, SchemePolicy)


@dataclass(frozen=True)
class Dated(Generic[T]):
    """A version of a policy. `version_id` None: what holds where nobody set anything.

    `replaced`: another version took its place before its day came, so it never was in force. `followed`:
    another wants to. All but the first need a second person's word; without it they never begin.
    """

    version_id: UUID | None
    number: int
    in_force_from: date
    content: T
    made_by: UUID | None = None
    made_at: datetime | None = None
    replaced: bool = False
    followed: bool = False
    needs_approval: bool = False
    approved_by: UUID | None = None
    approved_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """True where as many people as it takes have agreed to it."""
        return not self.needs_approval or self.approved_by is not None


@dataclass(frozen=True)
class SchemeView:
    """A scheme as others see it."""

    id: UUID
    community_id: UUID
    name: str
    kind: SchemeKind
    opened_on: date
    closed_on: date | None
    version: int

    def is_open(self, on: date) -> bool:
        """True while visits of that day may belong to it."""
        return self.opened_on <= on and (self.closed_on is None or on < self.closed_on)


@dataclass(frozen=True)
class PolicyVersion:
    """A scheme's version, found again by its id: what an entry was decided by."""

    scheme: SchemeView
    policy: Dated[SchemePolicy]


@dataclass(frozen=True, kw_only=True)
class Payable:
    """What served minutes come to, with every number that decided it.

    `charged` leaves the payer's account, `credited` reaches who earns, `to_pool` is left over for the pool;
    charged = credited + to_pool. `value_minutes` is the value before rounding, cut to whole minutes;
    `price_minutes` the price, where the category has one: then neither rate nor rounding counts.
    """

    served_minutes: int
    payer: Payer
    earned_by: EarnedBy
    price_minutes: int | None
    rate_numerator: int
    rate_denominator: int
    rounding_minutes: int
    rounding: Rounding
    remainder_to: RemainderTo
    value_minutes: int
    charged: int
    credited: int
    to_pool: int

    @property
    def basis(self) -> dict[str, int | str]:
        """The same as plain numbers and words, to be kept with the movement."""
        price = {} if self.price_minutes is None else {"price_minutes": self.price_minutes}
        return {
            **price,
            "served_minutes": self.served_minutes,
            "payer": str(self.payer),
            "earned_by": str(self.earned_by),
            "rate_numerator": self.rate_numerator,
            "rate_denominator": self.rate_denominator,
            "rounding_minutes": self.rounding_minutes,
            "rounding": str(self.rounding),
            "remainder_to": str(self.remainder_to),
            "value_minutes": self.value_minutes,
            "charged": self.charged,
            "credited": self.credited,
            "to_pool": self.to_pool,
        }


@dataclass(frozen=True, kw_only=True)
class Unapproved:
    """A version that waits for a second person's word; `scheme_id` None: of a house policy."""

    version_id: UUID
    community_id: UUID
    scheme_id: UUID | None
    scheme: str | None
    in_force_from: date
    made_by: UUID


@dataclass(frozen=True)
class Change:
    """A rule before and after; None where there was none, or will be none."""

    label: Text
    before: Text | None
    after: Text | None


@dataclass(frozen=True)
class Line:
    """One rule in plain words: what it is about, and what it says."""

    label: Text
    value: Text
