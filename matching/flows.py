"""Arcs of OR-Tools' min-cost flow from arrays of any kind."""

import numpy as np
from ortools.graph.python import min_cost_flow

from matching.tables import I32, I64

# Costs along any path stay below this, so that they never leave 64 bits.
COST_MAX = 1 << 62


def add_arcs(
    flow: min_cost_flow.SimpleMinCostFlow,
    tail: I64,
    head: I64 | int,
    capacity: I64 | int = 1,
    cost: I64 | int = 0,
) -> I32:
    """The numbers of the new arcs; one value stands for all of them."""

    def full(value: I64 | int) -> I64:
        return np.broadcast_to(np.asarray(value, dtype=np.int64), tail.shape).copy()

    return np.asarray(
        flow.add_arcs_with_capacity_and_unit_cost(
            tail.astype(np.int32), full(head).astype(np.int32), full(capacity), full(cost)
        ),
        dtype=np.int32,
    )
