"""Reading rounds, proposals and pairs."""

from timebank.pairing.queries.facts import facts, waiting_requests
from timebank.pairing.queries.hits import holiday_hits
from timebank.pairing.queries.nearby import could_go, hindered, volunteered, volunteers_waiting
from timebank.pairing.queries.pairs import (
    LIVING,
    list_pairs,
    living_pairs,
    pair,
    pair_of_proposal,
    trials_over,
    visiting_pair,
)
from timebank.pairing.queries.proposals import (
    crews,
    declined_since,
    list_proposals,
    open_for_requests,
    open_proposals,
    proposal,
    proposals_of_request,
    proposals_of_round,
    waiting_for_member,
    why_of,
)
from timebank.pairing.queries.rounds import (
    list_rounds,
    passed_over_on,
    round_before,
    round_detail,
    round_view,
    rounds_since,
)
from timebank.pairing.queries.runs import round_run

__all__ = [
    "LIVING",
    "could_go",
    "crews",
    "declined_since",
    "facts",
    "hindered",
    "holiday_hits",
    "list_pairs",
    "list_proposals",
    "list_rounds",
    "living_pairs",
    "open_for_requests",
    "open_proposals",
    "pair",
    "pair_of_proposal",
    "passed_over_on",
    "proposal",
    "proposals_of_request",
    "proposals_of_round",
    "round_before",
    "round_detail",
    "round_run",
    "round_view",
    "rounds_since",
    "trials_over",
    "visiting_pair",
    "volunteered",
    "volunteers_waiting",
    "waiting_for_member",
    "waiting_requests",
    "why_of",
]
