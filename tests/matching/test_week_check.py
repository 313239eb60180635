"""The checker of a week finds each kind of fault."""

from dataclasses import replace
from datetime import timedelta

import pytest

from matching import Choice, Request, Tie
from matching.plan import Slot
from matching.week import Midday, Pause, Placed, Rest, Week, WeekPlan, Worth, check_week
from tests.matching.town import MONDAY, uid
from tests.matching.weeks import a_helper_free, a_visit_at, a_week_of

HOUR = 60
ANA, BEA = uid(1), uid(2)
MORNING = (8 * HOUR, 12 * HOUR)
DAY_LONG = (8 * HOUR, 20 * HOUR)


def at(visit: Request, start: int, *helpers: object, minutes: int = 60) -> Placed:
    return Placed(visit.id, helpers or (ANA,), Slot(MONDAY, start, minutes, weekly=False))


def rules(week: Week, *placed: Placed, bound: int = 99) -> list[str]:
    """The rules broken, but for the worth, which these plans do not state."""
    served = {p.request for p in placed}
    unserved = tuple(r.id for r in week.round.requests if r.id not in served)
    plan = WeekPlan(placed, unserved, Worth(len(placed), 0, 0, 0, 0), bound, 0)
    return [v.rule for v in check_week(week, plan) if v.rule != "worth"]


def test_a_right_plan_breaks_nothing() -> None:
    one, two = a_visit_at(1, MORNING), a_visit_at(2, MORNING, at=10)
    week = a_week_of([a_helper_free(1, MORNING)], [one, two])
    assert rules(week, at(one, 480), at(two, 550)) == []


def test_the_way_between_two_visits_takes_its_minutes() -> None:
    one, two = a_visit_at(1, MORNING), a_visit_at(2, MORNING, at=10)
    week = a_week_of([a_helper_free(1, MORNING)], [one, two])
    assert rules(week, at(one, 480), at(two, 549)) == ["way"]
    assert rules(week, at(one, 480), at(two, 500)) == ["way"]


def test_a_visit_stays_in_what_is_asked_and_in_what_the_helper_has_free() -> None:
    one = a_visit_at(1, (9 * HOUR, 11 * HOUR))
    week = a_week_of([a_helper_free(1, (8 * HOUR, 10 * HOUR))], [one])
    assert rules(week, at(one, 540)) == []
    assert rules(week, at(one, 530)) == ["asked"]
    assert rules(week, at(one, 541)) == ["free"]
    assert rules(week, at(one, 540, minutes=50)) == ["slot"]


def test_a_skill_must_be_there() -> None:
    one = a_visit_at(1, MORNING, skills=frozenset({"理发"}))
    assert rules(a_week_of([a_helper_free(1, MORNING)], [one]), at(one, 480)) == ["eligible"]


def test_two_come_together_or_not_at_all() -> None:
    one = a_visit_at(1, MORNING, demand=2)
    week = a_week_of([a_helper_free(1, MORNING), a_helper_free(2, MORNING)], [one])
    assert rules(week, at(one, 480, ANA, BEA)) == []
    assert rules(week, at(one, 480, ANA)) == ["together"]
    assert "together" in rules(week, at(one, 480, ANA, ANA))
    assert "once" in rules(week, at(one, 480, ANA, BEA), at(one, 600, ANA, BEA))


def test_a_week_has_only_so_many_minutes_and_visits() -> None:
    visits = [a_visit_at(n, MORNING) for n in (1, 2)]
    placed = at(visits[0], 480), at(visits[1], 540)
    short = a_week_of([a_helper_free(1, MORNING, minutes_left=119)], visits)
    few = a_week_of([a_helper_free(1, MORNING, visits_left=1)], visits)
    assert rules(short, *placed) == ["minutes"]
    assert rules(few, *placed) == ["visits"]


@pytest.mark.parametrize(
    ("rest", "starts", "broken"),
    [
        (Pause(120, 15), (480, 540, 615), []),
        (Pause(120, 15), (480, 540, 614), ["rest"]),
        (Pause(120, 15), (480, 555, 615), []),
        (Pause(59, 15), (480, 600, 700), ["rest"]),
        (Midday(600, 720, 40), (480, 540, 640), []),
        (Midday(600, 720, 40), (480, 540, 639), ["rest"]),
        (Midday(600, 720, 40), (550, 610, 690), ["rest"]),
        (Midday(600, 720, 20), (550, 610, 690), []),
        (Midday(600, 720, 40), (640, 700, 760), []),
        (Midday(600, 720, 41), (640, 700, 760), ["rest"]),
    ],
)
def test_whoever_needs_a_rest_has_one(rest: Rest, starts: tuple[int, ...], broken: list[str]) -> None:
    visits = [a_visit_at(n, DAY_LONG) for n in range(3)]
    week = a_week_of([a_helper_free(1, DAY_LONG)], visits, {ANA: rest})
    assert rules(week, *(at(v, s) for v, s in zip(visits, starts, strict=True))) == broken


def test_the_way_is_work_and_may_lie_on_either_side_of_a_rest() -> None:
    one, two = a_visit_at(1, DAY_LONG), a_visit_at(2, DAY_LONG, at=10)
    for stretch, start, broken in (
        (129, 550, ["rest"]),
        (130, 550, []),
        (129, 564, ["rest"]),
        (129, 565, []),
        (69, 579, ["rest"]),
        (69, 580, []),
    ):
        week = a_week_of([a_helper_free(1, DAY_LONG)], [one, two], {ANA: Pause(stretch, 15)})
        assert rules(week, at(one, 480), at(two, start)) == broken


def test_what_a_plan_says_of_its_worth_is_added_up_anew() -> None:
    one = a_visit_at(1, MORNING, at=3, priority=2)
    week = a_week_of([a_helper_free(1, MORNING)], [one], standing=frozenset({Tie(ANA, one.recipient)}))
    plan = WeekPlan((at(one, 480),), (), Worth(1, 3, 1, 6, -24), 3, 0)
    assert check_week(week, plan) == ()
    for wrong in (
        {"served": 2},
        {"weight": 2},
        {"known": 0},
        {"travel_minutes": 5},
        {"way": 6},
    ):
        found = check_week(week, replace(plan, worth=replace(plan.worth, **wrong)))
        assert [v.rule for v in found] == ["worth"]
    assert [v.rule for v in check_week(week, replace(plan, bound=2))] == ["bound"]


def test_somebody_unknown_or_left_out_is_found() -> None:
    one, two = a_visit_at(1, MORNING), a_visit_at(2, MORNING)
    week = a_week_of([a_helper_free(1, MORNING)], [one])
    assert "known" in rules(week, at(one, 480, BEA))
    assert "known" in rules(week, at(one, 480), at(two, 540))
    nobody = WeekPlan((), (), Worth(0, 0, 0, 0, 0), 9, 0)
    assert [v.rule for v in check_week(week, nobody)] == ["once"]
    for unserved, found in (
        ((one.id,), []),
        ((one.id, one.id), ["once"]),
        ((one.id, two.id), ["known"]),
        ((two.id,), ["known", "once"]),
    ):
        assert [v.rule for v in check_week(week, replace(nobody, unserved=unserved))] == found
    served = WeekPlan((at(one, 480),), (one.id,), Worth(1, 1, 0, 0, 0), 9, 0)
    assert [v.rule for v in check_week(week, served)] == ["once"]


def test_those_who_come_are_told_in_one_order() -> None:
    one = a_visit_at(1, MORNING, demand=2)
    week = a_week_of([a_helper_free(1, MORNING), a_helper_free(2, MORNING)], [one])
    assert rules(week, at(one, 480, BEA, ANA)) == ["order"]


def test_a_visit_is_once_on_its_day_and_before_the_next_begins() -> None:
    one, two = a_visit_at(1, MORNING), a_visit_at(2, MORNING)
    week = a_week_of([a_helper_free(1, MORNING)], [one, two])
    assert rules(week, at(one, 480), at(two, 480)) == ["way"]
    assert rules(week, at(one, 480), at(two, 539)) == ["way"]
    tuesday = replace(at(two, 600), slot=Slot(MONDAY + timedelta(days=1), 600, 60, weekly=False))
    assert rules(week, at(one, 480), tuesday) == ["asked", "free"]
    every_week = replace(at(two, 600), slot=Slot(MONDAY, 600, 60, weekly=True))
    assert rules(week, at(one, 480), every_week) == ["slot"]


def test_an_agreed_helper_is_a_known_face() -> None:
    one = a_visit_at(1, MORNING)
    agreed = frozenset({Choice(one.id, ANA)})
    week = a_week_of([a_helper_free(1, MORNING)], [one], agreed=agreed)
    assert check_week(week, WeekPlan((at(one, 480),), (), Worth(1, 1, 1, 0, -30), 1, 0)) == ()
