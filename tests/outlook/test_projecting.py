"""Ten years ahead, played through: what must hold whatever chance says."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timebank.outlook import drawing, mortality
from timebank.outlook.projecting import Assumptions, Person, Projection, Spread, project

USUAL = Assumptions(
    years=10,
    runs=40,
    seed=1,
    mortality_percent=100,
    joining=0,
    joining_age=65,
    earn_percent=100,
    help_until=80,
    first_ask_percent=0,
    ask_minutes=1_200,
    week_minutes=180,
)
NOBODY_DIES = replace(USUAL, mortality_percent=0)
SAVER = Person(
    age=70,
    gender="female",
    balance_minutes=6_000,
    earned_minutes=0,
    spent_minutes=0,
    asks=False,
    week_minutes=0,
)
HELPER = replace(SAVER, age=60, balance_minutes=0, earned_minutes=6_000, week_minutes=240)


def middles(found: Projection) -> list[int]:
    return [one.outstanding.middle for one in found.years]


def test_savers_who_never_ask_and_never_die_keep_all() -> None:
    found = project([SAVER] * 5, NOBODY_DIES)
    assert middles(found) == [30_000] * 11
    assert found.years[-1].stranded == Spread(0, 0, 0)
    assert found.years[-1].asked == Spread(0, 0, 0)


def test_savers_who_die_before_asking_leave_their_hours_to_nobody() -> None:
    found = project([replace(SAVER, age=88)] * 50, USUAL)
    last = found.years[-1]
    assert last.outstanding.high < 300_000 // 2
    assert last.stranded.low > 300_000 // 2
    for run in found.years:
        assert run.outstanding.middle + run.stranded.middle <= 300_000 + 6_000


def test_what_is_asked_for_is_spent_where_helpers_can_give_it() -> None:
    asking = replace(SAVER, spent_minutes=1_200, asks=True)
    without = project([asking] * 10, NOBODY_DIES)
    assert middles(without) == [60_000] * 11
    assert without.short_from == 1
    with_helper = project([asking] * 10 + [replace(HELPER, earned_minutes=0, week_minutes=1_000)] * 3,
                          replace(NOBODY_DIES, week_minutes=600))  # fmt: skip
    assert middles(with_helper)[-1] < 10_000
    assert with_helper.short_from is None


def test_helpers_save_until_the_age_at_which_they_stop() -> None:
    found = project([HELPER] * 20, replace(NOBODY_DIES, help_until=65))
    gained = [after - before for before, after in zip(middles(found), middles(found)[1:], strict=False)]
    assert min(gained[:4]) > 100_000
    assert gained[4:] == [0] * 6
    capacity = [one.capacity.middle for one in found.years if one.capacity]
    assert capacity == [20 * 180 * 52] * 4 + [0] * 6


def test_nobody_helps_more_than_the_most_of_a_week() -> None:
    found = project([HELPER], replace(NOBODY_DIES, week_minutes=60))
    assert found.years[1].capacity == Spread(3_120, 3_120, 3_120)


def test_new_members_join_every_year_with_nothing_saved() -> None:
    found = project([HELPER] * 4, replace(NOBODY_DIES, joining=4, earn_percent=0))
    assert [one.capacity.middle for one in found.years[1:4] if one.capacity] == [
        n * 4 * 180 * 52 for n in (2, 3, 4)
    ]
    assert middles(found) == [0] * 11


def test_nobody_at_all_is_no_trouble() -> None:
    found = project([], replace(USUAL, joining=3))
    assert middles(found) == [0] * 11


def test_the_same_seed_tells_the_same_future_and_another_another() -> None:
    people = [replace(SAVER, age=60 + n % 35) for n in range(60)]
    given_ = replace(USUAL, first_ask_percent=10)
    assert project(people, given_) == project(people, given_)
    assert project(people, given_) != project(people, replace(given_, seed=2))


def test_where_people_are_many_it_is_played_through_less_often() -> None:
    assert project([SAVER] * 40_000, replace(USUAL, years=1, runs=400)).runs == 20


PEOPLE = st.lists(
    st.builds(
        Person,
        age=st.none() | st.integers(18, 105),
        gender=st.sampled_from(["female", "male", "unknown"]),
        balance_minutes=st.integers(-600, 20_000),
        earned_minutes=st.integers(0, 10_000),
        spent_minutes=st.integers(0, 10_000),
        asks=st.booleans(),
        week_minutes=st.integers(0, 600),
    ),
    max_size=8,
)
TOWNS = st.builds(
    Assumptions,
    years=st.integers(1, 5),
    runs=st.just(20),
    seed=st.integers(0, 9),
    mortality_percent=st.integers(0, 300),
    joining=st.integers(0, 3),
    joining_age=st.integers(18, 100),
    earn_percent=st.integers(0, 300),
    help_until=st.integers(50, 110),
    first_ask_percent=st.integers(0, 100),
    ask_minutes=st.integers(0, 3_000),
    week_minutes=st.integers(0, 600),
)


@settings(max_examples=60, deadline=None)
@given(PEOPLE, TOWNS)
def test_whatever_is_assumed_nothing_falls_below_zero_and_quantiles_stand_in_order(
    people: list[Person], town: Assumptions
) -> None:
    found = project(people, town)
    assert [one.year for one in found.years] == list(range(town.years + 1))
    left = 0
    for one in found.years:
        for spread in (one.outstanding, one.asked, one.capacity, one.stranded):
            assert spread is None or 0 <= spread.low <= spread.middle <= spread.high
        assert one.stranded.middle >= left
        left = one.stranded.middle
    # Whatever comes of it can be drawn within its frame.
    for chart in (drawing.outstanding(found.years), drawing.asked(found.years)):
        for curve in chart.curves:
            for point in f"{curve.band} {curve.middle}".split():
                x, y = map(int, point.split(","))
                assert drawing.LEFT <= x <= drawing.WIDTH - drawing.RIGHT
                assert drawing.TOP <= y <= chart.floor


@pytest.mark.parametrize("gender", ["male", "female", "unknown"])
def test_the_older_the_likelier_to_die(gender: str) -> None:
    rates = [mortality.per_million(age, gender) for age in range(40, 120)]
    assert rates == sorted(rates)
    assert min(rates) > 0
    assert max(rates) < 1_000_000


def test_between_two_ages_of_the_table_the_rate_rises_evenly() -> None:
    assert (mortality.per_million(70, "male"), mortality.per_million(75, "male")) == (34_505, 54_501)
    # The table itself has 0.041474 for men of 72, and 0.011039 for women of 62.
    assert abs(mortality.per_million(72, "male") - 41_474) < 100
    assert abs(mortality.per_million(62, "female") - 11_039) < 50
    assert mortality.per_million(70, "female") < mortality.per_million(70, "unknown") < 34_505


@given(st.integers(0, 10**9))
def test_an_axis_has_round_steps_and_reaches_far_enough(most: int) -> None:
    step = drawing.step_of(most)
    assert str(step).rstrip("0") in {"1", "2", "5"}
    assert 4 * step >= most
    assert most <= 4 or 4 * step < most * 3
