"""The same week for OR-Tools' routing solver: one helper each, no rests, nobody known."""

import time
from collections.abc import Iterator

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from matching.plan import Slot
from matching.week import Placed, WeekPlan, Worth
from matching.week.arrays import Board

# More than any way saved for it, as in our own search.
UNIT = 2_000
WEEK_MINUTES = 10_080


def route(board: Board, seconds: float) -> WeekPlan:
    """The best it finds in so many seconds, not counting those in which it is told the week.

    Each helper's day is a vehicle. Time is counted in minutes of the week; a way from or to home takes none of it, but
    costs its minutes, as in ours. Needs one window for each helper's day.
    """
    a = board.arrays
    assert (a.demand == 1).all()
    assert not a.rest.any()
    assert not a.bonus.any()
    visits, tours = len(a.minutes), len(a.tour_helper)
    homes = (visits + a.tour_helper).tolist()
    ways = _ways(board)
    manager = pywrapcp.RoutingIndexManager(len(ways), tours, homes, homes)
    model = pywrapcp.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(ways.tolist()))
    hours, work, count = np.zeros_like(ways), np.zeros_like(ways), np.zeros_like(ways)
    hours[:visits] = a.minutes[:, None]
    hours[:visits, :visits] += ways[:visits, :visits]
    work[:visits] = a.minutes[:, None]
    count[:visits] = 1
    matrix = model.RegisterTransitMatrix
    model.AddDimension(matrix(hours.tolist()), WEEK_MINUTES, WEEK_MINUTES, False, "time")
    model.AddDimension(matrix(work.tolist()), 0, WEEK_MINUTES, True, "work")
    model.AddDimension(matrix(count.tolist()), 0, WEEK_MINUTES, True, "count")
    _hours(board, manager, model)
    _caps(board, model)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    # The best of its insertions here.
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromMilliseconds(round(1000 * seconds))
    model.CloseModelWithParameters(asked)
    began = time.perf_counter(), time.process_time()
    found = model.SolveWithParameters(asked)
    took = time.perf_counter() - began[0], time.process_time() - began[1]
    print(f"OR-Tools: {took[0]:.1f} s, of a processor {took[1]:.1f} s", flush=True)
    assert found is not None
    routes = []
    for tour in range(tours):
        stops, at = [], found.Value(model.NextVar(model.Start(tour)))
        while not model.IsEnd(at):
            stops.append(manager.IndexToNode(at))
            at = found.Value(model.NextVar(at))
        routes.append(stops)
    return _plan(board, ways, routes)


def _plan(board: Board, ways: np.ndarray, routes: list[list[int]]) -> WeekPlan:
    """Its routes as a plan, each visit as early as can be, which is never worse without rests."""
    a = board.arrays
    placed, travel = [], 0
    for tour, stops in enumerate(routes):
        helper, on = board.tours[tour]
        home = len(a.minutes) + helper
        travel += sum(int(ways[x, y]) for x, y in zip([home, *stops], [*stops, home], strict=True))
        free, before = 0, home
        for visit in stops:
            ready = free if before == home else free + int(ways[before, visit])
            start = next(max(ready, first) for first, last in _starts(board, visit, tour) if ready <= last)
            slot = Slot(on, start, int(a.minutes[visit]), weekly=False)
            placed.append(Placed(board.visits[visit], (board.helpers[helper],), slot))
            free, before = start + slot.minutes, visit
    served = {stop for stops in routes for stop in stops}
    unserved = tuple(one for v, one in enumerate(board.visits) if v not in served)
    worth = Worth(len(served), int(a.weight[sorted(served)].sum()), 0, travel, travel)
    return WeekPlan(tuple(sorted(placed)), unserved, worth, int(a.weight.sum()), 0)


def _starts(board: Board, visit: int, tour: int) -> Iterator[tuple[int, int]]:
    a = board.arrays
    for pair in range(a.visit_at[visit], a.visit_at[visit + 1]):
        if a.pair_tour[pair] == tour:
            spans = slice(a.allow_at[pair], a.allow_at[pair + 1])
            yield from zip(a.first[spans].tolist(), a.last[spans].tolist(), strict=True)


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
    opens = np.full(len(a.tour_helper), WEEK_MINUTES)
    closes = np.zeros(len(a.tour_helper), dtype=np.int64)
    for visit in range(len(a.minutes)):
        index = manager.NodeToIndex(visit)
        pairs = range(a.visit_at[visit], a.visit_at[visit + 1])
        starts = np.zeros(WEEK_MINUTES, dtype=np.bool_)
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
    """What a helper's days may have together."""
    a = board.arrays
    for name, caps in (("work", a.minutes_cap), ("count", a.visits_cap)):
        dimension = model.GetDimensionOrDie(name)
        for helper in range(len(caps)):
            tours = range(a.helper_tour_at[helper], a.helper_tour_at[helper + 1])
            used = [dimension.CumulVar(model.End(tour)) for tour in tours]
            model.solver().Add(model.solver().Sum(used) <= int(caps[helper]))
