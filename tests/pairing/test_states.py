"""Every state of a round, a proposal and a pair is drawn, and every pair can be ended."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from timebank.pairing.model import PAIR_MOVES, PROPOSAL_MOVES, ROUND_MOVES, PairStatus


@pytest.mark.parametrize("moves", [PAIR_MOVES, PROPOSAL_MOVES, ROUND_MOVES])
def test_every_state_is_drawn_and_reached_from_the_first(moves: Mapping[StrEnum, frozenset[StrEnum]]) -> None:
    states = list(type(next(iter(moves))))
    reached = {states[0]}
    for _ in states:
        reached |= {after for before in reached for after in moves[before]}
    assert reached == set(moves) == set(states)


def test_every_living_pair_can_be_ended() -> None:
    for status, after in PAIR_MOVES.items():
        assert status is PairStatus.ENDED or PairStatus.ENDED in after
