"""The plan of a round keeps every home within its frame, and no two in one spot."""

from uuid import UUID

import pytest

from timebank.pairing.drawing import MARGIN, WIDTH, Homes, Place, drawn


def _line(number: int, recipient: Place, helper: Place) -> Homes:
    return Homes(
        number, recipient, helper, missed=False, who=UUID(int=number), whose=UUID(int=10_000 + number)
    )


@pytest.mark.parametrize("together", [1, 2, 5, 6, 60, 400])
def test_however_many_live_in_one_cell_all_are_within_the_frame(together: int) -> None:
    corners = (22.90, 113.90), (22.95, 113.95)
    lines = [_line(n, corners[1], corners[0]) for n in range(together)]
    plan = drawn(lines)
    for marks in (plan.helpers, plan.served):
        spots = [(mark.x, mark.y) for mark in marks]
        assert len(spots) == together
        assert len(set(spots)) == together
        assert all(MARGIN // 2 <= x <= WIDTH - MARGIN // 2 for x, _ in spots)
        assert all(MARGIN // 2 <= y <= plan.height - MARGIN // 2 for _, y in spots)
    # South-west and north-east stay apart.
    assert max(mark.x for mark in plan.helpers) < min(mark.x for mark in plan.served)


def test_a_few_in_one_cell_leave_the_plan_as_large_as_one() -> None:
    ends = [_line(1, (22.90, 113.90), (22.95, 113.95))]
    five = [_line(n, (22.90, 113.90), (22.95, 113.95)) for n in range(1, 6)]
    assert (drawn(five).height, drawn(five).bar) == (drawn(ends).height, drawn(ends).bar)
