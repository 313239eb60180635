"""When a visit of a week can begin: what a helper has free, less what she has promised, less days away."""

from datetime import timedelta

import pytest

from matching import Absence, DatedWindow, Helper, Request, Window
from matching.errors import BadProblem
from matching.plan import Slot
from matching.week import Placed, WeekPlan, Worth, arrays, check_week, plan_week
from matching.week.arrays import lay_out
from tests.matching.town import MONDAY, uid
from tests.matching.weeks import a_helper_free, a_visit_at, a_week_of

MORNING = (480, 720)
TUESDAY = MONDAY + timedelta(days=1)
ANA = uid(1)


def spans(helper: Helper, visit: Request) -> list[tuple[int, int]]:
    a = lay_out(a_week_of([helper], [visit])).arrays
    return list(zip(a.first.tolist(), a.last.tolist(), strict=True))


def starts_allowed(helper: Helper, visit: Request) -> list[int]:
    """As the checker has it, one minute after another."""
    week = a_week_of([helper], [visit])
    allowed = []
    for start in range(400, 800):
        placed = Placed(visit.id, (ANA,), Slot(MONDAY, start, visit.minutes, weekly=False))
        plan = WeekPlan((placed,), (), Worth(1, 1, 0, 0, 0), 1, 0)
        if not check_week(week, plan):
            allowed.append(start)
    return allowed


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, [(480, 660)]),
        ({"busy": (Window(540, 600),)}, [(480, 480), (600, 660)]),
        ({"busy": (Window(1440 + 540, 1440 + 600),)}, [(480, 660)]),
        ({"booked": (DatedWindow(MONDAY, 570, 600),)}, [(480, 510), (600, 660)]),
        ({"booked": (DatedWindow(TUESDAY, 570, 600),)}, [(480, 660)]),
        ({"booked": (DatedWindow(MONDAY, 480, 560),), "busy": (Window(610, 720),)}, []),
        ({"absences": (Absence(MONDAY, TUESDAY),)}, []),
        ({"absences": (Absence(TUESDAY, TUESDAY + timedelta(days=9)),)}, [(480, 660)]),
        ({"absences": (Absence(MONDAY - timedelta(days=9), MONDAY),)}, [(480, 660)]),
    ],
)
def test_what_is_promised_and_days_away_are_not_free(
    told: dict[str, object], expected: list[tuple[int, int]]
) -> None:
    helper, visit = a_helper_free(1, MORNING, **told), a_visit_at(1, MORNING)
    assert spans(helper, visit) == expected
    assert starts_allowed(helper, visit) == [m for first, last in expected for m in range(first, last + 1)]


def test_windows_that_touch_overlap_or_lie_within_one_another_are_one_span() -> None:
    helper = a_helper_free(1, (480, 560), (500, 700))
    assert spans(helper, a_visit_at(1, (480, 720), (500, 570), (520, 600))) == [(480, 640)]
    # Starts until 500 in the one window, from 501 in the other.
    assert spans(helper, a_visit_at(1, (480, 560), (501, 600))) == [(480, 540)]
    assert spans(helper, a_visit_at(1, (480, 560), (502, 600))) == [(480, 500), (502, 540)]


def test_an_absence_moves_a_visit_to_another_of_its_days() -> None:
    away = a_helper_free(
        1, MORNING, (1440 + 480, 1440 + 720), absences=(Absence(MONDAY - timedelta(days=30), TUESDAY),)
    )
    visit = a_visit_at(1, dates=(DatedWindow(MONDAY, *MORNING), DatedWindow(TUESDAY, *MORNING)))
    week = a_week_of([away], [visit])
    plan = plan_week(week, iterations=20)
    assert check_week(week, plan) == ()
    assert [p.slot.on for p in plan.placed] == [TUESDAY]


def test_more_pairs_than_there_is_memory_for_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    week = a_week_of([a_helper_free(n, MORNING) for n in (1, 2)], [a_visit_at(n, MORNING) for n in (1, 2)])
    monkeypatch.setattr(arrays, "PAIRS_MAX", 4)
    lay_out(week)
    monkeypatch.setattr(arrays, "PAIRS_MAX", 3)
    with pytest.raises(BadProblem, match="pairs of week: 4 is not at most 3"):
        lay_out(week)
