"""What is in force on a day, what served minutes come to, and who may help, receive and spend."""

from collections.abc import Collection, Sequence
from datetime import date
from fractions import Fraction
from math import floor
from uuid import UUID

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Text
from timebank.people.model import Status
from timebank.schemes.model import (
    Dated,
    HousePolicy,
    OverflowTo,
    Payable,
    Payer,
    RemainderTo,
    Rounding,
    SchemePolicy,
    T,
)


def in_force(versions: Sequence[Dated[T]], on: date) -> Dated[T] | None:
    """The version in force on a day: the last agreed one that began by then, as it was last replaced."""
    begun = [version for version in versions if version.stands and version.in_force_from <= on]
    return max(begun, key=lambda version: (version.in_force_from, version.number), default=None)


def price_of(policy: SchemePolicy, category: str) -> int | None:
    """What a visit of this category costs whatever it takes; None where it is reckoned by the minute."""
    return next((price.minutes for price in policy.prices if price.category == category), None)


def payable(policy: SchemePolicy, served_minutes: int, category: str = "") -> Payable:
    """What `served_minutes` come to: the category's price; else first the rate, then the rounding, once.

    Nothing is lost on the way: charged = credited + to_pool, none of them negative.
    """
    if served_minutes < 0:
        raise ValueError("minutes served are never negative")
    price = price_of(policy, category)
    value = served_minutes * policy.rate if price is None else Fraction(price)
    credited = _rounded(policy, value) if price is None else price
    left = max(0, floor(value) - credited)
    # What is left of the pool's own minutes stays in the pool.
    kept = policy.remainder_to is RemainderTo.POOL and policy.payer is not Payer.POOL
    to_pool = left if kept else 0
    return Payable(
        served_minutes=served_minutes,
        payer=policy.payer,
        earned_by=policy.earned_by,
        price_minutes=price,
        rate_numerator=policy.rate_numerator,
        rate_denominator=policy.rate_denominator,
        rounding_minutes=policy.rounding_minutes,
        rounding=policy.rounding,
        remainder_to=policy.remainder_to,
        value_minutes=floor(value),
        charged=credited + to_pool,
        credited=credited,
        to_pool=to_pool,
    )


def split_at(house: HousePolicy, minutes: int, room: int | None) -> tuple[int, int]:
    """What of earned minutes the helper gets, and what goes over into the pool; together they are all.

    `room` is what the helper's account takes up to its ceiling; None: whatever comes.
    """
    if room is None or house.overflow_to is OverflowTo.NOBODY:
        return minutes, 0
    kept = min(minutes, max(0, room))
    return kept, minutes - kept


def minutes_left_in_week(policy: SchemePolicy, helped_minutes: int) -> int | None:
    """How much more one helper may do in a week after `helped_minutes`; None: as much as they like."""
    if policy.weekly_cap_minutes is None:
        return None
    return max(0, policy.weekly_cap_minutes - helped_minutes)


def within_tolerance(policy: SchemePolicy, claimed_minutes: int, confirmed_minutes: int) -> bool:
    """True if the two sides' minutes are close enough to count as agreed."""
    return abs(claimed_minutes - confirmed_minutes) <= policy.tolerance_minutes


def category_barrier(policy: SchemePolicy, category: str) -> Text | None:
    """Why this kind of service does not belong to the scheme; None if it does."""
    if category in policy.forbidden_categories:
        return Text(N_("这个项目的规则不允许这类服务"))
    if policy.categories and category not in policy.categories:
        return Text(N_("这个项目不包括这类服务"))
    return None


def helper_barriers(
    policy: SchemePolicy, *, age: int | None, trainings: Collection[str], ended: Collection[str] = ()
) -> tuple[Text, ...]:
    """Why somebody may not help in the scheme; empty if they may. An unknown age is no barrier.

    `trainings` hold; those that `ended` are missing too, and said so.
    """
    found = []
    if age is not None and age < policy.helper_age_min:
        found.append(Text(N_("服务人员须满 {age} 岁"), {"age": policy.helper_age_min}))
    missing = [training for training in policy.trainings_required if training not in trainings]
    over = [training for training in missing if training in ended]
    if over:
        found.append(Text(N_("培训或证明过期了：{trainings}；请更新有效期"), {"trainings": over}))
    missing = [training for training in missing if training not in over]
    if missing:
        found.append(Text(N_("还没有参加培训：{trainings}"), {"trainings": missing}))
    return tuple(found)


def recipient_barriers(
    policy: SchemePolicy, *, age: int | None, status: Status = Status.ACTIVE
) -> tuple[Text, ...]:
    """Why somebody may not receive help in the scheme; empty if they may. An unknown age is no barrier."""
    found = []
    if age is not None and age < policy.recipient_age_min:
        found.append(Text(N_("受助人须满 {age} 岁"), {"age": policy.recipient_age_min}))
    if unpaid := served_barrier(policy.payer, status):
        found.append(unpaid)
    return tuple(found)


def served_is_paid_for(payer: Payer, status: Status) -> bool:
    """True unless somebody who has no account, being no member, would have to pay."""
    return status is not Status.SERVED or payer is not Payer.RECIPIENT


def served_barrier(payer: Payer, status: Status) -> Text | None:
    """Why somebody may not be helped where the recipient pays, and the way out; None if they may."""
    if served_is_paid_for(payer, status):
        return None
    return Text(
        N_(
            "这个互助项目由受助人付时间，而受助对象不是会员，没有账户；"
            "请改用由公益时间池或发放户付时间的项目，或先办理入会"
        )
    )


def redeem_barrier(house: HousePolicy, *, age: int | None, banked_minutes: int) -> Text | None:
    """Why somebody may not spend their own minutes yet; None if they may. An unknown age is no barrier."""
    if age is not None and age < house.redeem_age_min:
        return Text(N_("社区规则：满 {age} 岁才能用存的时间"), {"age": house.redeem_age_min})
    if banked_minutes < house.redeem_after_minutes:
        known = {
            "least": Minutes(house.redeem_after_minutes),
            "banked": Minutes(banked_minutes),
            "short": Minutes(house.redeem_after_minutes - banked_minutes),
        }
        return Text(N_("社区规则：存满 {least} 才能用；现在存过 {banked}，还差 {short}"), known)
    return None


def stars(house: HousePolicy, banked_minutes: int) -> int:
    """How many stars somebody has earned."""
    return sum(banked_minutes >= least for least in house.star_minutes)


def policy_backdated(*, in_force_from: date, today: date, first: bool) -> bool:
    """A first version may begin in the past; a later one never changes days that are gone."""
    return not first and in_force_from < today


def policy_begun(*, in_force_from: date, today: date) -> bool:
    """Only a version that has not begun may be replaced."""
    return in_force_from <= today


def policy_unapproved(*, number: int, needs_approval: bool) -> bool:
    """Only the first version begins on one person's word."""
    return number > 1 and not needs_approval


def policy_approved_by_maker(*, made_by: UUID, approved_by: UUID) -> bool:
    """Rules take two people."""
    return made_by == approved_by


def policy_approved_late(*, in_force_from: date, approved_on: date) -> bool:
    """Days that are gone keep the rules they had."""
    return approved_on > in_force_from


def _rounded(policy: SchemePolicy, value: Fraction) -> int:
    steps = value / policy.rounding_minutes
    match policy.rounding:
        case Rounding.DOWN:
            whole = floor(steps)
        case Rounding.UP:
            whole = -floor(-steps)
        case Rounding.NEAREST:
            whole = floor(steps + Fraction(1, 2))  # a half goes up: in favour of who helped
    return whole * policy.rounding_minutes
