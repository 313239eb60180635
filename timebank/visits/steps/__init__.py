"""Writing visits and settling them. Every change of status goes through `MOVES`."""

from timebank.visits.steps.holding import affordable, handed_over, reserve
from timebank.visits.steps.moving import hand_over, held, locked, locked_all, move, move_all, plan
from timebank.visits.steps.settling import correct, settle_held, settle_many

__all__ = [
    "affordable",
    "correct",
    "hand_over",
    "handed_over",
    "held",
    "locked",
    "locked_all",
    "move",
    "move_all",
    "plan",
    "reserve",
    "settle_held",
    "settle_many",
]
