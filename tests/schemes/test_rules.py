"""What served minutes come to, and which policies contradict themselves."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timebank.core.errors import Text
from timebank.schemes import rules
from timebank.schemes.model import (
    ROUNDINGS_MINUTES,
    Dated,
    HousePolicy,
    Payer,
    RemainderTo,
    Rounding,
    SchemePolicy,
)
from timebank.web.i18n import say

policies = st.builds(
    SchemePolicy,
    payer=st.sampled_from(Payer),
    rate_numerator=st.integers(1, 100),
    rate_denominator=st.integers(10, 100),
    rounding_minutes=st.sampled_from(ROUNDINGS_MINUTES),
    rounding=st.sampled_from(Rounding),
    remainder_to=st.sampled_from(RemainderTo),
)


@given(policies, st.integers(0, 1_440))
def test_nothing_is_lost_and_nothing_is_negative(policy: SchemePolicy, served: int) -> None:
    found = rules.payable(policy, served)
    assert found.charged == found.credited + found.to_pool
    assert min(found.charged, found.credited, found.to_pool) >= 0
    assert found.credited % policy.rounding_minutes == 0
    assert abs(found.credited - served * policy.rate) < policy.rounding_minutes
    if policy.rounding is Rounding.DOWN and found.to_pool:
        assert found.charged == found.value_minutes


@given(policies, st.integers(0, 1_439))
def test_a_longer_visit_never_pays_less(policy: SchemePolicy, served: int) -> None:
    assert rules.payable(policy, served + 1).credited >= rules.payable(policy, served).credited


@settings(deadline=None)  # the first example loads the catalogues
@given(policies, st.integers(0, 1_440))
def test_the_basis_tells_the_whole_reckoning_in_words(policy: SchemePolicy, served: int) -> None:
    basis = rules.payable(policy, served).basis
    for language in ("zh", "en"):
        assert all(say(text, language) for text in rules.words(basis))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rounding", "served", "credited"),
    [
        (Rounding.NEAREST, 62, 60),
        (Rounding.NEAREST, 68, 75),
        (Rounding.DOWN, 74, 60),
        (Rounding.UP, 61, 75),
        (Rounding.NEAREST, 60, 60),
    ],
)
def test_quarters_are_rounded_as_the_policy_says(rounding: Rounding, served: int, credited: int) -> None:
    policy = SchemePolicy(rounding_minutes=15, rounding=rounding)
    assert rules.payable(policy, served).credited == credited


def test_a_twenty_minute_visit_under_whole_hours_goes_to_the_pool_or_to_nobody() -> None:
    whole = SchemePolicy(rounding_minutes=60, rounding=Rounding.DOWN)
    assert rules.payable(whole, 20).charged == 0
    pooled = SchemePolicy(rounding_minutes=60, rounding=Rounding.DOWN, remainder_to=RemainderTo.POOL)
    found = rules.payable(pooled, 80)
    assert (found.charged, found.credited, found.to_pool) == (80, 60, 20)


def test_the_pool_gives_itself_nothing() -> None:
    policy = SchemePolicy(
        payer=Payer.POOL, rounding_minutes=60, rounding=Rounding.DOWN, remainder_to=RemainderTo.POOL
    )
    assert rules.payable(policy, 80).to_pool == 0


def test_a_rate_is_taken_before_rounding() -> None:
    policy = SchemePolicy(rate_numerator=3, rate_denominator=2, rounding_minutes=30, rounding=Rounding.DOWN)
    assert rules.payable(policy, 50).credited == 60


def test_the_reckoning_reads_as_sentences() -> None:
    policy = SchemePolicy(rounding_minutes=15, rounding=Rounding.DOWN)
    told = [say(text, "zh") for text in rules.words(rules.payable(policy, 70).basis)]
    assert told == [
        "服务了 1 小时 10 分",
        "以 15 分 为一档，不满的舍去，记 1 小时",
        "余下的 10 分 不计",
        "由谁支付：受助人付",
    ]


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (SchemePolicy(rate_denominator=0), "rate_denominator"),
        (SchemePolicy(rate_numerator=100, rate_denominator=1), "rate_numerator"),
        (SchemePolicy(rounding_minutes=7), "rounding_minutes"),
        (SchemePolicy(rounding=Rounding.UP, remainder_to=RemainderTo.POOL), "remainder_to"),
        (SchemePolicy(categories=("call",), forbidden_categories=("call",)), "forbidden_categories"),
        (SchemePolicy(weekly_cap_minutes=0), "weekly_cap_minutes"),
        (SchemePolicy(helper_age_min=-1), "helper_age_min"),
    ],
)
def test_a_contradiction_is_named_by_its_field(policy: SchemePolicy, field: str) -> None:
    assert [found.field for found in rules.scheme_policy_problems(policy)] == [field]


def test_a_house_policy_keeps_its_floor_at_or_below_zero() -> None:
    found = rules.house_policy_problems(HousePolicy(floor_minutes=1, ceiling_minutes=5))
    assert [problem.field for problem in found] == ["floor_minutes", "ceiling_minutes"]
    assert rules.house_policy_problems(HousePolicy(ceiling_minutes=None)) == []


def test_the_last_version_that_has_begun_is_in_force() -> None:
    first, second = (Dated(None, n, date(2026, n, 1), HousePolicy(ceiling_minutes=60 * n)) for n in (1, 2))
    assert rules.in_force([first, second], date(2026, 1, 31)) == first
    assert rules.in_force([first, second], date(2026, 2, 1)) == second
    assert rules.in_force([first, second], date(2025, 12, 31)) is None


def test_who_may_help_and_receive_is_said_in_words() -> None:
    policy = SchemePolicy(helper_age_min=18, recipient_age_min=60, trainings_required=("first_aid",))
    assert len(rules.helper_barriers(policy, age=17, trainings=())) == 2
    assert rules.helper_barriers(policy, age=None, trainings=("first_aid",)) == ()
    assert rules.recipient_barriers(policy, age=59) == (Text("受助人须满 {age} 岁", {"age": 60}),)
    assert rules.category_barrier(SchemePolicy(categories=("call",)), "talk") is not None
    assert rules.category_barrier(SchemePolicy(categories=("call",)), "call") is None
    assert rules.minutes_left_in_week(SchemePolicy(weekly_cap_minutes=360), 400) == 0
    assert rules.minutes_left_in_week(SchemePolicy(), 400) is None
    assert rules.within_tolerance(SchemePolicy(tolerance_minutes=15), 60, 75)
