"""How large a benchmark is: the district, or one that takes seconds, to see that it works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of everything that is measured."""

    communities: int
    members: int
    visits: int  # of the year before
    told: int  # communities whose last week is told through the use cases
    people: int  # at their browsers, beside the district's administrator
    transfers: int  # that the ledger has before it is measured
    clients: int
    rounds: int
    seconds: float  # of one round
    tpcb_scale: int  # of pgbench: so many branches, and 100,000 accounts for each
    matching: tuple[int, int]
    large: tuple[int, int]  # rounds of a city
    pairs: int  # looked at by the checker
    week: tuple[int, int, int]  # visits
    week_seconds: float
    week_bound_seconds: float
    callable: int  # members among whom an urgent call is heard
    calls: int
    crashes: int
    simulated: int  # operations, beside the oracle


DISTRICT = Scale(
    communities=172,
    members=12_000,
    visits=1_000_000,
    told=24,
    people=19,
    transfers=1_000_000,
    clients=8,
    rounds=3,
    seconds=5,
    tpcb_scale=16,
    matching=(1_000, 12_000),
    large=(100_000, 1_000_000),
    pairs=1_000_000,
    week=(300, 1_000, 3_000),
    week_seconds=60,
    week_bound_seconds=60,
    callable=100_000,
    calls=1_000,
    crashes=50,
    simulated=1_000_000,
)
TINY = Scale(
    communities=2,
    members=140,
    visits=600,
    told=2,
    people=2,
    transfers=600,
    clients=2,
    rounds=1,
    seconds=0.3,
    tpcb_scale=1,
    matching=(20, 40),
    large=(60, 120),
    pairs=500,
    week=(20, 30, 40),
    week_seconds=0.3,
    week_bound_seconds=0.3,
    callable=200,
    calls=20,
    crashes=3,
    simulated=600,
)
