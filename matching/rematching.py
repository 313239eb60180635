"""A plan decided again after something changed: as good as the best, and as near as can be to what was told."""

from dataclasses import dataclass, replace

from matching.explanation import Move, chosen, moves
from matching.plan import Plan, Slot
from matching.problem import Choice, Problem
from matching.round import decide_beside


@dataclass(frozen=True, slots=True)
class Rematch:
    """The new plan; how many of the pairs stand, and at the same hour; and the requests whose helper differs."""

    plan: Plan
    kept: int
    same_hour: int
    moves: tuple[Move, ...]


def rematch(problem: Problem, before: Plan) -> Rematch:
    """The best plan for a changed problem that disturbs least of what `before` had agreed.

    It serves as much urgency as deciding afresh; of such plans it changes the fewest pairs, and of those it has the
    least load and then the most score. Who keeps a pair keeps its hour if the helper's visits fit so; those who meet
    keep theirs where as many as are needed still could come. The plan is that of the problem with the pairs of
    `before` among `agreed`, so its digest and scores are. Raises what `decide` raises, and ScoresTooLarge sooner: a
    pair kept must outweigh all the load there can be.
    """
    held = {Choice(pair.request, pair.helper): pair.slot for pair in before.pairs}
    again = replace(problem, agreed=problem.agreed | frozenset(held))
    plan = decide_beside(again, held)
    if not plan.exact or any(request.meets for request in again.requests):
        # Making several visits of one helper fit is no exact art, nor is setting times for those who meet: what is
        # kept must not cost anybody a visit.
        free = decide_beside(again, {})
        served, kept = free.value, plan.value
        plan = free if (served.urgency, served.extra) > (kept.urgency, kept.extra) else plan
    after = {Choice(pair.request, pair.helper): pair.slot for pair in plan.pairs}
    stand = held.keys() & after.keys()
    return Rematch(
        plan=plan,
        kept=len(stand),
        same_hour=sum(_same_hour(held[one], after[one]) for one in stand),
        moves=moves(chosen(before), chosen(plan)),
    )


def _same_hour(was: Slot, now: Slot) -> bool:
    """Of two weekly ones the first visits may lie weeks apart."""
    if was.weekly and now.weekly:
        return (was.on.weekday(), was.start) == (now.on.weekday(), now.start)
    return was == now
