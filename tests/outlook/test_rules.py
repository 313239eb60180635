"""What the hours of a community add up to."""

from collections import deque
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.core.ids import new_id
from timebank.hours.model import Kind
from timebank.hours.redeeming.model import Flow
from timebank.outlook import rules
from timebank.outlook.model import Backing, Lot, Saver

TODAY = date(2026, 11, 22)
ME = UUID(int=1)


def flow(month: date, came: int = 0, went: int = 0, *, kind: Kind = Kind.VISIT, who: UUID = ME) -> Flow:
    return Flow(member_id=who, kind=kind, month=month, in_minutes=came, out_minutes=went, last_on=month)


def saver(minutes: int, *, age: int | None = 70, month: date = date(2026, 1, 1), **other: object) -> Saver:
    values: dict[str, object] = {
        "member_id": new_id(),
        "here": True,
        "age": age,
        "gender": "female",
        "balance_minutes": minutes,
        "lots": (Lot(month, minutes),) if minutes > 0 else (),
        "earned_minutes": 0,
        "spent_minutes": 0,
        "first_ask_on": None,
        "last_ask_on": None,
        "last_entry_on": None,
    }
    return Saver(**(values | other))  # type: ignore[arg-type]


def test_the_oldest_hours_are_spent_first() -> None:
    history = [
        flow(date(2024, 3, 1), came=100),
        flow(date(2025, 5, 1), came=60, went=70),
        flow(date(2026, 2, 1), came=40, went=50),
    ]
    # 120 were spent: all of 2024 and 20 of 2025.
    assert rules.lots(history) == (Lot(date(2025, 5, 1), 40), Lot(date(2026, 2, 1), 40))


def test_hours_that_paid_off_a_debt_are_gone() -> None:
    history = [flow(date(2026, 1, 1), went=60), flow(date(2026, 2, 1), came=90)]
    assert rules.lots(history) == (Lot(date(2026, 2, 1), 30),)
    assert rules.lots(history[:1]) == ()


MONTHS = [rules.months_before(TODAY, n) for n in range(30, -1, -1)]
HISTORIES = st.lists(
    st.tuples(st.sampled_from(MONTHS), st.integers(0, 300), st.integers(0, 300)), max_size=40
)


@given(HISTORIES)
def test_lots_are_what_a_queue_of_hours_would_leave(history: list[tuple[date, int, int]]) -> None:
    flows = [flow(month, came, went) for month, came, went in history]
    queue: deque[list[object]] = deque()
    debt = 0
    for month in MONTHS:
        here = [one for one in flows if one.month == month]
        came, went = sum(one.in_minutes for one in here), sum(one.out_minutes for one in here)
        paid = min(debt, came)
        debt -= paid
        if came > paid:
            queue.append([month, came - paid])
        while went and queue:
            first = queue[0]
            taken = min(went, int(str(first[1])))
            first[1] = int(str(first[1])) - taken
            went -= taken
            if not first[1]:
                queue.popleft()
        debt += went
    found = rules.lots(flows)
    assert [[lot.month, lot.minutes] for lot in found] == list(queue)
    assert sum(lot.minutes for lot in found) == max(0, sum(one.in_minutes - one.out_minutes for one in flows))


@given(HISTORIES, st.randoms(use_true_random=False))
def test_lots_do_not_depend_on_the_order_in_which_flows_come(
    history: list[tuple[date, int, int]], chance: object
) -> None:
    flows = [flow(month, came, went) for month, came, went in history]
    shuffled = list(flows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rules.lots(shuffled) == rules.lots(flows)


def test_two_records_of_one_person_keep_the_age_of_their_hours() -> None:
    old, kept, end = UUID(int=2), UUID(int=3), UUID(int=4)
    flows = [
        flow(date(2024, 1, 1), came=300, who=old),
        flow(date(2026, 11, 1), went=300, who=old, kind=Kind.MERGE),
        flow(date(2026, 11, 1), came=300, who=kept, kind=Kind.MERGE),
        flow(date(2026, 10, 1), came=30, who=end),
    ]
    found = rules.by_person(flows, {old: kept, kept: end})
    assert list(found) == [end]
    assert rules.lots(found[end]) == (Lot(date(2024, 1, 1), 300), Lot(date(2026, 10, 1), 30))


@pytest.mark.parametrize(
    ("amounts", "permille"),
    [([], 0), ([60], 0), ([60, 60, 60], 0), ([1, 3], 250), ([0, 0, 0, 100], 750), ([10, 20, 30, 40], 250)],
)
def test_gini_is_as_the_books_have_it(amounts: list[int], permille: int) -> None:
    assert rules.gini_permille(amounts) == permille


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60), st.integers(2, 9))
def test_gini_lies_between_all_alike_and_one_has_all_and_knows_no_unit(amounts: list[int], unit: int) -> None:
    found = rules.gini_permille(amounts)
    assert 0 <= found < 1000
    assert rules.gini_permille([amount * unit for amount in amounts]) == found
    assert rules.gini_permille([max(amounts)] * len(amounts)) == 0


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60))
def test_the_tenth_with_most_holds_at_least_its_part(amounts: list[int]) -> None:
    count, minutes = rules.top_tenth(amounts)
    assert 10 * count >= len(amounts) > 10 * (count - 1)
    assert minutes * len(amounts) >= count * sum(amounts)


def test_figures_tell_who_holds_what_and_who_never_asked() -> None:
    asked = date(2026, 3, 1)
    found = rules.figures(
        [
            saver(600, age=84, month=date(2024, 6, 1)),
            saver(120, age=None, month=date(2026, 11, 1), last_ask_on=asked, spent_minutes=90),
            saver(-30, last_ask_on=asked, spent_minutes=90),
            saver(1000, here=False),
        ],
        TODAY,
    )
    assert (found.holders, found.outstanding_minutes, found.owed_minutes) == (2, 720, 30)
    assert (found.never_asked, found.never_asked_minutes, found.never_asked_percent) == (1, 600, 83)
    assert found.left_minutes == 1000
    assert (found.velocity_percent, found.top_holders, found.top_percent) == (25, 1, 83)
    assert found.by_age[3] == (0, 0, 0, 600, 0)
    assert found.by_age[-1] == (120, 0, 0, 0, 0)
    assert sum(map(sum, found.by_age)) == found.outstanding_minutes


def test_where_nothing_is_saved_nothing_is_divided() -> None:
    found = rules.figures([], TODAY)
    assert (found.velocity_percent, found.top_percent, found.never_asked_percent) == (None, None, None)


def backing(from_on: date, *, fund_fen: int = 100_000, hour_fen: int = 2_000, at: int = 1) -> Backing:
    return Backing(
        id=new_id(), from_on=from_on, fund_fen=fund_fen, hour_fen=hour_fen, note=None, recorded_by="区管理",
        recorded_at=datetime(2026, 1, at, tzinfo=UTC),
    )  # fmt: skip


def test_the_backing_in_force_is_the_last_that_counts_by_then() -> None:
    first, mended, next_year = (
        backing(date(2026, 1, 1)),
        backing(date(2026, 1, 1), at=2),
        backing(date(2027, 1, 1)),
    )
    assert rules.in_force([next_year, first, mended], TODAY) == mended
    assert rules.in_force([next_year], TODAY) is None


def test_backing_is_held_against_all_that_is_promised() -> None:
    # 90 minutes at 20 yuan an hour are 30 yuan; 1,000 yuan cover that 33 times.
    assert rules.liability_fen(90, backing(TODAY)) == 3_000
    assert rules.covered_percent(90, backing(TODAY)) == 3_333
    assert rules.covered_percent(0, backing(TODAY)) is None
    assert rules.liability_fen(1, backing(TODAY, hour_fen=1)) == 1


def test_a_backing_that_is_a_slip_of_the_pen_is_refused_by_field() -> None:
    assert rules.backing_problems(fund_fen=0, hour_fen=1) == []
    wrong = rules.backing_problems(fund_fen=rules.FUND_FEN_MAX + 1, hour_fen=0)
    assert [one.field for one in wrong] == ["fund", "hour"]


def test_ninety_days_of_peace_end_on_the_ninety_first() -> None:
    assert (TODAY - rules.in_peace_since(TODAY)).days == 89


def test_who_asked_lately_or_saved_lately_is_not_asked() -> None:
    old = saver(120, month=date(2026, 5, 1))
    assert rules.waits_to_be_asked(old, TODAY, months=6)
    assert not rules.waits_to_be_asked(saver(120, month=date(2026, 6, 1)), TODAY, months=6)
    assert not rules.waits_to_be_asked(saver(59, month=date(2026, 5, 1)), TODAY, months=6)
    assert not rules.waits_to_be_asked(
        saver(120, month=date(2026, 5, 1), last_ask_on=date(2025, 11, 22)), TODAY, months=6
    )
    assert rules.waits_to_be_asked(
        saver(120, month=date(2026, 5, 1), last_ask_on=date(2025, 11, 21)), TODAY, months=6
    )
    assert not rules.waits_to_be_asked(saver(120, month=date(2026, 5, 1), here=False), TODAY, months=6)


def test_the_oldest_come_first_and_of_them_who_has_most() -> None:
    people = {
        "a": saver(600, age=71),
        "b": saver(60, age=92),
        "c": saver(900, age=78),
        "d": saver(60, age=None),
    }
    assert sorted(people, key=lambda one: rules.asking_order(people[one], one)) == ["b", "c", "a", "d"]


def test_a_year_is_this_month_and_the_eleven_before() -> None:
    assert rules.year_began(TODAY) == date(2025, 12, 1)
    assert rules.months_before(date(2026, 1, 31), 1) == date(2025, 12, 1)
