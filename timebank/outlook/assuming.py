"""What the last twelve months say of the next ten years: where a projection starts from unless somebody says otherwise."""

from statistics import median_low

from timebank.outlook import rules
from timebank.outlook.model import Capacity, Survey
from timebank.outlook.projecting import Assumptions, Person
from timebank.people.model import Status

# What one helper gives in a week at most, unless somebody says otherwise: three hours.
WEEK_MINUTES = 180
# Where nobody asked in the last year, what somebody who begins to ask for would come to: twenty hours.
ASK_MINUTES = 1_200
JOINING_AGE, JOINING_MAX = 65, 500
HELP_UNTIL = 80


def people(found: Survey) -> list[Person]:
    """Everybody who lives here as the projection sees them, by member number."""
    return [
        Person(
            age=saver.age,
            gender=saver.gender,
            balance_minutes=saver.balance_minutes,
            earned_minutes=saver.earned_minutes,
            spent_minutes=saver.spent_minutes,
            asks=saver.spent_minutes > 0,
            week_minutes=found.week.get(saver.member_id, 0),
        )
        for saver in found.savers.values()
        if saver.here
    ]


def assumed(found: Survey) -> Assumptions:
    """What went on in the last twelve months goes on."""
    since = rules.year_began(found.on)
    savers = [saver for saver in found.savers.values() if saver.here]
    began = [one for one in savers if one.first_ask_on is not None and one.first_ask_on >= since]
    silent = len(began) + sum(one.first_ask_on is None for one in savers)
    spent = [one.spent_minutes for one in savers if one.spent_minutes]
    joined = [
        one.id
        for one in found.members.values()
        if one.status is Status.ACTIVE
        and one.details.joined_on is not None
        and one.details.joined_on >= since
    ]
    ages = [age for id_ in joined if (age := found.savers[id_].age) is not None]
    return Assumptions(
        years=10,
        runs=200,
        seed=1,
        mortality_percent=100,
        joining=min(JOINING_MAX, len(joined)),
        joining_age=median_low(ages) if ages else JOINING_AGE,
        earn_percent=100,
        help_until=HELP_UNTIL,
        first_ask_percent=round(100 * len(began) / silent) if silent else 0,
        ask_minutes=sum(spent) // len(spent) if spent else ASK_MINUTES,
        week_minutes=WEEK_MINUTES,
    )


def capacity(found: Survey, *, week_minutes: int = WEEK_MINUTES) -> Capacity:
    """What helpers can give in a week: as much time as each wrote down, but not more than `week_minutes`."""
    given = [min(minutes, week_minutes) for minutes in found.week.values() if minutes]
    return Capacity(
        helpers=len(found.week), without_times=len(found.week) - len(given), week_minutes=sum(given)
    )
