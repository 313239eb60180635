"""What an activity must be, and who gets a seat: pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.activities.given import TALK, TODAY
from timebank.activities import rules
from timebank.activities.errors import (
    ActivityAhead,
    ActivityBegun,
    ActivityMoved,
    SeatsTaken,
    TakesPartAlready,
)
from timebank.activities.model import (
    MOVES,
    ActivityView,
    Heads,
    Move,
    Part,
    Participation,
    Standing,
    Status,
)
from timebank.core.provenance import Provenance

AT = datetime(2026, 11, 22, tzinfo=UTC)
VIEW = ActivityView(
    id=UUID(int=1),
    community_id=UUID(int=2),
    plan=TALK,
    status=Status.PLANNED,
    status_reason=None,
    seats_taken=1,
    waiting=0,
    heads=Heads(),
    report=None,
    version=1,
)


def part_of(n: int, standing: Standing, part: Part = Part.PARTICIPANT) -> Participation:
    return Participation(
        id=UUID(int=n),
        activity_id=VIEW.id,
        member_id=UUID(int=n),
        part=part,
        standing=standing,
        provenance=Provenance.PHONE,
        said_at=AT,
        turn=n,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to_minute": 540}, "until_time"),
        ({"to_minute": 1441}, "until_time"),
        ({"seats": 0}, "seats"),
        ({"seats": 801}, "seats"),
        ({"held_on": TODAY + timedelta(days=367)}, "held_on"),
        ({"held_on": TODAY - timedelta(days=367)}, "held_on"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_field(changes: dict[str, object], field: str) -> None:
    found = rules.problems(replace(TALK, **changes), today=TODAY)  # type: ignore[arg-type]
    assert [one.field for one in found] == [field]
    assert rules.problems(TALK, today=TODAY) == []


def test_seats_never_become_fewer_than_are_taken() -> None:
    assert rules.problems(TALK, today=TODAY, seats_taken=2) == []
    assert [one.field for one in rules.problems(TALK, today=TODAY, seats_taken=3)] == ["seats"]


def test_the_last_seat_is_given_once() -> None:
    stands = {"may_wait": False, "name": "李兰"}
    assert rules.standing_of_new(VIEW, None, Part.PARTICIPANT, **stands) is Standing.ENROLLED  # type: ignore[arg-type]
    full = replace(VIEW, seats_taken=2, waiting=1)
    with pytest.raises(SeatsTaken) as refused:
        rules.standing_of_new(full, None, Part.PARTICIPANT, **stands)  # type: ignore[arg-type]
    assert refused.value.values == {"seats": 2, "waiting": 1}
    waits = rules.standing_of_new(full, None, Part.PARTICIPANT, may_wait=True, name="李兰")
    assert waits is Standing.WAITING
    # Who helps takes no seat.
    assert rules.standing_of_new(full, None, Part.HELPER, **stands) is Standing.ENROLLED  # type: ignore[arg-type]


def test_saying_it_twice_changes_nothing() -> None:
    full = replace(VIEW, seats_taken=2)
    for standing in (Standing.ENROLLED, Standing.WAITING):
        before = part_of(3, standing)
        again = rules.standing_of_new(full, before, Part.PARTICIPANT, may_wait=True, name="李兰")
        assert again is standing
    speaker = part_of(3, Standing.ENROLLED, Part.SPEAKER)
    with pytest.raises(TakesPartAlready):
        rules.standing_of_new(VIEW, speaker, Part.PARTICIPANT, may_wait=False, name="李兰")
    gone = part_of(3, Standing.WITHDRAWN, Part.SPEAKER)
    assert rules.standing_of_new(VIEW, gone, Part.PARTICIPANT, may_wait=False, name="") is Standing.ENROLLED


def test_those_who_wait_move_up_in_their_order() -> None:
    line = [part_of(n, Standing.WAITING) for n in (5, 3, 4)]
    assert [one.id.int for one in rules.moved_up(line, seats_taken=1, seats=3)] == [3, 4]
    assert rules.moved_up(line, seats_taken=3, seats=3) == []


def test_nobody_enrols_in_what_has_begun_or_was_called_off() -> None:
    begins = rules.begins_at(TALK)
    rules.refuse_enrolling(VIEW, begins - timedelta(minutes=1))
    with pytest.raises(ActivityBegun):
        rules.refuse_enrolling(VIEW, begins)
    with pytest.raises(ActivityMoved):
        rules.refuse_enrolling(replace(VIEW, status=Status.CANCELLED), AT)


def test_a_sheet_comes_on_the_day() -> None:
    with pytest.raises(ActivityAhead):
        rules.refuse_sheet(VIEW, TALK.held_on - timedelta(days=1))
    rules.refuse_sheet(VIEW, TALK.held_on)
    with pytest.raises(ActivityMoved):
        rules.refuse_sheet(replace(VIEW, status=Status.CANCELLED), TALK.held_on)


@pytest.mark.parametrize(
    ("guests", "served", "fields"),
    [(0, [], []), (5_001, [], ["guests"]), (-1, [(1, 1)], ["guests"]), (3, [(1, 1_441)], ["served"])],
)
def test_the_numbers_of_a_sheet_have_their_bounds(
    guests: int, served: list[tuple[object, int]], fields: list[str]
) -> None:
    assert [one.field for one in rules.sheet_problems(guests, served)] == fields


def test_every_state_is_reached_and_every_move_leads_somewhere() -> None:
    reached = {Status.PLANNED}
    for _ in Status:
        reached |= {to for (at, _), to in MOVES.items() if at in reached}
    assert reached == set(Status)
    assert {move for _, move in MOVES} == set(Move)


def test_heads_are_added_up() -> None:
    assert Heads(participants=40, walked_in=6, staffing=3, guests=25).total == 68
