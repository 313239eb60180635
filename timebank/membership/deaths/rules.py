"""Pure decisions about choices for afterwards, and deaths."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from timebank.core.errors import N_, Text
from timebank.membership.deaths.model import Bequest, Death, Destination, To, Way
from timebank.people.model import Brief, Status
from timebank.schemes.model import HousePolicy, Unclaimed

# What helpers and recipients read beside a visit or a pair that ended so.
THANKS = N_("会员去世；谢谢您一直以来的陪伴")
TO_LABELS: dict[To, str] = {
    To.NOMINEE: N_("指定的人"),
    To.KIN: N_("家人"),
    To.POOL: N_("公益时间池"),
}
WAY_LABELS: dict[Way, str] = {
    Way.AS_CHOSEN: N_("按本人说过的"),
    Way.REST_TO_POOL: N_("按本人说过的，放不下的进公益时间池"),
    Way.POOL: N_("全部进公益时间池"),
    Way.LATER: N_("余额以后再转"),
}
_CAN_HAVE = frozenset({Status.ACTIVE, Status.PAUSED})


def bequest_to_oneself(*, member_id: UUID, heir_id: UUID | None) -> bool:
    """True where the heir is the member."""
    return heir_id == member_id


def bequest_said_later(*, said_on: date, today: date) -> bool:
    """True for a day that is still to come."""
    return said_on > today


def bequest_names_heir(to: To, heir_id: UUID | None) -> bool:
    """True where somebody is named just when it isn't the pool's."""
    return (to is To.POOL) == (heir_id is None)


def death_in_the_future(*, died_on: date, today: date) -> bool:
    """True for a day that is still to come."""
    return died_on > today


def death_undone_by_recorder(death: Death, by: UUID) -> bool:
    """True where whoever recorded it, or moved the balance, would undo it."""
    return by in (death.recorded_by, death.settled_by)


def destination(
    bequest: Bequest | None, house: HousePolicy, *, member_id: UUID, open_accounts: Collection[UUID]
) -> Destination:
    """Where the minutes go: as was chosen; else as the house policy says."""
    if bequest is None:
        return Destination(kept=house.unclaimed is Unclaimed.KEPT)
    if bequest.said.heir_id is None:
        return Destination()
    heir = bequest.heir
    if heir is None or heir.id == member_id:
        return Destination(obstacle=Text(N_("本人说过的那一位已不在册")))
    if heir.status not in _CAN_HAVE or heir.id not in open_accounts:
        return Destination(heir=heir, obstacle=Text(N_("{name}没有可用的账户"), {"name": heir.name}))
    return Destination(heir=heir)


def shares(minutes: int, *, room: int | None, way: Way, heir: Brief | None) -> tuple[int, int]:
    """How many of these minutes go to the heir, and how many to the pool."""
    if heir is None or way is Way.POOL:
        return 0, minutes
    if way is Way.REST_TO_POOL and room is not None:
        fits = max(0, min(minutes, room))
        return fits, minutes - fits
    return minutes, 0
