"""When minutes are set aside for a visit, and how they are used or released."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import ledger
from timebank.core import clock
from timebank.core.errors import N_, Text
from timebank.hours.holds.model import Hold, HoldState, LetGo, Occasion, SetAside
from timebank.hours.model import AccountKind, Kind, Wish
from timebank.hours.rules import account_kind, category_name, limits_of
from timebank.schemes.model import HousePolicy

# What is over so soon can't be counted on: the ledger goes by the database's clock, at the moment of posting.
NEARLY = timedelta(minutes=5)


def lapsed(until: datetime, now: datetime) -> bool:
    """True if what is held until then can't be used any more."""
    return until <= now + NEARLY


def last_day(hold: Hold) -> date:
    """The last day that it is kept."""
    return clock.day_of(hold.until - timedelta(microseconds=1))


def needs_hold(account_id: UUID, community_id: UUID, house: HousePolicy) -> bool:
    """An account without a floor always has enough, so nothing is set aside in it."""
    floor, _ = limits_of(account_kind(account_id, community_id), house)
    return floor is not None


@dataclass(frozen=True)
class Payment:
    """What is posted for a visit: the hold released, if it isn't used, and the transfers."""

    released: LetGo | None
    wishes: tuple[Wish, ...]

    @property
    def all(self) -> list[Wish | LetGo]:
        """In the order in which they are posted."""
        return [*([self.released] if self.released else []), *self.wishes]

    @property
    def standing(self) -> list[Wish | LetGo]:
        """Those whose refusal is the visit's: a release by itself may come after the hold's end."""
        return [act for act in self.all if act.group is not None]


NOTHING = Payment(None, ())


def pay_from(
    hold: Hold | None, wishes: Sequence[Wish], *, release_id: UUID, by: UUID, now: datetime
) -> Payment:
    """Use the hold for what is posted, as far as it fits: the same two, and no more than is held.

    Else it is released: together with the transfers, all or none, while it could be used; by itself once it
    has lapsed or where nothing is to be paid, since then it may have ended meanwhile.
    """
    if hold is None or not hold.is_open:
        return Payment(None, tuple(wishes))
    if not wishes or lapsed(hold.until, now):
        return Payment(LetGo(id=release_id, hold=hold, by=by), tuple(wishes))
    for at, wish in enumerate(wishes):
        fits = (wish.from_account, wish.to_account) == (hold.from_account, hold.to_account)
        if fits and wish.minutes <= hold.minutes:
            return Payment(None, (*wishes[:at], replace(wish, captures=hold.id), *wishes[at + 1 :]))
    return Payment(LetGo(id=release_id, hold=hold, by=by, group=wishes[0].group), tuple(wishes))


def handed_over(hold: Hold, *, from_id: UUID, to_id: UUID, hold_id: UUID, by: UUID) -> SetAside:
    """The same hold, with another member in the place of one."""

    def now_of(who: UUID) -> UUID:
        return to_id if who == from_id else who

    occasion = hold.occasion
    return SetAside(
        id=hold_id,
        from_account=now_of(hold.from_account),
        to_account=now_of(hold.to_account),
        minutes=hold.minutes,
        until=hold.until,
        occasion=replace(
            occasion, helper_id=now_of(occasion.helper_id), recipient_id=now_of(occasion.recipient_id)
        ),
        by=by,
    )


def new_hold(wish: SetAside, *, community_id: UUID, actor_id: UUID) -> ledger.NewHold:
    """A wish as the ledger's act."""
    return ledger.NewHold(
        id=wish.id,
        book_id=community_id,
        debit_id=wish.from_account,
        credit_id=wish.to_account,
        minutes=wish.minutes,
        kind=str(Kind.VISIT),
        expires_at=wish.until,
        actor_id=wish.by or actor_id,
    )


def void_of(wish: LetGo, *, community_id: UUID, actor_id: UUID) -> ledger.Void:
    """A wish as the ledger's act."""
    return ledger.Void(
        id=wish.id,
        book_id=community_id,
        hold_id=wish.hold.id,
        debit_id=wish.hold.from_account,
        credit_id=wish.hold.to_account,
        actor_id=wish.by or actor_id,
    )


def hold_of(found: ledger.Hold, occasion: Occasion) -> Hold:
    """What the ledger says of a hold, and what it is for."""
    return Hold(
        id=found.id,
        from_account=found.debit_id,
        to_account=found.credit_id,
        minutes=found.minutes,
        until=found.expires_at,
        state=HoldState(str(found.ended)) if found.ended else HoldState.OPEN,
        captured_minutes=found.captured_minutes or 0,
        occasion=occasion,
    )


def words_of(hold: Hold, *, community_id: UUID, name: Callable[[UUID], Text]) -> Text:
    """What the minutes are for, as the account's holder would say it."""
    of = hold.occasion
    known = {
        "category": category_name(of.category) or Text(N_("服务")),
        "helper": name(of.helper_id),
        "recipient": name(of.recipient_id),
    }
    if account_kind(hold.from_account, community_id) is AccountKind.MEMBER:
        return Text(N_("{helper}来帮忙：{category}"), known)
    return Text(N_("{helper}帮助{recipient}：{category}"), known)
