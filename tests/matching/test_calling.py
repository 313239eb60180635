"""Who can come now: the same people as one by one, nearest first."""

from dataclasses import replace

import pytest

from matching import DatedWindow, Position, Tie
from matching.calling import index, who_can_come
from matching.check import reasons
from tests.matching.town import MONDAY, a_helper, a_request, a_town, uid


@pytest.mark.slow(2)
@pytest.mark.parametrize("seed", range(3))
def test_it_finds_whom_a_plain_loop_finds_and_counts_the_same_reasons(seed: int) -> None:
    town = a_town(200, 30, seed=seed)
    plain = replace(town, declined=frozenset(), forbidden=frozenset())
    known = index(town.on, town.helpers, town.limits)
    found = 0
    for request in town.requests:
        told = who_can_come(known, request, town.do_not_pair, most=300)
        bits = {h.id: reasons(plain, request, h) for h in town.helpers}
        assert {n.helper for n in told.near} == {one for one, refused in bits.items() if not refused}
        assert told.histogram.eligible == len(told.near)
        for count in told.histogram.first:
            assert count.helpers == sum(b.first == count.reason for b in bits.values() if b)
        assert sum(c.helpers for c in told.histogram.first) == len(town.helpers) - len(told.near)
        far = [n.metres for n in told.near]
        assert far == sorted(far, key=lambda m: (m is None, m))
        found += len(told.near)
    assert found > 30


def test_the_nearest_are_named_and_the_others_counted() -> None:
    helpers = [a_helper(n, position=Position(22.9 + n / 1000, 113.9)) for n in range(9, 0, -1)]
    call = a_request(1, windows=(), dates=(DatedWindow(MONDAY, 600, 720),), position=Position(22.9, 113.9))
    told = who_can_come(index(MONDAY, helpers), call, most=3)
    assert [(n.helper, n.metres) for n in told.near] == [(uid(1), 111), (uid(2), 222), (uid(3), 334)]
    assert told.histogram.eligible == 9


def test_a_skill_nobody_ever_named_is_a_reason_like_any_other() -> None:
    known = index(MONDAY, [a_helper(1, skills=frozenset({"理发"}))])
    call = a_request(1, skills=frozenset({"潜水"}), dialects=frozenset({"上海话"}), dialect_required=True)
    told = who_can_come(known, call)
    assert told.near == ()
    assert [c.reason.names for c in told.histogram.first] == [("SKILL",)]


def test_two_kept_apart_do_not_meet_in_a_call_either() -> None:
    known = index(MONDAY, [a_helper(1), a_helper(2)])
    call = a_request(1)
    told = who_can_come(known, call, frozenset({Tie(uid(1), call.recipient), Tie(uid(7), uid(8))}))
    assert [n.helper for n in told.near] == [uid(2)]


def test_nobody_helps_herself() -> None:
    known = index(MONDAY, [a_helper(1), a_helper(2)])
    assert [n.helper for n in who_can_come(known, a_request(1, recipient=uid(2))).near] == [uid(1)]


def test_without_helpers_nobody_can_come() -> None:
    assert who_can_come(index(MONDAY, []), a_request(1)).near == ()


def test_an_empty_word_is_a_word_like_any_other() -> None:
    known = index(MONDAY, [a_helper(1, skills=frozenset({""})), a_helper(2)])
    assert [n.helper for n in who_can_come(known, a_request(1, skills=frozenset({""}))).near] == [uid(1)]
    assert who_can_come(known, a_request(1, skills=frozenset({"潜水"}))).near == ()
