"""Pure rules of gifts: what the house policy allows, and how a gift is explained."""

from collections.abc import Mapping

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Text
from timebank.hours.errors import GiftNotAllowed, GiftRefused, GiftsOfTheYear, GiftTooLarge, MustKeep
from timebank.hours.gifts.model import Receiver
from timebank.schemes.model import GiftTo, HousePolicy
from timebank.schemes.rules import GIFTS

_ALLOWED = {
    GiftTo.NOBODY: {Receiver.POOL},
    GiftTo.KIN: {Receiver.POOL, Receiver.KIN},
    GiftTo.MEMBERS: set(Receiver),
}
_TO = {
    Receiver.POOL: N_("捐给公益时间池"),
    Receiver.KIN: N_("转赠给家人：社区规则许可"),
    Receiver.MEMBER: N_("转赠给本社区会员：社区规则许可"),
}


def allows(policy: HousePolicy, receiver: Receiver) -> bool:
    """True if somebody like this may be given anything."""
    return receiver in _ALLOWED[policy.gift_to]


def barrier(
    policy: HousePolicy, receiver: Receiver, minutes: int, *, available: int, given_this_year: int
) -> GiftRefused | None:
    """Why this gift cannot be made, with what could be; None if it can. `given_this_year`: to people."""
    if not allows(policy, receiver):
        return GiftNotAllowed(rule=Text(GIFTS[policy.gift_to]))
    most = max(0, available - policy.gift_kept_minutes)
    if minutes > most:
        return MustKeep(kept=Minutes(policy.gift_kept_minutes), most=Minutes(most))
    if receiver is Receiver.POOL:
        return None
    if policy.gift_minutes_max is not None and minutes > policy.gift_minutes_max:
        return GiftTooLarge(most=Minutes(policy.gift_minutes_max))
    cap = policy.gift_year_minutes_max
    if cap is not None and given_this_year + minutes > cap:
        left = max(0, cap - given_this_year)
        return GiftsOfTheYear(cap=Minutes(cap), given=Minutes(given_this_year), left=Minutes(left))
    return None


def words(basis: Mapping[str, int | str]) -> tuple[Text, ...]:
    """How a gift was decided, from what was kept of it; empty for another basis."""
    to = basis.get("gift_to")
    return (Text(_TO[Receiver(str(to))]),) if to in set(Receiver) else ()
