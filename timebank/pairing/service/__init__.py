"""Use cases of pairing, called by its doors only."""

from timebank.pairing.service.asking import ask, ask_page
from timebank.pairing.service.dates import (
    add_date,
    dates_page,
    follow_calendar,
    holiday_hits,
    move_date,
    skip_date,
    undo_date,
)
from timebank.pairing.service.looking import (
    drawn_round,
    pose_what_if,
    rounds_over_months,
    what_if_page,
)
from timebank.pairing.service.pairs import (
    confirm_pair,
    end_pair,
    list_pairs,
    my_pairs,
    pair_page,
    pause_pair,
    plan_pairs,
    resume_pair,
)
from timebank.pairing.service.proposals import (
    answer,
    call_list,
    close_due,
    lacking,
    list_proposals,
    my_proposal,
    proposal_page,
    withdraw,
)
from timebank.pairing.service.rounds import (
    made_round,
    record_round,
    replay_round,
    round_page,
    rounds_page,
    send_round,
    take_up,
)
from timebank.pairing.service.runs import round_run, stop_round

__all__ = [
    "add_date",
    "answer",
    "ask",
    "ask_page",
    "call_list",
    "close_due",
    "confirm_pair",
    "dates_page",
    "drawn_round",
    "end_pair",
    "follow_calendar",
    "holiday_hits",
    "lacking",
    "list_pairs",
    "list_proposals",
    "made_round",
    "move_date",
    "my_pairs",
    "my_proposal",
    "pair_page",
    "pause_pair",
    "plan_pairs",
    "pose_what_if",
    "proposal_page",
    "record_round",
    "replay_round",
    "resume_pair",
    "round_page",
    "round_run",
    "rounds_over_months",
    "rounds_page",
    "send_round",
    "skip_date",
    "stop_round",
    "take_up",
    "undo_date",
    "what_if_page",
    "withdraw",
]
