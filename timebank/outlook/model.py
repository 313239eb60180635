"""Values of the outlook: who holds what since when, what it adds up to, what stands behind it, whom to speak to."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from timebank.care.contacts.model import ContactView
from timebank.core.errors import Text
from timebank.core.lists import Page
from timebank.people.model import Category, MemberView, Status

# Whoever was spoken to is left in peace for so long.
PEACE_DAYS = 90


@dataclass(frozen=True)
class Lot:
    """Minutes that are still there of what came in during one month, `month` being its first day."""

    month: date
    minutes: int


@dataclass(frozen=True, kw_only=True)
class Saver:
    """Somebody with an account. `lots`: what is left of their hours, the oldest first, empty for a debtor.

    `earned_minutes` by helping and `spent_minutes` on help are of the last twelve months. `first_ask_on` and
    `last_ask_on`: when they first and last asked or were helped, None for somebody who never did. `age` None: not
    known. `here`: a member still, neither dead nor departed. `last_entry_on`: of their account.
    """

    member_id: UUID
    here: bool
    age: int | None
    gender: str
    balance_minutes: int
    lots: tuple[Lot, ...]
    earned_minutes: int
    spent_minutes: int
    first_ask_on: date | None
    last_ask_on: date | None
    last_entry_on: date | None

    @property
    def holds_minutes(self) -> int:
        """What others owe them; 0 for a debtor."""
        return max(0, self.balance_minutes)

    @property
    def oldest(self) -> date | None:
        """The month of the oldest of their hours."""
        return self.lots[0].month if self.lots else None


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How many helpers there are, of whom so many wrote down no time at all, and what the others can give in a week."""

    helpers: int
    without_times: int
    week_minutes: int

    @property
    def year_minutes(self) -> int:
        """The same in a year."""
        return self.week_minutes * 52


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How the hours of a community stand on a day.

    `by_age`: minutes outstanding, a row for each age of owner, a column for each age of hour (`rules.OWNER_AGES`,
    `rules.HOUR_AGES`). `left_minutes`: of the dead and departed, in no account of the living. `top_minutes`: held
    by the tenth who hold most. `gini_permille`: 0 where all holders have the same, near 1000 where one has all.
    """

    on: date
    holders: int
    outstanding_minutes: int
    owed_minutes: int
    left_minutes: int
    never_asked: int
    never_asked_minutes: int
    earned_minutes: int
    spent_minutes: int
    top_holders: int
    top_minutes: int
    gini_permille: int
    by_age: tuple[tuple[int, ...], ...]

    @property
    def velocity_percent(self) -> int | None:
        """Of a hundred minutes outstanding, how many a year's spending comes to; None where none is."""
        return self.spent_minutes * 100 // self.outstanding_minutes if self.outstanding_minutes else None

    @property
    def top_percent(self) -> int | None:
        """Of a hundred minutes, how many the tenth with the most holds."""
        return self.top_minutes * 100 // self.outstanding_minutes if self.outstanding_minutes else None

    @property
    def never_asked_percent(self) -> int | None:
        """Of a hundred minutes, how many belong to somebody who never asked."""
        return (
            self.never_asked_minutes * 100 // self.outstanding_minutes if self.outstanding_minutes else None
        )


@dataclass(frozen=True, kw_only=True)
class Backing:
    """What stands behind the hours from a day on: money, and how much of it one hour is guaranteed; in fen."""

    id: UUID
    from_on: date
    fund_fen: int
    hour_fen: int
    note: str | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Everybody of a community as they stand on a day, those merged into others left out.

    `week`: minutes that each active helper is free in a week, 0 for one who wrote down no times. `seen_on`: the last
    day of an entry, a visit, a request or an activity of each, or when they joined; those of whom none is known are missing.
    """

    on: date
    members: dict[UUID, MemberView]
    savers: dict[UUID, Saver]
    week: dict[UUID, int]
    seen_on: dict[UUID, date]
    merged: dict[UUID, UUID]

    @property
    def active(self) -> list[MemberView]:
        """Those who are on the roll."""
        return [one for one in self.members.values() if one.status is Status.ACTIVE]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The figures, what they are made of, what stands behind them, and what it was before; the latest backing first."""

    survey: Survey
    figures: Figures
    capacity: Capacity
    backing: Backing | None
    backings: tuple[Backing, ...]


@dataclass(frozen=True, kw_only=True)
class Advice:
    """Somebody to be asked whether they would like help, with what to know, what to ask about, and on what it rests."""

    member: MemberView
    held_minutes: int
    facts: tuple[Text, ...]
    category: Category | None
    question: Text
    because: tuple[Text, ...]


@dataclass(frozen=True, kw_only=True)
class Coaching:
    """A page of advice. `total`: on all pages. `barred`: who saved and may not spend yet by the house's rules."""

    page: Page[Advice]
    total: int
    barred: int


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Somebody of whom nothing was heard since a day, None: ever. `away_until`: where they are known to be away."""

    member: MemberView
    since: date | None
    days: int | None
    held_minutes: int
    away_until: date | None


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Somebody who was called or looked in on, and what was noted of it."""

    member: MemberView
    contact: ContactView


@dataclass(frozen=True, kw_only=True)
class CallList:
    """A page of those to be called, and who was called lately."""

    page: Page[Quiet]
    total: int
    lately: tuple[Reached, ...]
