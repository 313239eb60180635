"""The same week for OR-Tools' routing solver, as far as it can say it: no two at once, no rests."""

from dataclasses import dataclass

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from matching.week.arrays import Board

# More than any way saved for it, as in our own search.
UNIT = 2_000


@dataclass(frozen=True)
class Routed:
    served: int
    weight: int
    travel_minutes: int


def route(board: Board, seconds: int) -> Routed | None:
    """The best it finds in so many seconds: a vehicle for each helper's day, or None if it finds nothing.

    Time is counted in minutes of the week; a way from or to home takes none of it, but costs its minutes, as in ours.
    Needs one window for each helper's day.
    """
    a = board.arrays
    visits, tours = len(a.minutes), len(a.tour_helper)
    homes = (visits + a.tour_helper).tolist()
    ways = _ways(board)
    manager = pywrapcp.RoutingIndexManager(len(ways), tours, homes, homes)
    model = pywrapcp.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(ways.tolist()))
    time = np.zeros_like(ways)
    time[:visits, :visits] = ways[:visits, :visits] + a.minutes[:, None]
    time[:visits, visits:] = a.minutes[:, None]
    work = np.zeros_like(ways)
    work[:visits] = a.minutes[:, None]
    model.AddDimension(model.RegisterTransitMatrix(time.tolist()), 10_080, 10_080, False, "time")
    model.AddDimension(model.RegisterTransitMatrix(work.tolist()), 0, 10_080, True, "work")
    _hours(board, manager, model)
    _caps(board, model)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromSeconds(seconds)
    found = model.SolveWithParameters(asked)
    if found is None:
        return None
    served, travel = [], 0
    for tour in range(tours):
        at = model.Start(tour)
        while not model.IsEnd(at):
            after = found.Value(model.NextVar(at))
            here, there = manager.IndexToNode(at), manager.IndexToNode(after)
            travel += int(ways[here, there])
            if here < visits:
                served.append(here)
            at = after
    return Routed(len(served), int(a.weight[served].sum()), travel)


def _ways(board: Board) -> np.ndarray:
    """Minutes between all places; from home to home none is needed."""
    there = board.arrays.travel.astype(np.int64)
    ways = np.zeros((there.shape[1], there.shape[1]), dtype=np.int64)
    ways[: len(there)] = there
    ways[:, : len(there)] = there.T
    return ways


def _hours(board: Board, manager: pywrapcp.RoutingIndexManager, model: pywrapcp.RoutingModel) -> None:
    """Who may come, and between when and when."""
    a, time = board.arrays, model.GetDimensionOrDie("time")
    day = (a.tour_day - a.tour_day.min()) * 1440
    opens = np.full(len(a.tour_helper), 10_080)
    closes = np.zeros(len(a.tour_helper), dtype=np.int64)
    for visit in range(len(a.minutes)):
        index = manager.NodeToIndex(visit)
        pairs = range(a.visit_at[visit], a.visit_at[visit + 1])
        starts = np.zeros(10_080, dtype=np.bool_)
        for pair in pairs:
            tour = a.pair_tour[pair]
            for k in range(a.allow_at[pair], a.allow_at[pair + 1]):
                low, high = day[tour] + a.first[k], day[tour] + a.last[k]
                starts[low : high + 1] = True
                opens[tour] = min(opens[tour], low)
                closes[tour] = max(closes[tour], high + a.minutes[visit])
        model.AddDisjunction([index], int(a.weight[visit]) * UNIT)
        if not pairs:
            model.solver().Add(model.VehicleVar(index) == -1)
            continue
        model.VehicleVar(index).SetValues([-1, *sorted({int(a.pair_tour[p]) for p in pairs})])
        time.CumulVar(index).SetValues(np.flatnonzero(starts).tolist())
    for tour in range(len(a.tour_helper)):
        time.CumulVar(model.Start(tour)).SetRange(int(opens[tour]), int(closes[tour]))
        time.CumulVar(model.End(tour)).SetRange(int(opens[tour]), int(closes[tour]))


def _caps(board: Board, model: pywrapcp.RoutingModel) -> None:
    a, work = board.arrays, model.GetDimensionOrDie("work")
    for helper in range(len(a.minutes_cap)):
        tours = range(a.helper_tour_at[helper], a.helper_tour_at[helper + 1])
        if tours:
            used = [work.CumulVar(model.End(tour)) for tour in tours]
            model.solver().Add(model.solver().Sum(used) <= int(a.minutes_cap[helper]))
