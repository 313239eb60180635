"""Whom nobody has seen for too long: pure."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.visits.given import TODAY
from timebank.care.contacts import rules
from timebank.care.contacts.model import DEFAULT, Contact, ContactKind, LastSeen, Rhythm, Seen, Watch
from timebank.people.model import Brief, Gender, Status
from timebank.people.model import Contact as Reached

CALL = Contact(kind=ContactKind.CALL, happened_on=TODAY, by_whom="莫协调")


def member(number: str, tier: int) -> Brief:
    return Brief(
        id=uuid4(),
        community_id=uuid4(),
        number=number,
        name=f"会员{number}",
        gender=Gender.UNKNOWN,
        birth_on=None,
        phone=None,
        contact=Reached.PHONE,
        status=Status.ACTIVE,
        is_helper=False,
        is_recipient=True,
        hardship_tier=tier,
        branch_id=None,
    )


def days_ago(days: int) -> LastSeen:
    return LastSeen(TODAY - timedelta(days=days), Seen.CALL)


def watch(*people: tuple[Brief, int | None], rhythm: Rhythm = DEFAULT) -> Watch:
    seen = {one.id: days_ago(days) for one, days in people if days is not None}
    watched = rules.watched([one for one, _ in people], seen, rhythm, day=TODAY)
    return Watch(TODAY, rhythm, watched)


@pytest.mark.parametrize(("days", "unseen"), [(0, False), (14, False), (15, True), (None, True)])
def test_more_than_fourteen_days_is_unseen_and_fourteen_are_not(days: int | None, unseen: bool) -> None:
    found = watch((member("1", 3), days))
    assert [one.is_unseen for one in found.watched] == [unseen]


def test_the_hardest_tier_first_then_who_was_never_seen_then_who_waits_longest() -> None:
    found = watch(
        (member("1", 1), None),
        (member("2", 3), 20),
        (member("3", 3), None),
        (member("4", 3), 30),
        (member("5", 2), 3),
        (member("6", 3), 10),
        (member("7", 0), None),
    )
    assert [one.member.number for one in found.watched] == ["3", "4", "2", "1", "6", "5"]
    assert (len(found.unseen), found.never) == (4, 2)
    assert found.longest is not None
    assert (found.longest.member.number, found.longest.gap_days) == ("4", 30)
    assert [one.member.number for one in found.due_within(7)] == ["6"]


def test_every_tier_has_days_of_its_own() -> None:
    own = Rhythm({1: 30, 2: 14, 3: 7})
    found = watch((member("1", 1), 20), (member("2", 2), 14), (member("3", 3), 8), rhythm=own)
    assert [one.member.number for one in found.unseen] == ["3"]


def test_of_two_on_one_day_the_visit_is_named() -> None:
    visit = LastSeen(TODAY, Seen.VISIT)
    assert rules.later(visit, days_ago(0)) == visit
    assert rules.later(visit, days_ago(1)) == visit
    assert rules.later(None, days_ago(1)) == days_ago(1)
    assert rules.later(None, None) is None


def test_what_is_wrong_with_a_contact_is_named() -> None:
    assert rules.problems(CALL, today=TODAY) == []
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=367)):
        wrong = rules.problems(Contact(kind=CALL.kind, happened_on=day, by_whom="莫"), today=TODAY)
        assert [one.field for one in wrong] == ["happened_on"]


@pytest.mark.parametrize(
    ("days", "from_now", "field"),
    [
        ((30, 14, 7), 0, None),
        ((30, 14, 0), 0, "tier_3_days"),
        ((367, 14, 7), 0, "tier_3_days"),
        ((7, 14, 7), 0, "tier_3_days"),
        ((30, 7, 14), 0, "tier_3_days"),
        ((30, 14, 7), -1, "in_force_from"),
        ((30, 14, 7), 367, "in_force_from"),
    ],
)
def test_what_is_wrong_with_a_rhythm_is_named(
    days: tuple[int, int, int], from_now: int, field: str | None
) -> None:
    rhythm = Rhythm(dict(zip((1, 2, 3), days, strict=True)))
    wrong = rules.rhythm_problems(rhythm, TODAY + timedelta(days=from_now), today=TODAY)
    assert [one.field for one in wrong] == ([field] if field else [])
