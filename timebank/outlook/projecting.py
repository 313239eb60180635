"""Ten years ahead, played through many times over: what will be outstanding and asked for, and what helpers can give.

Each year, of each person: some die (`mortality`), and what they had saved is spent by nobody; some who never asked begin
to; helpers earn until an age, as much as last year; whoever asks, asks as much as last year. If all that is asked for
together is more than helpers can give, each gets the same part of it. Hours come by chance around their mean (Poisson),
whole hours at a time. Pure: the same seed gives the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from timebank.outlook import mortality

# People times times: more takes longer than somebody waits for a page.
WORK_MAX = 400_000
RUNS_MIN = 20
WEEKS = 52
# Where a birthday is not known.
AGE_UNKNOWN = 70
_SHARES = (0.1, 0.5, 0.9)

Whole = NDArray[np.int64]
Yes = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What the future is taken to be like; every one of them is shown, and can be set otherwise.

    `mortality_percent` of the table's rates; `joining` new members a year, all of `joining_age`, who earn like
    somebody here; helpers earn `earn_percent` of last year's until the age of `help_until`; of those who never asked
    `first_ask_percent` begin each year, with `ask_minutes` a year; each helper gives at most `week_minutes`.
    """

    years: int
    runs: int
    seed: int
    mortality_percent: int
    joining: int
    joining_age: int
    earn_percent: int
    help_until: int
    first_ask_percent: int
    ask_minutes: int
    week_minutes: int


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody as the projection sees them: minutes of last year, and of a week at most (0: no helper)."""

    age: int | None
    gender: str
    balance_minutes: int
    earned_minutes: int
    spent_minutes: int
    asks: bool
    week_minutes: int


@dataclass(frozen=True)
class Spread:
    """Of a hundred times, ten came out at `low` or below, fifty at `middle`, ninety at `high`; in minutes."""

    low: int
    middle: int
    high: int


@dataclass(frozen=True, kw_only=True)
class YearAhead:
    """A year of the projection, 0 being today. `asked` and `capacity` of that year; `stranded`: left by the dead so far."""

    year: int
    outstanding: Spread
    asked: Spread | None
    capacity: Spread | None
    stranded: Spread


@dataclass(frozen=True)
class Projection:
    """What `runs` times came to, year by year; the first is today."""

    runs: int
    years: tuple[YearAhead, ...]

    @property
    def short_from(self) -> int | None:
        """The first year in which, half of the times, more is asked for than helpers can give."""
        for one in self.years:
            if one.asked and one.capacity and one.asked.middle > one.capacity.middle:
                return one.year
        return None


def project(people: Sequence[Person], given: Assumptions) -> Projection:
    """Play it through."""
    town = _Town(people, given)
    ahead = [
        YearAhead(
            year=0,
            outstanding=_spread(town.balance.sum(axis=1)),
            asked=None,
            capacity=None,
            stranded=_spread(town.stranded),
        )
    ]
    for year in range(1, given.years + 1):
        asked, capacity = town.live_a_year(year)
        ahead.append(
            YearAhead(
                year=year,
                outstanding=_spread(town.balance.sum(axis=1)),
                asked=_spread(asked),
                capacity=_spread(capacity),
                stranded=_spread(town.stranded),
            )
        )
    return Projection(town.runs, tuple(ahead))


class _Town:
    """Everybody, in every run: a row for each run, a column for each person, those still to join among them."""

    def __init__(self, people: Sequence[Person], given: Assumptions) -> None:
        self.given = given
        self.chance = np.random.default_rng(given.seed)
        joiners = self._joiners(people, given.joining * given.years)
        everybody = [*people, *joiners]
        self.runs = max(RUNS_MIN, min(given.runs, WORK_MAX // max(1, len(everybody))))
        shape = (self.runs, len(everybody))
        # Until somebody joins, their age runs behind what it will be then, so that one sum does for all.
        joins = [0] * len(people) + [1 + n // max(1, given.joining) for n in range(len(joiners))]
        self.joins = np.array(joins, dtype=np.int64)
        ages = [AGE_UNKNOWN if one.age is None else one.age for one in everybody]
        self.age = np.array(ages, dtype=np.int64) - self.joins
        self.rates = _rates(everybody, given.mortality_percent)
        self.earns = np.array([one.earned_minutes for one in everybody], dtype=np.int64)
        self.spends = np.array([one.spent_minutes or given.ask_minutes for one in everybody], dtype=np.int64)
        weeks = [min(one.week_minutes, given.week_minutes) for one in everybody]
        self.week = np.array(weeks, dtype=np.int64)
        balances = np.array([max(0, one.balance_minutes) for one in everybody], dtype=np.int64)
        self.balance: Whole = np.broadcast_to(balances, shape).copy()
        self.asks: Yes = np.broadcast_to(np.array([one.asks for one in everybody], dtype=bool), shape).copy()
        self.alive: Yes = np.ones(shape, dtype=bool)
        self.stranded: Whole = np.zeros(self.runs, dtype=np.int64)

    def live_a_year(self, year: int) -> tuple[Whole, Whole]:
        """One year goes by; what was asked for in it and what helpers could give, in each run."""
        here = self.joins <= year
        age = self.age + year
        self._die(age - 1, here & (self.joins < year))
        present: Yes = self.alive & here
        begin = self.chance.random(present.shape) < self.given.first_ask_percent / 100
        self.asks |= present & begin
        helping = age < self.given.help_until
        mean = self.earns * helping * self.given.earn_percent / 100 / 60
        earned = self.chance.poisson(mean, present.shape) * 60 * present
        asked = self.chance.poisson(self.spends / 60, present.shape) * 60 * (present & self.asks)
        capacity: Whole = ((self.week * helping) * present).sum(axis=1) * WEEKS
        wanted: Whole = asked.sum(axis=1)
        had = self.balance + earned
        # Nobody spends more than they have: what the pool pays for others is not the savers' affair.
        part = np.minimum(1.0, capacity / np.maximum(1, wanted))
        spent = np.minimum(had, (asked * part[:, None]).astype(np.int64))
        self.balance = had - spent
        return wanted, capacity

    def _die(self, age: Whole, at_risk: Yes) -> None:
        rates = self.rates[np.arange(len(age)), np.clip(age, 0, self.rates.shape[1] - 1)]
        dead = self.alive & at_risk & (self.chance.random(self.alive.shape) < rates)
        self.stranded += (self.balance * dead).sum(axis=1)
        self.balance *= ~dead
        self.alive &= ~dead

    def _joiners(self, people: Sequence[Person], count: int) -> list[Person]:
        """New members: each like somebody here who helps, if anybody does, with nothing saved and nothing asked for."""
        models = [one for one in people if one.week_minutes or one.earned_minutes]
        picks: Sequence[int] = self.chance.integers(0, len(models), count).tolist() if models else []
        return [
            Person(
                age=self.given.joining_age,
                gender=models[n].gender,
                balance_minutes=0,
                earned_minutes=models[n].earned_minutes,
                spent_minutes=0,
                asks=False,
                week_minutes=models[n].week_minutes,
            )
            for n in picks
        ]


def _rates(people: Sequence[Person], percent: int) -> NDArray[np.float64]:
    """The chance that each dies within a year, a column for each age up to a hundred."""
    tables = {
        gender: np.minimum(
            1.0, np.array([mortality.per_million(age, gender) for age in range(101)]) * percent / 1e8
        )
        for gender in {one.gender for one in people}
    }
    return np.stack([tables[one.gender] for one in people]) if people else np.zeros((0, 101))


def _spread(amounts: Whole) -> Spread:
    low, middle, high = np.quantile(amounts, _SHARES, method="lower")
    return Spread(int(low), int(middle), int(high))
