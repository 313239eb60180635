"""Each rule refuses by its own bit; the vectorised rules and the checker's plain ones agree."""

from datetime import date, timedelta
from random import Random
from uuid import UUID

import numpy as np
import pytest

from matching import (
    Absence,
    Choice,
    DatedWindow,
    Gender,
    Helper,
    Limits,
    Position,
    Problem,
    Reason,
    Request,
    Tie,
    look,
    why_nobody,
)
from matching.check import reasons
from matching.eligibility import eligible, refusals
from matching.tables import tabulate
from tests.matching.town import MONDAY, a_helper, a_request, a_round, a_town, hours, uid

HERE, FAR = Position(23.0, 113.9), Position(23.1, 113.9)
TUESDAY = MONDAY + timedelta(days=1)


def reason(helper: Helper, request: Request, **told: object) -> Reason:
    found = look(a_round([helper], [request], **told), request.id, helper.id).reasons
    assert found == reasons(a_round([helper], [request], **told), request, helper)
    return found


def dated(*windows: tuple[date, int, int], **told: object) -> Request:
    return a_request(1, dates=tuple(DatedWindow(day, a * 60, b * 60) for day, a, b in windows), **told)


def test_a_neighbour_who_is_free_may_help() -> None:
    assert reason(a_helper(1), a_request(1)) is Reason.NONE


@pytest.mark.parametrize(
    ("expected", "helper", "request_"),
    [
        (Reason.STATUS, {"active": False}, {}),
        (Reason.SELF, {}, {"recipient": uid(1)}),
        (Reason.CONSENT, {}, {"consents": frozenset({"隐私"})}),
        (
            Reason.CIRCUMSTANCE,
            {"avoids": frozenset({"楼梯"})},
            {"circumstances": frozenset({"楼梯", "猫狗"})},
        ),
        (Reason.NONE, {"avoids": frozenset({"烟味"})}, {"circumstances": frozenset({"楼梯"})}),
        (Reason.SKILL, {"skills": frozenset({"买菜"})}, {"skills": frozenset({"买菜", "理发"})}),
        (Reason.TRAINING, {}, {"trainings": frozenset({"急救"})}),
        (Reason.AGE, {"age": 80}, {"helper_age_max": 75}),
        (Reason.AGE, {"age": 17}, {"helper_age_min": 18}),
        (Reason.AGE, {"age": None}, {"helper_age_min": 18}),
        (Reason.AGE, {}, {"recipient_age": 58, "recipient_age_min": 60}),
        (Reason.GENDER, {"gender": Gender.MALE}, {"helper_gender": Gender.FEMALE}),
        (Reason.GENDER, {"helps_only": Gender.FEMALE}, {"recipient_gender": Gender.MALE}),
        (Reason.GENDER, {"helps_only": Gender.FEMALE}, {"recipient_gender": None}),
        (
            Reason.DIALECT,
            {"dialects": frozenset({"粤语"})},
            {"dialects": frozenset({"客家话"}), "dialect_required": True},
        ),
        (Reason.DISTANCE, {"position": HERE}, {"position": FAR}),
        (Reason.DISTANCE, {"position": HERE, "reach_m": 100}, {"position": Position(23.0, 113.902)}),
        (Reason.WEEK_FULL, {"minutes_left": 59}, {}),
        (Reason.WEEK_FULL, {"visits_left": 0}, {}),
        (Reason.WINDOW, {"windows": (hours(0, 8, 12),)}, {"windows": (hours(0, 13, 17),)}),
    ],
)
def test_each_rule_refuses_by_its_own_bit(
    expected: Reason, helper: dict[str, object], request_: dict[str, object]
) -> None:
    assert reason(a_helper(1, **helper), a_request(1, **request_)) is expected


def test_people_and_pairs_may_be_kept_apart() -> None:
    helper, request = a_helper(1), a_request(1)
    choice = frozenset({Choice(request.id, helper.id)})
    assert (
        reason(helper, request, do_not_pair=frozenset({Tie(helper.id, request.recipient)}))
        is Reason.DO_NOT_PAIR
    )
    assert reason(helper, request, forbidden=choice) is Reason.FORBIDDEN
    assert reason(helper, request, declined=choice) is Reason.DECLINED


def test_the_common_window_must_be_as_long_as_the_visit() -> None:
    helper = a_helper(1, windows=(hours(1, 9, 10),))
    assert reason(helper, a_request(1, windows=(hours(1, 8, 12),), minutes=60)) is Reason.NONE
    assert reason(helper, a_request(1, windows=(hours(1, 8, 12),), minutes=61)) is Reason.WINDOW


def test_windows_that_touch_are_one_window() -> None:
    helper = a_helper(1, windows=(hours(1, 9, 10), hours(1, 10, 11)))
    assert reason(helper, a_request(1, windows=(hours(1, 9, 11),), minutes=120)) is Reason.NONE


def test_half_open_windows_that_only_touch_do_not_overlap() -> None:
    helper = a_helper(1, windows=(hours(1, 9, 10),))
    assert reason(helper, a_request(1, windows=(hours(1, 10, 11),), minutes=1)) is Reason.WINDOW


def test_a_dated_request_needs_its_weekday() -> None:
    helper = a_helper(1, windows=(hours(1, 9, 12),))
    assert reason(helper, dated((TUESDAY, 9, 11))) is Reason.NONE
    assert reason(helper, dated((MONDAY, 9, 11))) is Reason.WINDOW


def test_dates_before_the_round_do_not_count() -> None:
    assert reason(a_helper(1), dated((MONDAY - timedelta(days=1), 9, 11))) is Reason.WINDOW


def test_away_at_sea_on_every_date_is_absent() -> None:
    helper = a_helper(1, absences=(Absence(MONDAY - timedelta(days=90), MONDAY + timedelta(days=150)),))
    assert reason(helper, dated((TUESDAY, 9, 11))) is Reason.ABSENT
    assert reason(helper, a_request(1)) is Reason.ABSENT


def test_one_is_back_on_the_day_an_absence_ends() -> None:
    helper = a_helper(1, absences=(Absence(MONDAY, TUESDAY),))
    assert reason(helper, dated((TUESDAY, 9, 11))) is Reason.NONE


def test_free_on_one_date_and_away_on_that_same_date_is_no_window() -> None:
    helper = a_helper(
        1, windows=(hours(1, 9, 12),), absences=(Absence(TUESDAY, TUESDAY + timedelta(days=1)),)
    )
    assert reason(helper, dated((MONDAY, 9, 11), (TUESDAY, 9, 11))) is Reason.WINDOW


def test_a_short_holiday_does_not_bar_a_weekly_visit_but_a_season_does() -> None:
    def away(weeks: int) -> Helper:
        return a_helper(1, absences=(Absence(MONDAY, MONDAY + timedelta(weeks=weeks)),))

    assert reason(away(2), a_request(1)) is Reason.NONE
    assert reason(away(3), a_request(1)) is Reason.ABSENT


def test_commitments_and_planned_visits_make_her_booked() -> None:
    busy = a_helper(1, windows=(hours(1, 9, 12),), busy=(hours(1, 9, 11),))
    assert reason(busy, a_request(1, windows=(hours(1, 8, 12),), minutes=60)) is Reason.NONE
    assert reason(busy, a_request(1, windows=(hours(1, 8, 12),), minutes=90)) is Reason.BOOKED
    planned = a_helper(1, booked=(DatedWindow(TUESDAY, 9 * 60, 11 * 60),))
    assert reason(planned, dated((TUESDAY, 9, 11))) is Reason.BOOKED
    assert reason(planned, dated((TUESDAY + timedelta(weeks=1), 9, 11))) is Reason.NONE
    assert reason(planned, dated((TUESDAY, 9, 12))) is Reason.NONE


def test_nobody_because_is_told_in_numbers_that_add_up() -> None:
    helpers = [a_helper(n) for n in range(5)]
    helpers += [a_helper(n, windows=(hours(6, 9, 12),)) for n in range(10, 13)]
    cook = a_helper(20, skills=frozenset({"做饭"}), absences=(Absence(MONDAY, MONDAY + timedelta(days=240)),))
    request = a_request(1, skills=frozenset({"做饭"}), windows=(hours(0, 9, 12),))
    told = why_nobody(a_round([*helpers, cook], [request]), request.id)
    assert (told.helpers, told.eligible) == (9, 0)
    assert {c.reason: c.helpers for c in told.first} == {Reason.SKILL: 8, Reason.ABSENT: 1}
    assert {c.reason: c.helpers for c in told.only} == {Reason.SKILL: 5, Reason.ABSENT: 1}


def agreeing(problem: Problem, pairs: int, seed: int) -> None:
    """Vectorised and plain rules give the same bits for random pairs."""
    rng = Random(seed)
    t = tabulate(problem)
    r = np.array([rng.randrange(len(problem.requests)) for _ in range(pairs)], dtype=np.int32)
    h = np.array([rng.randrange(len(problem.helpers)) for _ in range(pairs)], dtype=np.int32)
    bits = refusals(t, r, h)
    assert ((bits == 0) == eligible(t, r, h)).all()
    seen = Reason.NONE
    for i in range(pairs):
        plain = reasons(problem, problem.requests[r[i]], problem.helpers[h[i]])
        assert Reason(int(bits[i])) == plain, (problem.requests[r[i]], problem.helpers[h[i]])
        seen |= plain
    if pairs >= 50_000:
        assert set(Reason) == set(seen)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_the_plain_rules_of_the_checker_agree(seed: int) -> None:
    agreeing(a_town(200, 200, seed=seed), 4_000, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_plain_rules_of_the_checker_agree_on_a_quarter_of_a_million_pairs(seed: int) -> None:
    agreeing(a_town(1_000, 1_000, seed=100 + seed, limits=Limits(radius_m=4000)), 50_000, seed)


def test_more_than_64_skills_are_told_apart() -> None:
    words = [f"技能{n}" for n in range(150)]
    helpers = [a_helper(n, skills=frozenset({words[n]})) for n in range(150)]
    requests = [a_request(n, skills=frozenset({words[n]})) for n in range(150)]
    problem = a_round(helpers, requests)
    for n in (0, 63, 64, 127, 128, 149):
        told = why_nobody(problem, requests[n].id)
        assert told.eligible == 1
        assert look(problem, requests[n].id, UUID(int=1_000 + n)).reasons is Reason.NONE
