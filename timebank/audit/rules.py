"""Pure rules of audit: who may close a finding, what a new sighting means, how a name is masked."""

from datetime import date, datetime, timedelta
from uuid import UUID

from timebank.audit.errors import FindingClosed, NotExplained, SecondPersonNeeded
from timebank.audit.model import Event, FindingState

# Nightly, with two hours to spare.
RUN_AGE_MAX = timedelta(hours=26)

_MOVES = {
    (FindingState.OPEN, Event.EXPLAINED): FindingState.EXPLAINED,
    (FindingState.EXPLAINED, Event.EXPLAINED): FindingState.EXPLAINED,
    (FindingState.EXPLAINED, Event.CLOSED): FindingState.CLOSED,
    (FindingState.EXPLAINED, Event.RETURNED): FindingState.OPEN,
}


def after(state: FindingState, event: Event) -> FindingState:
    """The state after what a person did. Raises `FindingClosed`, `NotExplained`."""
    if state is FindingState.CLOSED:
        raise FindingClosed
    if (state, event) not in _MOVES:
        raise NotExplained
    return _MOVES[state, event]


def closed_by_second_person(explained_by: UUID | None, actor_id: UUID) -> None:
    """Raises `SecondPersonNeeded` for the person who explained it."""
    if explained_by == actor_id:
        raise SecondPersonNeeded


def sighting(*, gone: bool, before: int | None, now: int | None) -> Event | None:
    """What it means that a run sees a known finding: nothing new, another difference, or that it is back."""
    if gone:
        return Event.BACK
    return Event.CHANGED if before != now else None


def is_old(finished_at: datetime, now: datetime) -> bool:
    """True if a night's reconciliation is missing."""
    return now - finished_at > RUN_AGE_MAX


def mask(name: str) -> str:
    """梁秀英 → 梁＊英, 曾伟 → 曾＊: enough to tell people apart at a desk, not enough to know them."""
    if len(name) < 2:
        return name
    return name[0] + "＊" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
