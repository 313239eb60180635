"""What the pages and the API show of rounds, proposals and pairs: the bare facts with names and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from matching import Choice, Report
from timebank.core.errors import Text
from timebank.core.lists import Page
from timebank.pairing.drawing import Drawing
from timebank.pairing.model import (
    Crew,
    Hit,
    Occasion,
    PairView,
    ProposalView,
    RoundDetail,
    RoundRun,
    RoundView,
    Side,
    Steering,
)
from timebank.pairing.volunteering.model import Nearby, Volunteered
from timebank.people.model import Brief, MemberView
from timebank.requests.model import RequestView
from timebank.requests.recurrence.model import Turn
from timebank.schemes.model import SchemeView
from timebank.visits.model import VisitView


@dataclass(frozen=True)
class WaitingLine:
    """A request that waits for a round, who would go to it of their own accord, and who would and cannot, with why."""

    request: RequestView
    recipient: MemberView
    volunteers: Sequence[MemberView] = ()
    hindered: Sequence[tuple[MemberView, Sequence[Text]]] = ()


@dataclass(frozen=True)
class RoundsPage:
    """The desk before a round: who waits, who is being asked, what was done last, and the `run` that is being worked out."""

    waiting: Sequence[WaitingLine]
    waiting_count: int
    asked_count: int
    schemes: Sequence[SchemeView]
    rounds: Page[RoundView]
    run: RoundRun | None


@dataclass(frozen=True)
class PairLine:
    """A pair of a plan with its reasons, and what became of it; `first` of those for one request."""

    request: RequestView
    recipient: MemberView
    helper: MemberView
    occasion: Occasion
    score: int
    why: Sequence[Text]
    runner_up: Text | None
    proposal: ProposalView | None
    dropped: Sequence[Text]
    points: Mapping[str, int]
    metres: int | None
    first: bool


@dataclass(frozen=True)
class UnmatchedLine:
    """A request that nobody got, why, and what would help."""

    request: RequestView
    recipient: MemberView
    why: Text
    helps: Sequence[Text]


@dataclass(frozen=True)
class SteeredLine:
    """A pair that the coordinator pinned, or forbade."""

    choice: Choice
    request: RequestView
    recipient: MemberView
    helper: MemberView
    pinned: bool


@dataclass(frozen=True)
class RoundPage:
    """A whole round in words, the unmatched first; `previous` is the round of the same scheme before it."""

    detail: RoundDetail
    steered: Sequence[SteeredLine]
    previous: RoundView | None
    scheme: str | None
    unmatched: Sequence[UnmatchedLine]
    lapsed: Sequence[WaitingLine]
    pairs: Sequence[PairLine]


@dataclass(frozen=True)
class MovedLine:
    """A request whose helper would be another one; None is nobody."""

    request: RequestView
    recipient: MemberView
    before: MemberView | None
    after: MemberView | None


@dataclass(frozen=True)
class WhatIfPage:
    """A round tried out: what it is and what it would be.

    Without `before` and `after` nothing was decided. `drifted`: as it is, the round would no longer be what was kept,
    since people and requests have changed. `seen` is the digest of what `after` was decided from. `requests` and
    `helpers` are there to choose from.
    """

    view: RoundView
    steering: Steering
    steered: Sequence[SteeredLine]
    before: Report | None
    after: Report | None
    moved: Sequence[MovedLine]
    drifted: bool
    seen: str
    requests: Sequence[WaitingLine]
    helpers: Sequence[MemberView]


@dataclass(frozen=True)
class PlannedHome:
    """One line of a round's plan, by number: a pair's two homes, or the home of who got nobody."""

    number: int
    request: RequestView
    recipient: MemberView
    helper: MemberView | None
    metres: Text | None


@dataclass(frozen=True)
class DrawnRound:
    """A round on a plan of the neighbourhood, and the same as a list."""

    view: RoundView
    lines: Sequence[PlannedHome]
    drawing: Drawing


@dataclass(frozen=True)
class ProposalLine:
    """A proposal with its two people."""

    proposal: ProposalView
    helper: MemberView
    recipient: MemberView

    def person(self, side: Side) -> MemberView:
        """The member on one side."""
        return self.helper if side is Side.HELPER else self.recipient


@dataclass(frozen=True)
class ProposalPage:
    """One proposal in words, with what came of it."""

    line: ProposalLine
    request: RequestView
    why: Sequence[Text]
    runner_up: Text | None
    pair: PairView | None
    visits: Sequence[VisitView]
    earlier: Sequence[ProposalLine]
    crew: Crew


@dataclass(frozen=True)
class CallLine:
    """Somebody to ring up about a proposal."""

    proposal: ProposalView
    request: RequestView
    side: Side
    who: MemberView
    other: MemberView


@dataclass(frozen=True)
class Option:
    """A helper who could be asked: what speaks for them, what forbids it, what needs a reason.

    `volunteered` for this very request; `offered` such help, or did so.
    """

    helper: MemberView
    score: int
    why: Sequence[Text]
    hard: Sequence[Text]
    soft: Sequence[Text]
    occasion: Occasion | None
    offered: bool
    volunteered: bool


@dataclass(frozen=True)
class AskPage:
    """The desk choosing somebody for one request by hand: who volunteered, and the best of the others."""

    line: WaitingLine
    asked: ProposalLine | None
    crew: Crew
    volunteers: Sequence[Option]
    options: Sequence[Option]
    found: Sequence[Option]
    nobody: Text | None
    helps: Sequence[Text]
    lapsed: bool


@dataclass(frozen=True)
class PairRow:
    """A standing pair with its two people, and its next visit."""

    pair: PairView
    helper: MemberView
    recipient: MemberView
    next_on: date | None


@dataclass(frozen=True)
class PlannedAhead:
    """How many visits are new, and how many could not be planned for want of minutes to set aside."""

    planned: int
    short: int


@dataclass(frozen=True)
class PairPage:
    """One standing pair, its visits to come and the last ones."""

    row: PairRow
    request: RequestView
    to_come: Sequence[VisitView]
    past: Sequence[VisitView]


@dataclass(frozen=True)
class DatesPage:
    """The next dates of a standing request."""

    request: RequestView
    recipient: MemberView
    turns: Sequence[Turn]


@dataclass(frozen=True)
class HolidayHit:
    """A visit that the calendar hits, with its two people."""

    hit: Hit
    helper: MemberView
    recipient: MemberView


@dataclass(frozen=True)
class MyProposal:
    """A proposal as one of the two reads it: who, what, when, how near. No address, no number before a yes."""

    proposal: ProposalView
    request: RequestView
    side: Side
    other: MemberView
    near: Text | None
    visits_before: int
    crew: Crew
    matched: bool


@dataclass(frozen=True)
class Asked:
    """What a door asks `ask` for: whom, and when if not at the first common time."""

    request_id: UUID
    helper_id: UUID
    on: date | None = None
    from_minute: int | None = None


@dataclass(frozen=True)
class NearbyPage:
    """What one helper volunteered for lately, and what they could volunteer for."""

    member: Brief
    said: Sequence[Volunteered]
    page: Page[Nearby]
