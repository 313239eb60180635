"""A plan decided again after something changed: as good as the best, and as near as can be to what was told."""

from dataclasses import dataclass, replace

from matching.explanation import Move, chosen, moves
from matching.plan import Plan
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

    It serves as much urgency as `decide` would; of such plans it changes the fewest pairs, and of those it has the
    least load and then the most score. Who keeps a pair keeps its hour if the helper's visits fit so. The plan is
    that of the problem with the pairs of `before` among `agreed`, so its digest and scores are. Raises what
    `decide` raises, and ScoresTooLarge sooner: a pair kept must outweigh all the load there can be.
    """
    held = {Choice(pair.request, pair.helper): pair.slot for pair in before.pairs}
    again = replace(problem, agreed=problem.agreed | frozenset(held))
    plan = decide_beside(again, held)
    if not plan.exact:
        # Making several visits of one helper fit is no exact art: what is kept must not cost anybody a visit.
        free = decide_beside(again, {})
        plan = free if free.value.urgency > plan.value.urgency else plan
    after = {Choice(pair.request, pair.helper): pair.slot for pair in plan.pairs}
    kept = held.keys() & after.keys()
    return Rematch(
        plan=plan,
        kept=len(kept),
        same_hour=sum(held[one] == after[one] for one in kept),
        moves=moves(chosen(before), chosen(plan)),
    )
