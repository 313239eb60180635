"""Pure rules of audit: who may close a finding, what a new sighting means, how a name is masked."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from timebank.access.errors import KinsAffair, OwnAffair
from timebank.audit.errors import FindingClosed, NotExplained, SecondPersonNeeded
from timebank.audit.model import Cause, Event, FindingState, Month, Remark, Scope
from timebank.core.actor import Actor, Role
from timebank.core.errors import Text

# Nightly, with two hours to spare.
RUN_AGE_MAX = timedelta(hours=26)
MONTH_PATTERN = r"^2[01]\d\d-(0[1-9]|1[0-2])$"

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


def scope(cause: Cause, today: date, *, last_is_complete: bool, full_on: date | None) -> Scope:
    """How much a run looks at. `full_on`: the day of the last complete full run, None before the first.

    All of it once a calendar month, after a run in which a check could not be made, and whenever a person asks.
    """
    if cause is Cause.BY_HAND or full_on is None or not last_is_complete:
        return Scope.FULL
    return Scope.NEWS if month_of(full_on) == month_of(today) else Scope.FULL


def is_old(finished_at: datetime, now: datetime) -> bool:
    """True if a night's reconciliation is missing."""
    return now - finished_at > RUN_AGE_MAX


def sees_names(role: Role) -> bool:
    """True for those who know the people of their desk. An auditor gets numbers and masked names."""
    return role in (Role.COORDINATOR, Role.ADMINISTRATOR)


def month_of(day: date) -> Month:
    """The month that a day lies in."""
    first = day.replace(day=1)
    return Month(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def month_named(name: str) -> Month:
    """The month of a name that fits MONTH_PATTERN, such as 2026-11."""
    return month_of(date.fromisoformat(f"{name}-01"))


def remarks(
    *, effective_on: date, served_on: date | None, reverses: UUID | None, forced: bool
) -> tuple[Remark, ...]:
    """What a reader of a month is told of a transfer. A correction is as late as what it takes back."""
    found = []
    if reverses is not None:
        found.append(Remark.CORRECTION)
    if forced:
        found.append(Remark.FORCED)
    if reverses is None and served_on is not None and served_on < effective_on.replace(day=1):
        found.append(Remark.LATE)
    return tuple(found)


def ways(
    state: FindingState,
    *,
    explained_by: UUID | None,
    member_ids: Collection[UUID],
    kin: Collection[UUID],
    actor: Actor,
) -> tuple[tuple[Event, ...], Text | None]:
    """What this reader may do with a finding, and what stands in the way of the rest.

    `kin`: those of the members concerned who are the reader's family.
    """
    open_to_all = tuple(event for (at, event) in _MOVES if at is state)
    if actor.memberships.intersection(member_ids):
        return (), Text(OwnAffair.message) if open_to_all else None
    if kin:
        return (), Text(KinsAffair.message) if open_to_all else None
    if state is FindingState.EXPLAINED and explained_by == actor.id:
        return (Event.EXPLAINED,), Text(SecondPersonNeeded.message)
    return open_to_all, None
