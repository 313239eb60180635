"""Writing visits and settling them. Every change of status goes through `MOVES`."""

from timebank.visits.steps.moving import hand_over, held, locked, locked_all, move, move_all, plan
from timebank.visits.steps.settling import correct, settle_held, settle_many

__all__ = [
    "correct",
    "hand_over",
    "held",
    "locked",
    "locked_all",
    "move",
    "move_all",
    "plan",
    "settle_held",
    "settle_many",
]
