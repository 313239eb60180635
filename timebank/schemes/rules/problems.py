"""What is wrong with a policy, and what in it contradicts what, each by its field."""

from collections.abc import Mapping
from itertools import pairwise

from timebank.core.amounts import MINUTES_VISIT_MAX
from timebank.core.errors import N_, FieldError, Text
from timebank.schemes.model import (
    ROUNDINGS_MINUTES,
    EarnedBy,
    HousePolicy,
    OverflowTo,
    Payer,
    RemainderTo,
    Rounding,
    SchemePolicy,
)

STARS_MAX = 10


def house_policy_problems(policy: HousePolicy) -> list[FieldError]:
    """Everything that is wrong with a house policy, each by its field."""
    found = _ranges(policy, {"floor_minutes": (-600_000, 0), "unit_minutes": (1, 1_440)})
    if policy.ceiling_minutes is not None:
        found += _ranges(policy, {"ceiling_minutes": (60, 10_000_000)})
    elif policy.overflow_to is OverflowTo.POOL:
        found.append(
            FieldError("overflow_to", Text(N_("没有存储上限就不会超出；请填上限，或改成不进公益时间池")))
        )
    least = {
        "gift_kept_minutes": (0, 600_000),
        "redeem_age_min": (0, 120),
        "approvals_to_join": (1, 2),
        "redeem_after_minutes": (0, 600_000),
    }
    found += _ranges(policy, least)
    found += _star_problems(policy)
    caps = {
        "gift_minutes_max": policy.gift_minutes_max,
        "gift_year_minutes_max": policy.gift_year_minutes_max,
    }
    found += _ranges(policy, {name: (1, 10_000_000) for name, cap in caps.items() if cap is not None})
    if not 1 <= len(policy.unit_name.strip()) <= 10:
        found.append(FieldError("unit_name", Text(N_("单位的名称要有 1 到 10 个字"))))
    return found


def _star_problems(policy: HousePolicy) -> list[FieldError]:
    stars = policy.star_minutes
    if len(stars) > STARS_MAX:
        return [FieldError("star_minutes", Text(N_("最多 {most} 个星级"), {"most": STARS_MAX}))]
    if any(not 1 <= one <= 10_000_000 for one in stars) or any(b <= a for a, b in pairwise(stars)):
        return [FieldError("star_minutes", Text(N_("各星级要的时间要一级比一级多")))]
    return []


def scheme_policy_problems(policy: SchemePolicy) -> list[FieldError]:
    """Everything that is wrong with a scheme's policy, and what contradicts what, each by its field."""
    ranges = {
        "helper_age_min": (0, 100),
        "recipient_age_min": (0, 120),
        "rate_numerator": (1, 100),
        "rate_denominator": (1, 100),
        "tolerance_minutes": (0, 240),
        "proposal_days": (1, 60),
    }
    if policy.weekly_cap_minutes is not None:
        ranges["weekly_cap_minutes"] = (15, 10_080)
    if policy.hold_days is not None:
        ranges["hold_days"] = (1, 90)
    found = _ranges(policy, ranges)
    if policy.rate_denominator > 0 and policy.rate > 10:
        found.append(FieldError("rate_numerator", Text(N_("每服务 1 分钟最多记 10 分钟"))))
    if policy.rounding_minutes not in ROUNDINGS_MINUTES:
        found.append(FieldError("rounding_minutes", Text(N_("只能是 1、15、30 或 60 分钟"))))
    if policy.remainder_to is RemainderTo.POOL and policy.rounding is Rounding.UP:
        found.append(FieldError("remainder_to", Text(N_("不满的补足时没有余下的；请改成“余下的不计”"))))
    if policy.earned_by is EarnedBy.POOL and policy.payer is Payer.POOL:
        found.append(FieldError("earned_by", Text(N_("公益时间池不能付给自己；请改由受助人付或社区发放"))))
    found += _price_problems(policy)
    both = set(policy.categories) & set(policy.forbidden_categories)
    if both:
        found.append(FieldError("forbidden_categories", Text(N_("同一类服务不能既包括又不允许"))))
    if any(not 1 <= len(name) <= 40 for name in policy.trainings_required):
        found.append(FieldError("trainings_required", Text(N_("培训的名称要有 1 到 40 个字"))))
    return found


def _price_problems(policy: SchemePolicy) -> list[FieldError]:
    priced = [price.category for price in policy.prices]
    if len(set(priced)) != len(priced):
        return [FieldError("prices", Text(N_("同一类服务只能有一个价")))]
    if any(not 1 <= price.minutes <= MINUTES_VISIT_MAX for price in policy.prices):
        return [FieldError("prices", Text(N_("价要在 1 和 {most} 分钟之间"), {"most": MINUTES_VISIT_MAX}))]
    if any(
        code in policy.forbidden_categories or (policy.categories and code not in policy.categories)
        for code in priced
    ):
        return [FieldError("prices", Text(N_("定了价的服务要在“包括的服务”里，也不能在“不允许的服务”里")))]
    return []


def _ranges(policy: HousePolicy | SchemePolicy, ranges: Mapping[str, tuple[int, int]]) -> list[FieldError]:
    return [
        FieldError(name, Text(N_("要在 {least} 和 {most} 之间"), {"least": least, "most": most}))
        for name, (least, most) in ranges.items()
        if not least <= getattr(policy, name) <= most
    ]
