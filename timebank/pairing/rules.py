"""What is decided about rounds, proposals and pairs without looking anything up."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from matching import Reason, Slot
from timebank.core import clock
from timebank.core.errors import Text
from timebank.core.ids import derived_id
from timebank.pairing.errors import PairMoved, ProposalClosed
from timebank.pairing.model import (
    PAIR_MOVES,
    Answer,
    Occasion,
    PairStatus,
    PairView,
    ProposalStatus,
    ProposalView,
    Side,
)
from timebank.pairing.words import PAIR_TEXTS, PROPOSAL_TEXTS
from timebank.requests.model import Wish
from timebank.requests.recurrence.model import Turn
from timebank.requests.recurrence.rules import first_day as first_turn
from timebank.visits.model import Status as VisitStatus

# Who said no, or did not answer, is not asked the same again for so long.
COOL_DOWN = timedelta(weeks=4)
# What counts as lately, for the load of a helper.
LATELY = timedelta(weeks=4)
# A pair is on trial for so long.
TRIAL = timedelta(weeks=4)
# Visits of a pair are planned so far ahead.
PLANNED_AHEAD = timedelta(weeks=4)

# A visit that ended like this holds no seat any more.
FELL_THROUGH = (VisitStatus.CANCELLED, VisitStatus.NO_SHOW)

# What a coordinator may overrule with a reason, after a call: the rest protects somebody or cannot be.
BENDABLE = (
    Reason.DISTANCE | Reason.DECLINED | Reason.WINDOW | Reason.DIALECT | Reason.SKILL | Reason.FORBIDDEN
)


def first_day(today: date) -> date:
    """The first day a round may plan for: people must have time to answer."""
    return today + timedelta(days=1)


def deadline(occasion: Occasion, now: datetime, proposal_days: int) -> datetime:
    """The end of the policy's last day to answer, but never after the visit was to begin."""
    last = clock.day_of(now) + timedelta(days=proposal_days)
    return min(clock.midnight(last + timedelta(days=1)), occasion.starts_at)


def hard(reasons: Reason) -> Reason:
    """Those of the reasons that no coordinator may bend."""
    return reasons & ~BENDABLE


def visit_of(proposal: ProposalView) -> UUID:
    """The id of the visit that a proposal for once becomes."""
    return derived_id("visit", proposal.id)


def still_asked(occasion: Occasion, wish: Wish) -> bool:
    """True if a time lies within those a wish names for once."""
    end = occasion.from_minute + occasion.minutes
    return any(
        (window.on_day == occasion.on or window.weekday == occasion.on.weekday())
        and window.from_minute <= occasion.from_minute
        and end <= window.to_minute
        for window in wish.windows
    )


def answered(proposal: ProposalView, side: Side, answer: Answer, now: datetime) -> ProposalStatus:
    """Where an answer leads. Raises `ProposalClosed`.

    A yes may still become a no while the other side thinks, and while others of several do.
    """
    if proposal.status is ProposalStatus.ACCEPTED and answer is Answer.NO:
        return ProposalStatus.DECLINED
    if proposal.status is not ProposalStatus.OPEN:
        raise ProposalClosed(status=Text(PROPOSAL_TEXTS[proposal.status]))
    if now >= proposal.deadline:
        raise ProposalClosed(status=Text(PROPOSAL_TEXTS[ProposalStatus.EXPIRED]))
    if answer is Answer.NO:
        return ProposalStatus.DECLINED
    other = proposal.answer(side.other)
    return ProposalStatus.ACCEPTED if other and other.answer is Answer.YES else ProposalStatus.OPEN


def moved(pair: PairView, to: PairStatus) -> PairStatus:
    """`to`, if a pair may go there from where it stands; raises `PairMoved`."""
    if to not in PAIR_MOVES[pair.status]:
        raise PairMoved(status=Text(PAIR_TEXTS[pair.status]))
    return to


def occasion_of(slot: Slot, wish: Wish) -> Occasion:
    """What is asked of the two for a slot: a monthly one begins on the first such day from the slot's."""
    if not slot.weekly:
        return Occasion(slot.on, slot.start, slot.minutes)
    return Occasion(first_turn(wish.recurrence, slot.on), slot.start, slot.minutes, wish.recurrence)


def visit_on(pair: PairView, day: date, from_minute: int) -> UUID:
    """The id of a pair's visit at one time: a date moved away and back, or skipped and added, is one visit."""
    at_its_hour = from_minute == pair.occasion.from_minute
    return (
        derived_id("visit", pair.id, day) if at_its_hour else derived_id("visit", pair.id, day, from_minute)
    )


def present(turns: Collection[Turn], away: Collection[tuple[date, date]]) -> list[Turn]:
    """The turns that come while nobody is away; absences count both their ends."""
    return [turn for turn in turns if turn.comes and not any(begin <= turn.day <= end for begin, end in away)]


def clash(one: Occasion, other: Occasion) -> bool:
    """True if one helper cannot do both. Half-open, so 10–11 and 11–12 do not clash; a weekly one begins on its day."""
    overlap = (
        one.from_minute < other.from_minute + other.minutes
        and other.from_minute < one.from_minute + one.minutes
    )
    if not overlap or one.on.weekday() != other.on.weekday():
        return False
    if one.weekly and other.weekly:
        return True
    if one.weekly:
        return other.on >= one.on
    return one.on >= other.on if other.weekly else one.on == other.on
