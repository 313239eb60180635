"""Values of rounds, proposals and pairs; each noun's states are drawn in its own file."""

from timebank.pairing.model.pairs import PAIR_MOVES, VISITING, Hit, PairStatus, PairView
from timebank.pairing.model.proposals import (
    PROPOSAL_MOVES,
    Answer,
    Answered,
    Crew,
    NewProposal,
    Occasion,
    ProposalStatus,
    ProposalView,
    Side,
)
from timebank.pairing.model.rounds import (
    ROUND_MOVES,
    Because,
    Dropped,
    Replay,
    RoundDetail,
    RoundInput,
    RoundStatus,
    RoundView,
    Sent,
)
from timebank.pairing.model.runs import ALIVE, SILENT, RoundRun, RunStage
from timebank.pairing.model.steering import Emphasis, Steering, Term
from timebank.pairing.model.why import Grounds, Why, WhyNobody

__all__ = [
    "ALIVE",
    "PAIR_MOVES",
    "PROPOSAL_MOVES",
    "ROUND_MOVES",
    "SILENT",
    "VISITING",
    "Answer",
    "Answered",
    "Because",
    "Crew",
    "Dropped",
    "Emphasis",
    "Grounds",
    "Hit",
    "NewProposal",
    "Occasion",
    "PairStatus",
    "PairView",
    "ProposalStatus",
    "ProposalView",
    "Replay",
    "RoundDetail",
    "RoundInput",
    "RoundRun",
    "RoundStatus",
    "RoundView",
    "RunStage",
    "Sent",
    "Side",
    "Steering",
    "Term",
    "Why",
    "WhyNobody",
]
