"""Other solvers, in one call each, find plans worth exactly as much as ours."""

import numpy as np
import pytest

from matching.assignment import Market, assign
from tests.matching.others import by_hungarian, by_lapjvsp, by_ortools, most, weighted, worth


def a_market(seed: int, visits: int, wanted: int = 1) -> Market:
    chance = np.random.default_rng(seed)
    requests, helpers = (int(n) for n in chance.integers(2, 60, 2))
    request, helper = np.nonzero(chance.random((requests, helpers)) < 0.3)
    units = np.sort(np.repeat(np.arange(helpers), chance.integers(1, visits + 1, helpers)))
    number = np.arange(units.size) - np.searchsorted(units, units)
    return Market(
        request=request.astype(np.int32),
        helper=helper.astype(np.int32),
        gain=chance.integers(0, 30, request.size),
        urgency=chance.integers(1, 5, requests),
        unit_helper=units.astype(np.int32),
        unit_cost=chance.integers(0, 3, helpers)[units] + number,
        wants=chance.integers(1, wanted + 1, requests),
    )


@pytest.mark.parametrize("seed", range(40))
def test_four_solvers_agree_to_the_unit(seed: int) -> None:
    market = a_market(seed, visits=1)
    weights, ours = weighted(market), worth(market, assign(market))
    for other in (by_ortools, by_lapjvsp, by_hungarian):
        assert worth(market, other(market, weights)) == ours
    assert sum(many for _, many in ours.filled) == most(market)


@pytest.mark.parametrize("seed", range(40))
def test_a_flow_with_weights_agrees_where_requests_want_and_helpers_take_several(seed: int) -> None:
    market = a_market(seed, visits=3, wanted=1 + seed % 3)
    assert worth(market, by_ortools(market, weighted(market))) == worth(market, assign(market))
