"""Writing visits and settling them. Every change of status goes through `MOVES`."""

from timebank.visits.steps.moving import hand_over, locked, locked_all, move, move_all, plan
from timebank.visits.steps.settling import correct, settle_many

__all__ = [
    "correct",
    "hand_over",
    "locked",
    "locked_all",
    "move",
    "move_all",
    "plan",
    "settle_many",
]
