"""Who is served, counted along paths, is what a min-cost flow counts."""

import numpy as np
import pytest
from ortools.graph.python import min_cost_flow

from matching.assignment import Market, assign
from matching.serving import Serving

I64 = np.int64


def random_market(seed: int) -> tuple[np.ndarray, ...]:
    """Tail, head, wants, room, rank of a market that cannot serve all it is asked for."""
    chance = np.random.default_rng(seed)
    requests, helpers = (int(n) for n in chance.integers(1, 40, 2))
    there = chance.random((requests, helpers)) < chance.choice((0.05, 0.15, 0.5))
    tail, head = np.nonzero(there)
    wants = chance.choice((1, 1, 1, 2, 3), requests) if seed % 2 else np.ones(requests, dtype=I64)
    return tail, head, wants, chance.integers(0, 3, helpers), chance.integers(0, 6, requests)


def of(tail: np.ndarray, head: np.ndarray, wants: np.ndarray, room: np.ndarray, rank: np.ndarray) -> Serving:
    place = np.repeat(np.arange(wants.size), wants)
    return Serving(tail, head, place, rank[place], room)


def by_flow(tail: np.ndarray, head: np.ndarray, wants: np.ndarray, room: np.ndarray, rank: np.ndarray) -> I64:
    """The same with each empty place costing more than all of lesser rank together."""
    flow = min_cost_flow.SimpleMinCostFlow()
    requests, helpers = wants.size, room.size
    sink, everyone = requests + helpers, np.arange(requests)

    def arcs(tail: np.ndarray, head: np.ndarray, capacity: np.ndarray, cost: np.ndarray) -> np.ndarray:
        return flow.add_arcs_with_capacity_and_unit_cost(
            tail.astype(np.int32), head.astype(np.int32), capacity.astype(I64), cost.astype(I64)
        )

    arcs(tail, requests + head, np.ones_like(tail), np.zeros_like(tail))
    arcs(requests + np.arange(helpers), np.full(helpers, sink), room, np.zeros(helpers))
    waits = arcs(everyone, np.full(requests, sink), wants, (1 + int(wants.sum())) ** rank)
    flow.set_nodes_supplies(everyone.astype(np.int32), wants)
    flow.set_node_supply(sink, -int(wants.sum()))
    assert flow.solve() == flow.OPTIMAL
    return np.asarray(flow.flows(waits))


@pytest.mark.parametrize("seed", range(200))
def test_as_many_of_each_urgency_are_served_as_a_flow_serves(seed: int) -> None:
    market = random_market(seed)
    _, _, wants, _, rank = market
    filled = wants - by_flow(*market)
    serving = of(*market)
    serving.run()
    assert serving.many() == {one: many for one in range(6) if (many := filled[rank == one].sum())}


@pytest.mark.parametrize("seed", range(50))
def test_the_filling_itself_gives_everybody_what_it_says(seed: int) -> None:
    tail, head, wants, room, rank = random_market(seed)
    serving = of(tail, head, wants, room, rank)
    used = serving.run()
    had = np.bincount(tail[used], minlength=wants.size)
    assert (np.bincount(head[used], minlength=room.size) <= room).all()
    assert np.flatnonzero(had < wants).tolist() == serving.waiting().tolist()
    assert serving.many() == {one: many for one in range(6) if (many := had[rank == one].sum())}


@pytest.mark.parametrize("seed", range(50))
def test_from_the_other_side_as_many_stay_served_and_the_cheapest_units_are_used(seed: int) -> None:
    tail, head, wants, room, rank = random_market(seed)
    first = of(tail, head, wants, room, rank)
    used = first.run()
    turned = np.argsort(head, kind="stable")
    owner = np.repeat(np.arange(room.size), room)
    # The second visit of a helper costs no less than her first.
    cost = np.sort(np.random.default_rng(seed).integers(0, 4, room.size))[owner] + (
        np.arange(owner.size) - np.searchsorted(owner, owner)
    )
    if not owner.size:
        return
    second = Serving(head[turned], tail[turned], owner, -cost, wants, used[turned])
    again = second.run()
    assert again.sum() == used.sum()
    assert (np.bincount(tail[turned][again], minlength=wants.size) <= wants).all()
    alone = Serving(head[turned], tail[turned], owner, -cost, wants)
    alone.run()
    assert alone.many() == second.many()


def test_a_long_chain_is_moved_up_to_serve_one_more() -> None:
    # Request i may have helpers i and i + 1; the last helper is free only if everybody moves.
    many = 500
    tail = np.repeat(np.arange(many), 2)
    head = np.stack([np.arange(many), np.arange(many) + 1], axis=1).ravel()
    tail, head = np.append(tail, many), np.append(head, 0)
    market = Market(
        request=tail.astype(np.int32),
        helper=head.astype(np.int32),
        gain=np.zeros(tail.size, dtype=I64),
        urgency=np.ones(many + 1, dtype=I64),
        unit_helper=np.arange(many + 1, dtype=np.int32),
        unit_cost=np.zeros(many + 1, dtype=I64),
        wants=np.ones(many + 1, dtype=I64),
    )
    assert assign(market).size == many + 1
