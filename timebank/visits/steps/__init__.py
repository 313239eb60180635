"""Writing visits and settling them. Every change of status goes through `MOVES`."""

from timebank.visits.steps.holding import affordable, handed_over, let_go, reserve
from timebank.visits.steps.moving import (
    call_off_all,
    hand_over,
    held,
    locked,
    locked_all,
    move,
    move_all,
    plan,
)
from timebank.visits.steps.settling import correct, settle_held, settle_many

__all__ = [
    "affordable",
    "call_off_all",
    "correct",
    "hand_over",
    "handed_over",
    "held",
    "let_go",
    "locked",
    "locked_all",
    "move",
    "move_all",
    "plan",
    "reserve",
    "settle_held",
    "settle_many",
]
