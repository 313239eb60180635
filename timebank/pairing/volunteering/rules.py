"""What is decided about volunteering without looking anything up."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from timebank.core import clock
from timebank.core.errors import N_, Text
from timebank.pairing.model import Crew, Occasion
from timebank.pairing.volunteering.model import Glimpse, Near, Nearby, Outcome
from timebank.requests.model import Kind, RequestView, Window
from timebank.requests.model import Status as RequestStatus

# A word counts for so long: whoever would still go says so again.
COUNTS = timedelta(weeks=4)
# Who was not chosen is told for so long.
TOLD = timedelta(weeks=2)

# Up to so many metres.
_NEAR = (
    (500, Near.HALF_A_KILOMETRE),
    (1_000, Near.ONE_KILOMETRE),
    (3_000, Near.THREE_KILOMETRES),
)
NEAR_TEXTS = {
    Near.HALF_A_KILOMETRE: N_("500 米内"),
    Near.ONE_KILOMETRE: N_("1 公里内"),
    Near.THREE_KILOMETRES: N_("3 公里内"),
    Near.FARTHER: N_("更远"),
    Near.UNKNOWN: N_("远近没有登记"),
}
OUTCOME_TEXTS = {
    Outcome.WAITING: N_("已报名，等社区安排"),
    Outcome.ASKED: N_("正在请您去"),
    Outcome.CHOSEN: N_("说好了，您去"),
    Outcome.OTHERS: N_("这次请了别人去，谢谢您愿意"),
    Outcome.OVER: N_("这件事不用人去了，谢谢您愿意"),
}
_ENDED = frozenset({RequestStatus.WITHDRAWN, RequestStatus.EXPIRED, RequestStatus.REJECTED})


def counts_since(today: date) -> datetime:
    """From when on a word said counts on a day."""
    return clock.midnight(today - COUNTS)


def near_of(metres: int | None) -> Near:
    """A distance as coarsely as it is told."""
    if metres is None:
        return Near.UNKNOWN
    return next((near for most, near in _NEAR if metres <= most), Near.FARTHER)


def in_order(one: Nearby) -> str:
    """By this the list is sorted, and pages of it begin: the nearest first, then who has waited longest."""
    return f"{one.near:d} {99_999 - one.waiting_days:05d} {one.glimpse.request_id}"


def glimpse(view: RequestView, on: date, crew: Crew | None = None) -> Glimpse:
    """What may be seen of a request from that day on."""
    wish = view.wish
    windows = tuple(w for w in wish.windows if w.on_day is None or w.on_day >= on) or wish.windows
    if crew is not None and crew.taken:
        # Who joins the others comes when they come.
        windows = (_window(crew.taken[0].occasion),)
    return Glimpse(
        request_id=view.id,
        category=wish.category,
        skills=wish.skills,
        circumstances=wish.circumstances,
        weekly=wish.kind is Kind.WEEKLY,
        windows=windows,
        minutes=wish.duration_minutes,
        wanted=wish.helpers,
        recurrence=wish.recurrence,
    )


def outcome(
    view: RequestView, crew: Crew, goes_to: Collection[UUID | None], member_id: UUID
) -> tuple[Outcome, UUID | None]:
    """What came of somebody's word, and the proposal that says more.

    `goes_to` are the requests whose visits or pair the member has, however that was agreed.
    """
    if view.id in goes_to:
        return Outcome.CHOSEN, None
    if view.status in (RequestStatus.MATCHED, RequestStatus.DONE):
        return Outcome.OTHERS, None
    if view.status in _ENDED:
        return Outcome.OVER, None
    # Who said yes beside others waits for them on the same page as whoever has not answered.
    taken = crew.taken if view.wish.helpers > 1 else crew.asked
    asked = next((one.id for one in taken if one.helper_id == member_id), None)
    return (Outcome.ASKED, asked) if asked else (Outcome.WAITING, None)


def decided_at(view: RequestView, crew: Crew) -> datetime:
    """When it was decided that somebody else goes, or that nobody has to."""
    return max((one.closed_at for one in crew.agreed if one.closed_at), default=view.changed_at)


def gone_text(status: RequestStatus) -> Text:
    """Why nobody can volunteer for a request any more."""
    if status in (RequestStatus.MATCHED, RequestStatus.DONE):
        return Text(N_("已经有人去了"))
    if status is RequestStatus.PUBLISHED:
        return Text(N_("已经在请别人了"))
    return Text(N_("这件事现在不用人去了"))


def _window(occasion: Occasion) -> Window:
    end = occasion.from_minute + occasion.minutes
    if occasion.weekly:
        return Window(occasion.from_minute, end, weekday=occasion.on.weekday())
    return Window(occasion.from_minute, end, on_day=occasion.on)
